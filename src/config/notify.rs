//! Who is notified of deployments, and of what.

use std::fmt;

use boathook_core::{deployment::Environment, fault::Fault, record::Status, source::Source};
use serde::{
    Deserialize, Deserializer,
    de::{EnumAccess, Error, Visitor},
};

use crate::config::{
    Network,
    named::{self, Named},
};

/// Someone who is notified of deployments: exactly one of `slack` and `webhook`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverConfig {
    /// How logs name it.
    pub name: String,
    /// An incoming webhook of Slack's.
    pub slack: Option<SlackConfig>,
    pub webhook: Option<WebhookConfig>,
    /// What it is notified of.
    #[serde(deserialize_with = "notified")]
    pub events: Vec<NotifyOn>,
    /// The environments that it is notified of; all if none is named.
    #[serde(default)]
    pub environments: Vec<Environment>,
    /// Non-public addresses that it may use.
    #[serde(default)]
    pub allow_addresses: Vec<Network>,
}

/// An incoming webhook of Slack's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlackConfig {
    /// Where its URL is read from, which is a secret: anyone who has it may post.
    pub url: Source,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where its URL is read from.
    pub url: Source,
    /// Where the secret is read from that signs: `whsec_` and base64.
    pub secret: Source,
}

/// What a receiver may be notified of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyOn {
    Status(Status),
    /// A success turned bad while it was watched.
    WatchBad,
}

/// Its name in the configuration, and of the notification.
pub const WATCH_BAD: &str = "watch_bad";

/// What operators may want to be notified of: all statuses but those that pass within moments.
const NOTIFIED: [&str; 14] = [
    "awaiting_approval",
    "awaiting_window",
    "queued",
    "deploying",
    "rolling_back",
    "rollback_failed",
    "succeeded",
    "rolled_back",
    "failed",
    "superseded",
    "aborted",
    "rejected",
    "abandoned",
    WATCH_BAD,
];

/// Reads the names of statuses, and that of a bad watch.
fn notified<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<NotifyOn>, D::Error> {
    struct Notified(NotifyOn);

    impl<'de> Deserialize<'de> for Notified {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_enum("Status", &NOTIFIED, Name).map(Self)
        }
    }

    struct Name;

    impl<'de> Visitor<'de> for Name {
        type Value = NotifyOn;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&NOTIFIED.join(" or "))
        }

        fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<NotifyOn, A::Error> {
            let (name, _) = data.variant::<String>()?;
            if name == WATCH_BAD {
                return Ok(NotifyOn::WatchBad);
            }
            let status = name.parse().ok().filter(|_| NOTIFIED.contains(&name.as_str()));
            status.map(NotifyOn::Status).ok_or_else(|| A::Error::unknown_variant(&name, &NOTIFIED))
        }
    }

    Ok(Vec::deserialize(deserializer)?.into_iter().map(|Notified(one)| one).collect())
}

/// What cannot be used of the receivers.
pub(super) fn faults(receivers: &[ReceiverConfig]) -> Vec<Fault> {
    named::faults("notify", receivers, |receiver, _| receiver.faults())
}

impl Named for ReceiverConfig {
    const KIND: &'static str = "receiver";

    fn name(&self) -> &str {
        &self.name
    }
}

impl ReceiverConfig {
    fn faults(&self) -> Vec<Fault> {
        Fault::of([
            (
                self.slack.is_some() != self.webhook.is_some(),
                "",
                "must have exactly one of `slack` and `webhook`",
            ),
            (
                !self.events.is_empty(),
                "events",
                "must name what to tell, such as [succeeded, rolled_back, failed, rollback_failed]",
            ),
        ])
    }
}
