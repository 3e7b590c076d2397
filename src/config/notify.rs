//! Who is notified of deployments, and of what.

use std::fmt;

use boathook_core::{deployment::Environment, fault::Fault, record::Status, source::Source};
use serde::{
    Deserialize, Deserializer,
    de::{EnumAccess, Error, Visitor},
};

use crate::config::Network;

/// The maximum length of a receiver's name, which names a file and a label.
const NAME_MAX: usize = 40;

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
    let each = receivers.iter().enumerate().flat_map(|(index, receiver)| {
        let is_taken = receivers[..index].iter().any(|other| other.name == receiver.name);
        Fault::inside(&format!("notify[{index}]"), receiver.faults(is_taken)).collect::<Vec<_>>()
    });
    each.collect()
}

impl ReceiverConfig {
    /// What cannot be used; `is_taken` says that an earlier receiver has its name.
    fn faults(&self, is_taken: bool) -> Vec<Fault> {
        let plain = self.name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'))
            && (1..=NAME_MAX).contains(&self.name.len());
        Fault::of([
            (plain, "name", "must be 1 to 40 of a-z, 0-9 and -"),
            (!is_taken, "name", "is another receiver's too"),
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
