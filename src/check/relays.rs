//! Checks relays: each answers with a stream of events, which is ended after its first one. No text
//! holds a channel's address, which lets anyone post and read.

use std::time::Duration;

use boathook_core::deployment::error_chain;
use futures_util::{StreamExt as _, future::join_all};
use reqwest::StatusCode;
use tokio::time::timeout;

use crate::{
    check::{CheckResult, outbound::reach},
    config::{Config, RelayConfig},
    sources::relay::{ConnectError, RelayTransport, Subscribe},
};

const CHECK: &str = "relay";
/// How long the first event may take.
const FIRST_EVENT: Duration = Duration::from_secs(10);

pub(super) async fn check(config: &Config, transport: &dyn RelayTransport) -> Vec<CheckResult> {
    let asked = config.sources.relays.iter().map(|relay| of_relay(relay, transport));
    join_all(asked).await
}

async fn of_relay(relay: &RelayConfig, transport: &dyn RelayTransport) -> CheckResult {
    let RelayConfig { name, url, .. } = relay;
    let host = url.host();
    let subscribe = Subscribe { url: relay.events_url(), last_event_id: None };
    let mut events = match transport.subscribe(subscribe).await {
        Ok(events) => events,
        Err(error) => return refused(relay, &error),
    };
    // Both kinds write an event at once.
    match timeout(FIRST_EVENT, events.next()).await {
        Ok(Some(Ok(_))) => {
            CheckResult::ok(CHECK, format!("`{name}` at {host} answers with events"))
        }
        Ok(Some(Err(error))) => refused(relay, &error),
        Ok(None) | Err(_) => CheckResult::warning(
            CHECK,
            format!("`{name}` at {host} takes the subscription and writes no event"),
            "what is sent to it may not arrive",
            "see whether a proxy in front of the relay holds back streams of events, and whether `url` and `kind` are right",
        ),
    }
}

fn refused(relay: &RelayConfig, error: &ConnectError) -> CheckResult {
    let RelayConfig { name, url, .. } = relay;
    let seen = format!("`{name}` at {}: {}", url.host(), error_chain(error));
    let why = "nothing that is sent to it arrives";
    match error {
        ConnectError::Unreached(_) | ConnectError::TimedOut(_) => {
            CheckResult::error(CHECK, seen, why, reach(&url.origin()))
        }
        ConnectError::Refused(status) if is_momentary(*status) => CheckResult::warning(
            CHECK,
            seen,
            format!("while it lasts, {why}; boathook keeps trying"),
            "boathook check, in some minutes; see whether the relay works",
        ),
        ConnectError::Refused(_) | ConnectError::NotEvents => CheckResult::error(
            CHECK,
            seen,
            why,
            format!(
                "correct url and kind of `{name}` under sources.relays in default.yaml: url is what senders post to"
            ),
        ),
    }
}

fn is_momentary(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}
