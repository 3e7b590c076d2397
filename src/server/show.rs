//! How records are shown: to holders of a `status_url`, and, with more details, to operators.

use boathook_core::deployment::DeploymentId;
use serde_json::{Value, json};

use crate::{
    journal::{DeploymentView, Event, Journal, Reason, Record, Status},
    server::ApiError,
};

/// For the holder of a `status_url`: no programs and their output, nothing of the plan but its
/// titles, no token, no secret's id, and of users only who approved or rejected it with what note,
/// which is an answer to the sender.
pub fn public(record: &Record) -> Option<Value> {
    let record = record.clone().without_users();
    let mut shown = match &record.event {
        Event::Accepted(acceptance) => json!({
            "environment": acceptance.request.environment,
            "namespace": acceptance.request.namespace,
            "service_name": acceptance.request.service_name,
            "deployment_id": acceptance.request.deployment_id,
            "image": acceptance.request.image,
            "approve_until": acceptance.approve_until,
        }),
        Event::Approved { by, note } => json!({"by": by, "note": note}),
        Event::Rejected { by, note } => json!({"by": by, "note": note}),
        Event::Started | Event::ApprovalExpired => json!({}),
        Event::Planned { plan } => json!({
            "steps": titles(plan.steps.iter().map(|step| (step.name(), step.title()))),
            "rollback": titles(plan.rollback.iter().map(|step| (step.name(), step.title()))),
            "stable": plan.stable.as_ref().map(|stable| &stable.revision),
            "notes": plan.notes.iter().map(|note| &note.text).collect::<Vec<_>>(),
        }),
        Event::StepStarted { step } => json!({"step": step}),
        Event::StepLearned { finding } => json!({"findings": [finding]}),
        Event::StepEnded { findings } => json!({"findings": findings}),
        Event::StepFailed { failure } => json!({"reason": failure.reason().to_string()}),
        Event::RollbackFailed { reason } => json!({"reason": reason}),
        Event::CommandStarted { .. }
        | Event::CommandEnded { .. }
        | Event::Locked(_)
        | Event::Unlocked { .. } => return None,
        Event::Steered { action, by } => json!({"action": action, "by": by.to_string()}),
        Event::Superseded { by } => json!({"by": by}),
        Event::Ended { end, reason } | Event::Pruned { end, reason } => {
            json!({"status": end.name(), "reason": reason.as_ref().map(ToString::to_string)})
        }
        Event::PromotionDelayed { to, reason } | Event::NotPromoted { to, reason } => {
            json!({"to": to, "reason": reason})
        }
        Event::Promoted { to, deployment, status_url } => {
            json!({"to": to, "deployment": deployment, "status_url": status_url})
        }
    };
    if shown["approve_until"].is_null()
        && let Some(fields) = shown.as_object_mut()
    {
        fields.remove("approve_until");
    }
    shown["sequence"] = json!(record.sequence);
    shown["at"] = json!(record.at);
    shown["type"] = json!(record.event.name());
    Some(shown)
}

/// One deployment as operators see it; none if there is no record of it.
pub async fn view(
    journal: &Journal,
    id: &DeploymentId,
) -> Result<Option<DeploymentView>, ApiError> {
    let mut view = DeploymentView::of(&journal.records(id, 0).await?)?;
    if let Some(view) = &mut view {
        hold_up(view, journal.held_up(id));
    }
    Ok(view)
}

/// Adds what a queued deployment waits for, which its own records do not hold.
pub fn hold_up(view: &mut DeploymentView, held_up: Option<Reason>) {
    if view.status == Status::Queued {
        view.reason = held_up.map(|reason| reason.to_string());
    }
}

/// The names and titles of any steps.
fn titles(steps: impl Iterator<Item = (&'static str, String)>) -> Vec<Value> {
    steps.map(|(step, title)| json!({"step": step, "title": title})).collect()
}

/// For the operator: the record as in the journal, without the token.
pub fn operator(record: &Record) -> Option<Value> {
    let mut shown = json!(record);
    if let Some(token) = shown.pointer_mut("/event/token") {
        *token = json!("");
    }
    Some(shown)
}
