//! Settings that need a restart: a reload keeps their old values, and names them.

use crate::config::{Config, Log, Operator, Server, State};

/// Whether the public listener speaks TLS; with which certificate can change.
pub(super) const TLS: &str = "server.tls";

/// Resets settings that cannot change to those of `running`, and names those that would have
/// changed.
pub(super) fn keep(running: &Config, new: &mut Config) -> Vec<&'static str> {
    let Config {
        server,
        operator,
        state,
        audit,
        scheduler: _,
        tools: _,
        replay: _,
        log,
        sources: _,
        notify: _,
        identity: _,
        bundles: _,
        artifacts: _,
        environments: _,
    } = new;
    let Server {
        listen,
        tls,
        public_url: _,
        max_body_bytes: _,
        header_timeout,
        body_timeout: _,
        max_wait: _,
        requests_per_minute: _,
        trusted_proxies: _,
    } = server;
    let Operator { socket, listen: readable } = operator;
    let State { directory, postgres, node, keep_days: _, keep_count: _ } = state;
    let Log { format, level: _ } = log;
    let speaks_tls = put_back_presence(TLS, &running.server.tls, tls);
    let kept = [
        put_back("server.listen", &running.server.listen, listen),
        put_back("server.header_timeout", &running.server.header_timeout, header_timeout),
        put_back("operator.socket", &running.operator.socket, socket),
        put_back("operator.listen", &running.operator.listen, readable),
        put_back("state.directory", &running.state.directory, directory),
        put_back("state.postgres", &running.state.postgres, postgres),
        put_back("state.node", &running.state.node, node),
        put_back("audit", &running.audit, audit),
        put_back("log.format", &running.log.format, format),
    ];
    kept.into_iter().chain([speaks_tls]).flatten().collect()
}

fn put_back<T: PartialEq + Clone>(
    key: &'static str,
    running: &T,
    new: &mut T,
) -> Option<&'static str> {
    let changes = running != new;
    new.clone_from(running);
    changes.then_some(key)
}

/// As `put_back`, but another value in place of a value is no change.
fn put_back_presence<T: PartialEq + Clone>(
    key: &'static str,
    running: &Option<T>,
    new: &mut Option<T>,
) -> Option<&'static str> {
    if running.is_some() == new.is_some() { None } else { put_back(key, running, new) }
}
