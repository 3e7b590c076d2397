//! A digest that was withdrawn: it does not count as proven, wherever it succeeded, until someone
//! reinstates it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    clock::date_and_time,
    deployment::{Actor, DeploymentId, Digest, Environment, ServiceKey, marked_beginning},
};

/// A withdrawn digest. As text it says why, also in an operator's words; senders read that of
/// [`Withdrawal::without_user`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Its own id, in the form of a deployment's.
    pub id: DeploymentId,
    pub digest: Digest,
    #[serde(flatten)]
    pub cause: WithdrawalCause,
    /// Since when.
    pub since: Timestamp,
}

/// Why a digest was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum WithdrawalCause {
    /// An operator withdrew it by hand; the note says why.
    Operator { by: Actor },
    /// An operator rolled a service back from it.
    OrderedRollback {
        /// The rollback.
        deployment: DeploymentId,
        environment: Environment,
        service: ServiceKey,
        by: Actor,
    },
    /// A deployment of it failed and was rolled back automatically.
    Failed {
        deployment: DeploymentId,
        environment: Environment,
        service: ServiceKey,
        /// Why it failed, without users.
        reason: String,
    },
}

/// Characters of a failure's reason that a withdrawal repeats.
const REASON_MAX: usize = 200;

impl WithdrawalCause {
    /// The beginning of a failure's reason.
    #[must_use]
    pub fn shortened(text: &str) -> String {
        marked_beginning(text, REASON_MAX, " ...")
    }
}

impl Withdrawal {
    /// Who withdrew it; none if boathook did.
    #[must_use]
    pub const fn by(&self) -> Option<&Actor> {
        match &self.cause {
            WithdrawalCause::Operator { by } | WithdrawalCause::OrderedRollback { by, .. } => {
                Some(by)
            }
            WithdrawalCause::Failed { .. } => None,
        }
    }

    /// Why a deployment of it is refused, and what lifts that.
    #[must_use]
    pub fn refusal(&self) -> String {
        format!("{self}; `boathook reinstate {} --reason ...` lets it count again", self.digest)
    }

    /// The same without the operator and the note.
    #[must_use]
    pub fn without_user(&self) -> Self {
        self.clone().map(|_| Actor::anonymous(), |reason| reason)
    }

    /// The same with the operator, or the reason of the failure, changed.
    #[must_use]
    pub fn map(
        self,
        actor: impl FnOnce(Actor) -> Actor,
        reason: impl FnOnce(String) -> String,
    ) -> Self {
        let cause = match self.cause {
            WithdrawalCause::Operator { by } => WithdrawalCause::Operator { by: actor(by) },
            WithdrawalCause::OrderedRollback { deployment, environment, service, by } => {
                let by = actor(by);
                WithdrawalCause::OrderedRollback { deployment, environment, service, by }
            }
            WithdrawalCause::Failed { deployment, environment, service, reason: why } => {
                let reason = reason(why);
                WithdrawalCause::Failed { deployment, environment, service, reason }
            }
        };
        Self { cause, ..self }
    }

    /// Whether a success there shows that the failure was not the image's.
    #[must_use]
    pub fn is_disproven_in(&self, environment: Environment, service: &ServiceKey) -> bool {
        match &self.cause {
            WithdrawalCause::Failed { environment: failed_in, service: failed, .. } => {
                *failed_in == environment && failed == service
            }
            WithdrawalCause::Operator { .. } | WithdrawalCause::OrderedRollback { .. } => false,
        }
    }
}

impl fmt::Display for WithdrawalCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator { by } => f.write_str(by.note.as_deref().unwrap_or("an operator did")),
            Self::OrderedRollback { deployment: _, environment, service, by: _ } => {
                write!(f, "an operator rolled {service} in {environment} back from it")
            }
            Self::Failed { deployment, environment, service, reason } => {
                write!(f, "{deployment} of {service} in {environment} was rolled back: {reason}")
            }
        }
    }
}

impl fmt::Display for Withdrawal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id: _, digest, cause, since } = self;
        write!(f, "{digest} was withdrawn {}: {cause}", date_and_time(*since))
    }
}
