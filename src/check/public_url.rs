//! Checks that senders can reach boathook: its public address answers as boathook, with a
//! certificate that does not expire soon.

use std::time::Duration;

use boathook_core::deployment::error_chain;
use reqwest::tls::TlsInfo;

use crate::{
    check::{
        CheckContext, CheckResult, certificate,
        who_answers::{BODY_MAX, Question},
        x509,
    },
    http_client,
};

const CHECK: &str = "public url";
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) async fn check(context: &CheckContext) -> Vec<CheckResult> {
    let server = &context.config.server;
    if server.listen.is_none() {
        return Vec::new();
    }
    let url = format!("{}/health", server.public_url);
    let client = http_client::through_proxies(&url).tls_info(true).timeout(TIMEOUT);
    let answer = match client.build() {
        Ok(client) => client.get(&url).send().await,
        Err(error) => Err(error),
    };
    match answer {
        Err(error) => vec![unreached(&url, &error_chain(&error.without_url()))],
        Ok(answer) => {
            let shown = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
            let certificate = shown.map(|der| {
                certificate::judge(
                    CHECK,
                    &server.public_url,
                    x509::not_after(der),
                    context.clock.now(),
                )
            });
            let status = answer.status();
            let body = http_client::beginning(answer, BODY_MAX).await.unwrap_or_default();
            let is_boathook = Question::Health.is_boathook(status, &body);
            let result = match status.as_u16() {
                200 if is_boathook => CheckResult::ok(CHECK, format!("{url} answers")),
                200 => other(&url, "200, and not as boathook does"),
                503 if is_boathook => other(&url, "503: boathook accepts nothing at the moment"),
                _ => other(&url, status.as_str()),
            };
            std::iter::once(result).chain(certificate).collect()
        }
    }
}

/// From behind NAT, the own public address is often unreachable, although others reach it.
fn unreached(url: &str, reason: &str) -> CheckResult {
    CheckResult::warning(
        CHECK,
        format!("{url} does not answer here: {reason}"),
        "senders may not reach boathook, and status links lead nowhere",
        format!(
            "from outside: curl -i {url}; then see DNS, the proxy, the port forwarding, `systemctl status boathook`, and server.public_url"
        ),
    )
}

fn other(url: &str, said: &str) -> CheckResult {
    CheckResult::warning(
        CHECK,
        format!("{url} answers {said}"),
        "something else than boathook is there, or the proxy does not reach it",
        "curl -i the address that server.listen names, with /health; then correct the proxy, or server.public_url",
    )
}
