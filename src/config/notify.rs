//! Who is notified of deployments, and of what.

use boathook_core::deployment::Environment;
use serde::Deserialize;

use crate::config::{Network, Source};

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
    pub events: Vec<Occasion>,
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

/// The statuses that operators may want to be notified of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// It waits for an operator's approval.
    AwaitingApproval,
    /// It was accepted, and waits for its turn.
    Queued,
    /// It begins to change the service.
    Deploying,
    /// It rolls back to stable.
    RollingBack,
    /// The rollback failed: an operator is needed.
    RollbackFailed,
    /// It succeeded.
    Succeeded,
    /// It rolled back to stable.
    RolledBack,
    /// It failed, with nothing to roll back to.
    Failed,
    /// A newer one took its place.
    Superseded,
    /// Someone stopped it.
    Aborted,
    /// Policy or an operator refused it.
    Rejected,
    /// The rollback failed, and someone took over.
    Abandoned,
}

impl Occasion {
    /// Its name, the same as the status's.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwaitingApproval => "awaiting_approval",
            Self::Queued => "queued",
            Self::Deploying => "deploying",
            Self::RollingBack => "rolling_back",
            Self::RollbackFailed => "rollback_failed",
            Self::Succeeded => "succeeded",
            Self::RolledBack => "rolled_back",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
            Self::Aborted => "aborted",
            Self::Rejected => "rejected",
            Self::Abandoned => "abandoned",
        }
    }
}

/// The problems of the receivers: a key path, and what is expected there.
pub(super) fn faults(receivers: &[ReceiverConfig]) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    for (index, receiver) in receivers.iter().enumerate() {
        let ReceiverConfig { name, slack, webhook, events, environments: _, allow_addresses: _ } =
            receiver;
        let plain = name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'))
            && (1..=NAME_MAX).contains(&name.len());
        let mut rule = |holds: bool, key: &str, message: &str| {
            if !holds {
                faults.push((format!("notify[{index}]{key}"), message.to_owned()));
            }
        };
        rule(plain, ".name", "must be 1 to 40 of a-z, 0-9 and -");
        rule(
            receivers[..index].iter().all(|other| other.name != *name),
            ".name",
            "is another receiver's too",
        );
        rule(
            slack.is_some() != webhook.is_some(),
            "",
            "must have exactly one of `slack` and `webhook`",
        );
        rule(
            !events.is_empty(),
            ".events",
            "must name what to tell, such as [succeeded, rolled_back, failed, rollback_failed]",
        );
    }
    faults
}
