//! `Prefer: wait`: the answer to a sender who waits for the end of its deployment.

use std::time::Duration;

use actix_web::{HttpResponse, http::header::HeaderName};
use boathook_core::{
    record::{Outcome, Status},
    rollout::Observations,
    state::State,
};
use serde_json::{Value, json};

use crate::{
    journal::{StoreError, Summary},
    server::{PublicState, webhook_answer::Answers},
};

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Answers when the deployment has ended, or its rollback failed, and after `wait` in any case.
pub(crate) async fn answer_at_the_end(
    answers: &Answers<'_>,
    summary: &Summary,
    wait: Duration,
) -> Result<HttpResponse, StoreError> {
    let public = answers.public;
    let state = tokio::select! {
        settled = tokio::time::timeout(wait, settled(public, summary)) => settled.unwrap_or(Ok(None))?,
        () = public.stopping.cancelled() => None,
    };
    let mut response = match state {
        Some(state) => response(answers, summary, state),
        None => {
            let status = under_way(public, summary).await?;
            answers.accepted(summary).json(answers.body(status, summary))
        }
    };
    if let Ok(applied) = format!("wait={}", wait.as_secs()).parse() {
        response.headers_mut().insert(PREFERENCE_APPLIED, applied);
    }
    Ok(response)
}

/// The word for a deployment that has not ended yet.
async fn under_way(public: &PublicState, summary: &Summary) -> Result<&'static str, StoreError> {
    let deployment = public.journal().deployment(&summary.id).await?;
    Ok(match deployment.map(|deployment| deployment.state.status()) {
        Some(status @ (Status::AwaitingApproval | Status::AwaitingWindow)) => status.name(),
        Some(_) | None => "running",
    })
}

async fn settled(public: &PublicState, summary: &Summary) -> Result<Option<State>, StoreError> {
    Ok(public.journal().settled(&summary.id).await?.map(|deployment| deployment.state))
}

fn response(answers: &Answers<'_>, summary: &Summary, state: State) -> HttpResponse {
    let status = state.status();
    let reason = state.reason().map(|reason| reason.without_user().to_string());
    let findings = state.into_findings();
    if status == Status::Ended(Outcome::Succeeded) {
        return HttpResponse::Ok().json(with_findings(answers.body("success", summary), findings));
    }
    let mut body = with_findings(answers.body(status.name(), summary), findings);
    let why = reason.as_deref().unwrap_or("no reason was recorded");
    body["error"] = json!(format!("the deployment {}: {why}", phrase(status)));
    body["reason"] = json!(reason);
    HttpResponse::InternalServerError().json(body)
}

/// The answer with what the deployment learned: the new revision, its image by digest, the numbers
/// of its probes and metrics, and notes such as the usual cause of a container that never becomes ready.
fn with_findings(mut body: Value, learned: Observations) -> Value {
    let Observations { candidate, image, health, metrics, notes, .. } = learned;
    let known = [
        ("revision", json!(candidate)),
        ("image", json!(image)),
        ("health", json!(health)),
        ("metrics", json!((!metrics.is_empty()).then_some(metrics))),
        ("notes", json!(notes)),
    ];
    for (field, value) in known {
        if !(value.is_null() || value.as_array().is_some_and(Vec::is_empty)) {
            body[field] = value;
        }
    }
    body
}

const fn phrase(status: Status) -> &'static str {
    match status {
        Status::Ended(Outcome::Succeeded) => "succeeded",
        Status::Ended(Outcome::RolledBack) => "was rolled back",
        Status::Ended(Outcome::Failed) => "failed",
        Status::Ended(Outcome::Superseded) => "was superseded",
        Status::Ended(Outcome::Aborted) => "was aborted",
        Status::Ended(Outcome::Rejected) => "was refused",
        Status::Ended(Outcome::Abandoned) => "could not be rolled back, and was abandoned",
        Status::RollbackFailed => "could not be rolled back and needs an operator",
        Status::AwaitingApproval => "awaits approval",
        Status::AwaitingWindow => "awaits its deployment window",
        Status::Queued
        | Status::Planning
        | Status::Deploying
        | Status::RollingBack
        | Status::Closing => "is under way",
    }
}
