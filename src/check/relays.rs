//! Checks relays: each answers with a stream of events. The stream is ended at once.

use boathook_core::deployment::error_chain;
use futures_util::future::join_all;

use crate::{
    check::CheckResult,
    config::{Config, RelayConfig},
    sources::relay::{ConnectError, RelayTransport, Subscribe},
};

const CHECK: &str = "relay";

pub(super) async fn check(config: &Config, transport: &dyn RelayTransport) -> Vec<CheckResult> {
    let asked = config.sources.relays.iter().map(|relay| of_relay(relay, transport));
    join_all(asked).await
}

async fn of_relay(relay: &RelayConfig, transport: &dyn RelayTransport) -> CheckResult {
    let RelayConfig { name, url, .. } = relay;
    let host = url.host();
    let subscribe = Subscribe { url: relay.events_url(), last_event_id: None };
    match transport.subscribe(subscribe).await {
        Ok(_) => CheckResult::ok(CHECK, format!("`{name}` at {host} answers with events")),
        Err(error) => CheckResult::error(
            CHECK,
            format!("`{name}` at {host}: {}", error_chain(&error)),
            "nothing that is sent to it arrives",
            fix(name, host, &error),
        ),
    }
}

/// No fix holds the URL, which lets anyone post and read.
fn fix(name: &str, host: &str, error: &ConnectError) -> String {
    match error {
        ConnectError::Unreached(_) | ConnectError::TimedOut(_) => format!(
            "curl -sI https://{host}; then see DNS, the firewall, and HTTPS_PROXY of boathook's unit (systemctl show -p Environment boathook)"
        ),
        ConnectError::Refused(status) if status.is_server_error() => {
            format!("see whether the relay at {host} works; boathook keeps trying")
        }
        ConnectError::Refused(_) | ConnectError::NotEvents => format!(
            "correct url and kind of `{name}` under sources.relays in default.yaml: url is what senders post to"
        ),
    }
}
