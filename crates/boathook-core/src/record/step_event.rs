//! What happens to a step of the plan, and to the planning.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::{IntoStaticStr, VariantNames};

use crate::{
    record::{Failure, Reason, Rewrite},
    rollout::Observation,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum StepEvent {
    /// The next step of the current list begins.
    StepStarted {
        /// The step's name, for readers.
        step: String,
    },
    /// A step, or the planning, is under way and learned this.
    StepLearned { finding: Observation },
    /// The step ended well.
    StepEnded {
        /// What it learned at the end.
        findings: Vec<Observation>,
    },
    /// The step, or the planning, failed.
    StepFailed {
        /// How, and why.
        failure: Failure,
    },
    /// A rollback step failed: an operator is needed, and the rollback is tried again from its
    /// first step.
    RollbackFailed {
        /// The cluster's or the program's own words, with ours around them.
        reason: String,
    },
}

impl StepEvent {
    /// The name of the step that began.
    #[must_use]
    pub fn started(&self) -> Option<&str> {
        match self {
            Self::StepStarted { step } => Some(step),
            Self::StepLearned { .. }
            | Self::StepEnded { .. }
            | Self::StepFailed { .. }
            | Self::RollbackFailed { .. } => None,
        }
    }

    /// What the step learned.
    #[must_use]
    pub fn findings(&self) -> Option<&[Observation]> {
        match self {
            Self::StepLearned { finding } => Some(std::slice::from_ref(finding)),
            Self::StepEnded { findings } => Some(findings),
            Self::StepStarted { .. } | Self::StepFailed { .. } | Self::RollbackFailed { .. } => {
                None
            }
        }
    }

    /// The same for readers, without what objects held.
    #[must_use]
    pub fn findings_to_read(&self) -> Option<Vec<Observation>> {
        let findings = self.findings()?.iter().cloned();
        Some(findings.map(Observation::without_content).collect())
    }

    /// What the step waits for after this event, where it waited for `before`.
    #[must_use]
    pub fn waiting(&self, before: Option<String>) -> Option<String> {
        match self {
            Self::StepLearned { finding: Observation::Waiting(words) } => words.clone(),
            Self::StepLearned { .. } => before,
            Self::StepStarted { .. }
            | Self::StepEnded { .. }
            | Self::StepFailed { .. }
            | Self::RollbackFailed { .. } => None,
        }
    }

    /// How the step ended, if it did: well, or why not.
    #[must_use]
    pub fn result(&self) -> Option<Result<(), Reason>> {
        match self {
            Self::StepStarted { .. } | Self::StepLearned { .. } => None,
            Self::StepEnded { .. } => Some(Ok(())),
            Self::StepFailed { failure } => Some(Err(failure.reason())),
            Self::RollbackFailed { reason } => Some(Err(Reason::stated(reason))),
        }
    }

    /// Why the step failed, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        Some(self.result()?.err()?.to_string())
    }

    pub(super) fn rewritten(self, rewrite: &dyn Rewrite) -> Self {
        let finding_of = |finding: Observation| finding.map_text(|text| rewrite.text(text));
        match self {
            Self::StepStarted { .. } => self,
            Self::StepLearned { finding } => Self::StepLearned { finding: finding_of(finding) },
            Self::StepEnded { findings } => {
                Self::StepEnded { findings: findings.into_iter().map(finding_of).collect() }
            }
            Self::StepFailed { failure } => {
                Self::StepFailed { failure: failure.rewritten(rewrite) }
            }
            Self::RollbackFailed { reason } => {
                Self::RollbackFailed { reason: rewrite.text(reason) }
            }
        }
    }

    /// For senders, once it is without users.
    pub(super) fn shown(&self) -> Value {
        match self {
            Self::StepStarted { step } => json!({"step": step}),
            Self::StepLearned { .. } | Self::StepEnded { .. } => {
                json!({"findings": self.findings_to_read()})
            }
            Self::StepFailed { .. } | Self::RollbackFailed { .. } => {
                json!({"reason": self.failure()})
            }
        }
    }
}
