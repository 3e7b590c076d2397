//! How records are shown: to holders of a `status_url`, and, with more details, to operators.

use boathook_core::{
    deployment::DeploymentId,
    record::{Outcome, Reason, Record, ServiceHold, Status},
};
use serde_json::{Value, json};

use crate::{
    journal::{DeploymentView, Journal},
    server::ApiError,
};

/// For the holder of a `status_url`: no programs and their output, nothing of the plan but its
/// titles, no token, no secret's id, and of users only who approved or rejected it with what note,
/// which is an answer to the sender.
pub fn public(record: &Record) -> Option<Value> {
    let mut shown = record.event.for_senders()?;
    if let Some(fields) = shown.as_object_mut() {
        let is_missing = |key: &str| matches!(key, "approve_until" | "approvals" | "opens_at");
        fields.retain(|key, value| !(is_missing(key) && value.is_null()));
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
    let records = journal.records(id, 0).await?;
    let mut view = DeploymentView::of(&records)?;
    if let Some(view) = &mut view {
        view.approvers = approvers(&records);
        note_hold(view, journal);
        let digest = view.resolved_image.as_ref().unwrap_or(&view.image).digest();
        if let Some(digest) = digest.cloned() {
            let withdrawal = journal.withdrawal(&digest).await?;
            view.withdrawn = withdrawal.map(|withdrawal| withdrawal.to_string());
        }
        hold_up(view, journal.held_up(id));
    }
    Ok(view)
}

/// Says of an operator's rollback that did not succeed that its service is held all the same.
pub fn note_hold(view: &mut DeploymentView, journal: &Journal) {
    let has_failed = view.status.end().is_some_and(|end| end != Outcome::Succeeded);
    let hold = journal.holds().into_iter().find(|hold| hold.deployment == view.id);
    if let Some(hold) = hold.filter(|_| has_failed) {
        let ServiceHold { service, keeps_out, .. } = &*hold;
        view.notes.push(format!(
            "the rollback did not succeed, and {service} takes no {keeps_out} all the same; {} ends that",
            hold.release()
        ));
    }
}

/// Who may approve it, which its sender does not read.
pub fn approvers(records: &[Record]) -> Option<String> {
    records.first()?.event.acceptance()?.approvers.who()
}

/// Adds what a queued deployment waits for, which its own records do not hold.
pub fn hold_up(view: &mut DeploymentView, held_up: Option<Reason>) {
    if view.status == Status::Queued {
        view.reason = held_up.map(|reason| reason.to_string());
    }
}

/// For the operator: the record as in the journal, without the token.
pub fn operator(record: &Record) -> Option<Value> {
    let mut shown = json!(record);
    if let Some(token) = shown.pointer_mut("/event/token") {
        *token = json!("");
    }
    Some(shown)
}
