//! What can happen to a deployment. The journal's events are authoritative; everything that is
//! shown is derived from them.
//!
//! They come in groups, so that a reader of programs, say, matches the events of programs and no
//! others. In the journal an event is one flat object, whose `type` is its name.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;
use strum::VariantNames;

use crate::{
    deployment::{Actor, DeploymentId, Environment},
    record::{
        Acceptance, CommandEvent, DeploymentEvent, HoldEvent, LockEvent, Outcome, PromotionEvent,
        Rewrite, StepEvent, WatchEvent, WithdrawalEvent,
    },
    rollout::Plan,
};

/// One event of one deployment, as the journal holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Position in the whole journal, rising.
    pub sequence: u64,
    /// The deployment, the lock, the hold or the withdrawal.
    pub deployment: DeploymentId,
    /// When it happened.
    pub at: Timestamp,
    pub event: Event,
}

macro_rules! groups {
    ($($(#[$doc:meta])* $group:ident($event:ident),)*) => {
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Event { $($(#[$doc])* $group($event),)* }

        impl Event {
            /// Its name in the journal.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$group(event) => event.into(),)* }
            }
        }

        impl Event {
            /// All names that an event may have.
            pub fn names() -> impl Iterator<Item = &'static str> {
                [$($event::VARIANTS,)*].into_iter().flatten().copied()
            }
        }

        impl<'de> Deserialize<'de> for Event {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let stored = Value::deserialize(deserializer)?;
                let name = stored["type"].as_str().ok_or_else(|| D::Error::missing_field("type"))?;
                $(if $event::VARIANTS.contains(&name) {
                    return $event::deserialize(stored).map(Self::$group).map_err(D::Error::custom);
                })*
                Err(D::Error::custom(format_args!("unknown event `{}`", name.escape_debug())))
            }
        }

        $(impl From<$event> for Event {
            fn from(event: $event) -> Self {
                Self::$group(event)
            }
        })*
    };
}

groups! {
    /// Of the deployment as a whole: decisions about it, and its outcome.
    Deployment(DeploymentEvent),
    /// Of a step of its plan.
    Step(StepEvent),
    /// Of a program that it runs.
    Command(CommandEvent),
    /// Of the promotion of a success. It comes after the outcome.
    Promotion(PromotionEvent),
    /// Of the watch of a success. It comes after the outcome, too.
    Watch(WatchEvent),
    /// Of a lock. They belong to no deployment: the record is the lock's own.
    Lock(LockEvent),
    /// Of a held service. They belong to no deployment either.
    Hold(HoldEvent),
    /// Of a withdrawn digest. They belong to no deployment either.
    Withdrawal(WithdrawalEvent),
}

impl Event {
    /// What was accepted, if that is what happened.
    #[must_use]
    pub const fn acceptance(&self) -> Option<&Arc<Acceptance>> {
        let Self::Deployment(DeploymentEvent::Accepted(acceptance)) = self else { return None };
        Some(acceptance)
    }

    /// The plan, if it was made.
    #[must_use]
    pub const fn plan(&self) -> Option<&Arc<Plan>> {
        let Self::Deployment(DeploymentEvent::Planned { plan }) = self else { return None };
        Some(plan)
    }

    /// How the deployment ended, if it did.
    #[must_use]
    pub const fn outcome(&self) -> Option<Outcome> {
        let Self::Deployment(DeploymentEvent::Ended { end, reason: _ }) = self else { return None };
        Some(*end)
    }

    /// Whether whoever waits for the deployment may have an answer now.
    #[must_use]
    pub const fn may_settle(&self) -> bool {
        self.outcome().is_some() || matches!(self, Self::Step(StepEvent::RollbackFailed { .. }))
    }

    /// Whether it only reports how the work on a deployment goes: what waits, runs or has ended, and
    /// whether a rollback has failed, stay as they are.
    #[must_use]
    pub const fn is_progress(&self) -> bool {
        matches!(self, Self::Step(_) | Self::Command(_)) && !self.may_settle()
    }

    /// Whether it may come after the outcome.
    #[must_use]
    pub const fn may_follow_the_outcome(&self) -> bool {
        match self {
            Self::Deployment(event) => event.may_follow_the_outcome(),
            Self::Promotion(_) | Self::Watch(_) => true,
            Self::Step(_)
            | Self::Command(_)
            | Self::Lock(_)
            | Self::Hold(_)
            | Self::Withdrawal(_) => false,
        }
    }

    /// Who let the deployment, or its promotion to that environment, past a rule, if someone did.
    #[must_use]
    pub const fn overridden(&self) -> Option<(&Actor, Option<Environment>)> {
        match self {
            Self::Deployment(DeploymentEvent::Overridden { by }) => Some((by, None)),
            Self::Promotion(PromotionEvent::PromotionOverridden { to, by }) => {
                Some((by, Some(*to)))
            }
            Self::Deployment(_)
            | Self::Promotion(_)
            | Self::Step(_)
            | Self::Command(_)
            | Self::Watch(_)
            | Self::Lock(_)
            | Self::Hold(_)
            | Self::Withdrawal(_) => None,
        }
    }

    /// Whether it belongs to a deployment; otherwise its record has an id of its own.
    #[must_use]
    pub const fn is_of_deployment(&self) -> bool {
        match self {
            Self::Deployment(_)
            | Self::Step(_)
            | Self::Command(_)
            | Self::Promotion(_)
            | Self::Watch(_) => true,
            Self::Lock(_) | Self::Hold(_) | Self::Withdrawal(_) => false,
        }
    }

    /// Whether an operator asks something of the deployment.
    #[must_use]
    pub const fn is_steering(&self) -> bool {
        matches!(self, Self::Deployment(DeploymentEvent::Steered { .. }))
    }

    /// The event with everything changed that came from outside. The engine, whose events this is
    /// for, records no holds and withdrawals: those are clean when they are recorded.
    #[must_use]
    pub fn rewritten(self, rewrite: &dyn Rewrite) -> Self {
        match self {
            Self::Deployment(event) => Self::Deployment(event.rewritten(rewrite)),
            Self::Step(event) => Self::Step(event.rewritten(rewrite)),
            Self::Command(event) => Self::Command(event.rewritten(rewrite)),
            Self::Watch(event) => Self::Watch(event.rewritten(rewrite)),
            Self::Lock(event) => Self::Lock(event.rewritten(rewrite)),
            Self::Promotion(event) => Self::Promotion(event.rewritten(rewrite)),
            Self::Hold(_) | Self::Withdrawal(_) => self,
        }
    }
}
