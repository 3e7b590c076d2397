//! What happens to a deployment as a whole.

use std::{mem, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::{IntoStaticStr, VariantNames};

use crate::{
    deployment::{Actor, DeploymentId, Requester},
    record::{Acceptance, Held, Outcome, Reason, Rewrite, older_reason, older_text, stored_actor},
    rollout::{Action, Note, Plan, Step},
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DeploymentEvent {
    /// A verified request was accepted.
    Accepted(Arc<Acceptance>),
    /// An operator approved it; it may need the approvals of others too.
    Approved {
        #[serde(flatten, with = "stored_actor")]
        by: Actor,
    },
    /// An operator rejected it; the note says why.
    Rejected {
        #[serde(flatten, with = "stored_actor")]
        by: Actor,
    },
    /// Nobody approved or rejected it in time.
    ApprovalExpired,
    /// Its environment's deployment windows are closed, or open at another time than was said; or what
    /// holds it besides began or ended.
    AwaitsWindow {
        opens_at: Timestamp,
        /// What holds it whatever the windows say: a lock, or that the environment is frozen.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "older_text::or_text_if_any"
        )]
        held: Option<Held>,
    },
    /// It may begin: its environment's deployment windows are open.
    WindowOpened,
    /// An operator let it begin although its environment's deployment windows are closed.
    Overridden {
        /// Who; the note is the reason.
        #[serde(flatten, with = "stored_actor")]
        by: Actor,
    },
    /// An operator has seen that. It may come after the outcome, and changes nothing about it.
    OverrideAcknowledged {
        #[serde(flatten, with = "stored_actor")]
        by: Actor,
    },
    /// A worker started it.
    Started,
    /// boathook read the cluster and decided every step.
    Planned {
        /// The steps, and those of the rollback.
        plan: Arc<Plan>,
    },
    /// An operator steered it.
    Steered {
        action: Action,
        #[serde(deserialize_with = "older_text::or_text")]
        by: Requester,
    },
    /// A newer request for the same service took its place before it began.
    Superseded { by: DeploymentId },
    /// Its image was withdrawn while it waited to begin.
    ImageWithdrawn {
        #[serde(alias = "why", deserialize_with = "older_reason::or_undisclosed")]
        reason: Reason,
    },
    /// The record is closed.
    Ended {
        end: Outcome,
        /// Why, if there is a reason.
        #[serde(default, deserialize_with = "older_text::or_text_if_any")]
        reason: Option<Reason>,
    },
    /// Its old records were pruned, except the acceptance; this one replaces the rest.
    Pruned {
        /// How it had ended.
        end: Outcome,
        #[serde(default, deserialize_with = "older_text::or_text_if_any")]
        reason: Option<Reason>,
    },
}

impl DeploymentEvent {
    /// Whether it may come after the outcome.
    pub(super) const fn may_follow_the_outcome(&self) -> bool {
        matches!(self, Self::OverrideAcknowledged { .. })
    }

    pub(super) fn rewritten(self, rewrite: &dyn Rewrite) -> Self {
        let reason_of = |reason: Option<Reason>| reason.map(|reason| reason.rewritten(rewrite));
        match self {
            Self::Accepted(acceptance) => Self::Accepted(accepted(acceptance, rewrite)),
            Self::Approved { by } => Self::Approved { by: by.map_note(|note| rewrite.text(note)) },
            Self::Rejected { by } => Self::Rejected { by: by.map_note(|note| rewrite.text(note)) },
            Self::Overridden { by } => Self::Overridden { by: rewrite.actor(by) },
            Self::OverrideAcknowledged { by } => {
                Self::OverrideAcknowledged { by: rewrite.actor(by) }
            }
            Self::Planned { plan } => Self::Planned { plan: planned(plan, rewrite) },
            Self::Steered { action, by } => Self::Steered { action, by: rewrite.requester(by) },
            Self::Ended { end, reason } => Self::Ended { end, reason: reason_of(reason) },
            Self::Pruned { end, reason } => Self::Pruned { end, reason: reason_of(reason) },
            Self::ImageWithdrawn { reason } => {
                Self::ImageWithdrawn { reason: reason.rewritten(rewrite) }
            }
            Self::AwaitsWindow { opens_at, held } => {
                Self::AwaitsWindow { opens_at, held: held.map(|held| held.rewritten(rewrite)) }
            }
            Self::ApprovalExpired
            | Self::WindowOpened
            | Self::Started
            | Self::Superseded { .. } => self,
        }
    }

    /// For senders, once it is without users.
    pub(super) fn shown(&self) -> Value {
        match self {
            Self::Accepted(acceptance) => json!({
                "environment": acceptance.request.environment,
                "namespace": acceptance.request.namespace,
                "service_name": acceptance.request.service_name,
                "deployment_id": acceptance.request.deployment_id,
                "image": acceptance.request.image,
                "approve_until": acceptance.approve_until,
                "opens_at": acceptance.opens_at,
                "approvals": acceptance.approve_until.map(|_| acceptance.approvers.count),
            }),
            Self::Approved { by }
            | Self::Rejected { by }
            | Self::Overridden { by }
            | Self::OverrideAcknowledged { by } => {
                json!({"by": by.user, "note": by.note})
            }
            Self::AwaitsWindow { opens_at, held } => {
                json!({"opens_at": opens_at, "held": held.as_ref().map(ToString::to_string)})
            }
            Self::ApprovalExpired | Self::WindowOpened | Self::Started => json!({}),
            Self::Planned { plan } => shown(plan),
            Self::Steered { action, by } => json!({"action": action, "by": by.to_string()}),
            Self::Superseded { by } => json!({"by": by}),
            Self::ImageWithdrawn { reason } => json!({"reason": reason.to_string()}),
            Self::Ended { end, reason } | Self::Pruned { end, reason } => {
                json!({"status": end.name(), "reason": reason.as_ref().map(ToString::to_string)})
            }
        }
    }
}

fn accepted(mut acceptance: Arc<Acceptance>, rewrite: &dyn Rewrite) -> Arc<Acceptance> {
    if acceptance.origin.actor().is_some() {
        let acceptance = Arc::make_mut(&mut acceptance);
        acceptance.origin = mem::take(&mut acceptance.origin).rewritten(rewrite);
    }
    acceptance
}

/// What the engine reads back, such as templates and names of revisions, stays as it is.
fn planned(mut plan: Arc<Plan>, rewrite: &dyn Rewrite) -> Arc<Plan> {
    if plan.steps.iter().any(|step| matches!(step, Step::CheckProven(_))) {
        for step in &mut Arc::make_mut(&mut plan).steps {
            if let Step::CheckProven(check) = step {
                check.map_withdrawals(|withdrawal| rewrite.withdrawal(withdrawal));
            }
        }
    }
    if !plan.notes.is_empty() {
        let plan = Arc::make_mut(&mut plan);
        let notes = mem::take(&mut plan.notes).into_iter();
        plan.notes = notes.map(|note| Note { text: rewrite.text(note.text), ..note }).collect();
    }
    plan
}

/// A plan as people and programs read it.
fn shown(plan: &Plan) -> Value {
    let mut shown = json!({
        "steps": titles(&plan.steps),
        "rollback": titles(&plan.rollback),
        "stable": plan.stable.as_ref().map(|stable| &stable.revision),
        "notes": plan.notes.iter().map(|note| &note.text).collect::<Vec<_>>(),
    });
    if let Some(manifests) = &plan.manifests {
        shown["manifests"] = json!(manifests.to_string());
    }
    shown
}

/// The names and titles of any steps.
fn titles(steps: &[Step]) -> Vec<Value> {
    steps.iter().map(|step| json!({"step": step.name(), "title": step.title()})).collect()
}
