//! Checks who can reach the public listener, how, and whether boathook can distinguish senders.

use std::net::SocketAddr;

use crate::{
    check::CheckResult,
    config::{Config, is_local_url},
};

const CHECK: &str = "exposure";

pub(super) fn check(config: &Config) -> Vec<CheckResult> {
    let Some(listen) = config.server.listen else {
        return vec![CheckResult::ok(CHECK, "no public listener (server.listen: null)".to_owned())];
    };
    let mut found: Vec<CheckResult> =
        [plain_url(config), no_proxy_named(config, listen)].into_iter().flatten().collect();
    if found.is_empty() {
        let how = if config.server.tls.is_some() { "TLS" } else { "plain HTTP" };
        found.push(CheckResult::ok(
            CHECK,
            format!("{how} on {listen}, {} from outside", config.server.public_url),
        ));
    }
    found
}

fn plain_url(config: &Config) -> Option<CheckResult> {
    let url = &config.server.public_url;
    (url.starts_with("http://") && !is_local_url(url)).then(|| {
        CheckResult::warning(
            CHECK,
            format!("senders come over plain HTTP: {url} (server.public_url)"),
            "signatures keep bodies from being changed, but everyone on the way can read them and the status links",
            "end TLS in the proxy in front (or set server.tls), and write https:// in server.public_url",
        )
    })
}

/// A proxy in front is certain where boathook itself listens on loopback and is reached from
/// elsewhere.
fn no_proxy_named(config: &Config, listen: SocketAddr) -> Option<CheckResult> {
    let server = &config.server;
    let behind = listen.ip().is_loopback()
        && !is_local_url(&server.public_url)
        && server.trusted_proxies.is_empty();
    let asks =
        config.environments.values().any(|environment| !environment.allow.sources.is_empty());
    let fix =
        "name the proxy: server: {trusted_proxies: [\"127.0.0.1\"]}, and then boathook reload";
    let seen = format!("{listen} is behind a proxy that server.trusted_proxies does not name");
    let why = "all senders have the proxy's address, so that they share one limit (server.requests_per_minute)";
    match (behind, asks) {
        (false, _) => None,
        (true, false) => Some(CheckResult::warning(CHECK, seen, why, fix)),
        (true, true) => Some(CheckResult::error(
            CHECK,
            seen,
            format!("{why}, and allow.sources refuses them or lets all of them in"),
            fix,
        )),
    }
}
