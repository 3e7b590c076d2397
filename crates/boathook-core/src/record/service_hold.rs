//! A held service: an operator rolled it back, and promotions stay out until it is released.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    clock::date_and_time,
    deployment::{Actor, DeployRequest, DeploymentId, Environment, ServiceKey},
};

/// A held service. As text it says what to do, for the sender who is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceHold {
    /// Its own id, in the form of a deployment's.
    pub id: DeploymentId,
    pub environment: Environment,
    pub service: ServiceKey,
    /// The rollback.
    pub deployment: DeploymentId,
    pub keeps_out: KeepsOut,
    /// Who rolled it back.
    pub by: Actor,
    /// Since when.
    pub since: Timestamp,
}

/// Which requests a held service refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeepsOut {
    /// Promotions: those with `auto_promotion`.
    #[default]
    Promotions,
    /// All but those with `after_rollback`.
    All,
}

impl fmt::Display for KeepsOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Promotions => "promotions",
            Self::All => "requests",
        })
    }
}

impl ServiceHold {
    #[must_use]
    pub fn is_of(&self, environment: Environment, service: &ServiceKey) -> bool {
        self.environment == environment && self.service == *service
    }

    /// Whether it refuses a request for its service.
    #[must_use]
    pub const fn refuses(&self, request: &DeployRequest) -> bool {
        let kept_out = match self.keeps_out {
            KeepsOut::Promotions => request.auto_promotion,
            KeepsOut::All => true,
        };
        kept_out && !request.after_rollback
    }

    /// The command that releases it.
    #[must_use]
    pub fn release(&self) -> String {
        let ServiceKey { namespace, service } = &self.service;
        let environment = self.environment;
        format!("boathook release {service} --environment {environment} --namespace {namespace}")
    }

    /// Whose rollback it was, and since when it is held.
    #[must_use]
    pub fn terms(&self) -> String {
        format!("{} rolled it back, {}", self.by.user, date_and_time(self.since))
    }
}

impl fmt::Display for ServiceHold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { environment, service, keeps_out, .. } = self;
        write!(
            f,
            "{service} in {environment} is held ({}) and takes no {keeps_out} until an operator releases it (boathook release {}) or a request that says \
             `after_rollback: true` (where its config says `allow.after_rollback: true`) succeeds",
            self.terms(),
            service.service
        )
    }
}
