//! What commands print, all in one place. Nothing here is escaped yet: the caller that prints it
//! does that.

use boathook_core::{
    clock::date_and_time,
    deployment::{DryRunReport, ExternalId},
    rollout::Action,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    check::{Report, Severity},
    journal::{Approval, DeploymentView, Lock, Origin, Outcome, Status, StepStatus},
};

/// A worker started the deployment.
pub(crate) const STARTED: &str = "reading the cluster";
/// An operator approved it.
pub(crate) const APPROVED: &str = "approved";
/// An operator rejected it.
pub(crate) const REJECTED: &str = "rejected";
/// No lock holds.
pub(crate) const NONE_LOCKED: &str = "nothing is locked";
/// The lock is for every service of the environment.
pub const ALL: &str = "all";
/// The lock ends when someone ends it.
pub(crate) const UNTIL_UNLOCKED: &str = "it is unlocked";
/// There is nothing to list.
pub(crate) const NONE_LISTED: &str = "no deployments";

/// Something that has not happened yet.
pub const NEVER: &str = "never";

/// When a secret expires.
pub fn expiry(not_after: Option<Timestamp>, ended: bool) -> String {
    match not_after {
        None => "no end".to_owned(),
        Some(at) if ended => format!("{}, ended", date_and_time(at)),
        Some(at) => date_and_time(at),
    }
}

/// The new configuration is in use.
pub(crate) const RELOADED: &str = "reloaded";

/// A key whose new value waits.
pub(crate) fn needs_restart(key: &str) -> String {
    format!("needs a restart: {key}")
}

/// A secret that a reload cannot renew.
pub(crate) fn as_at_start(secret: &str) -> String {
    format!(
        "as it was at the start (systemd credential; restart if you replaced it): secret {secret}"
    )
}

/// The request was taken; a repeat has a state already.
pub fn taken(id: &ExternalId, state: Option<&str>) -> String {
    match state {
        None => format!("accepted as deployment {id}"),
        Some(state) => format!("deployment {id} was sent before: {}", spaced(state)),
    }
}

/// The findings of a dry run, one per line.
pub fn dry_run(report: &DryRunReport) -> Vec<String> {
    let DryRunReport { steps, rollback, stable, image, notes, problems } = report;
    let serves = stable.as_ref().map(|stable| format!("serves now: {stable}"));
    let image = image.as_ref().map(|image| format!("image: {image}"));
    let numbered =
        steps.iter().enumerate().map(|(at, title)| format!("[{}/{}] {title}", at + 1, steps.len()));
    let back = rollback.iter().map(|title| format!("rollback: {title}"));
    let notes = notes.iter().map(|note| format!("note: {note}"));
    let problems = problems.iter().map(|problem| format!("problem: {problem}"));
    let verdict =
        if report.problems.is_empty() { "dry run: no problems" } else { "dry run: it would fail" };
    serves
        .into_iter()
        .chain(image)
        .chain(numbered)
        .chain(back)
        .chain(notes)
        .chain(problems)
        .chain([verdict.to_owned()])
        .collect()
}

/// Where to watch it.
pub(crate) fn status_at(url: &str) -> String {
    format!("status: {url}")
}

/// It has not started.
pub fn queued(reason: &str) -> String {
    format!("queued: {reason}")
}

/// Every step was decided.
pub fn planned(steps: usize) -> String {
    format!("planned {steps} steps")
}

pub fn step(number: usize, of: usize, back: bool, title: &str) -> String {
    let direction = if back { "rolling back, " } else { "" };
    let of = of.max(number);
    format!("[{direction}{number}/{of}] {title}")
}

/// A step failed; the planning has no name.
pub fn step_failed(step: &str, reason: &str) -> String {
    if step.is_empty() { format!("failed: {reason}") } else { format!("{step} failed: {reason}") }
}

/// A rollback step failed.
pub fn rollback_failed(step: &str, reason: &str) -> String {
    format!("rollback failed, an operator is needed: {}", step_failed(step, reason))
}

/// An operator steered the deployment.
pub fn steered(action: &str, by: &str) -> String {
    format!("{} by {by}", spaced(action))
}

/// An operator's command was recorded.
pub const fn asked(action: Action) -> &'static str {
    match action {
        Action::Pause => "paused",
        Action::Resume => "resumed",
        Action::Promote => "promoted past its hold:",
        Action::PromoteFully => "promoted to 100 %:",
        Action::Abort => "aborted:",
    }
}

/// Another attempt was accepted.
pub(crate) fn tried_again(attempt: u32, id: &str, deployment: &str) -> String {
    format!("accepted as {id}: attempt {attempt} at {deployment}")
}

/// A rollback was accepted.
pub fn rolling_back(id: &str, image: &str, place: &str) -> String {
    format!("accepted as {id}: {place} rolls back to {image}")
}

/// Something that a step learned, where people want to know it.
pub fn finding(kind: &str, is: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match kind {
        "image" => Some(format!("image is {}", text(is))),
        "candidate" => Some(format!("new revision {}", text(&is["name"]))),
        "candidate_ready" => Some("new revision is ready".to_owned()),
        "serving" => Some(format!("new revision gets {} % of requests", is["percent"])),
        "health" => Some(health(is)),
        "note" => Some(format!("note: {}", text(is))),
        _ => None,
    }
}

fn health(is: &Value) -> String {
    let numbers = &is["numbers"];
    let of = is["of"].as_str().unwrap_or("service");
    format!(
        "{of}: {} of {} probes failed, 95 % within {} ms",
        numbers["failures"], numbers["samples"], numbers["p95_ms"]
    )
}

/// How a deployment ended, or its status at the deadline.
pub fn result(history: &DeploymentView) -> String {
    let DeploymentView { namespace, service_name, environment, .. } = history;
    let place = format!("{namespace}/{service_name} in {environment}");
    let why = history.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    match history.status.end() {
        Some(Outcome::Succeeded) => {
            let image = history.resolved_image.as_ref().unwrap_or(&history.image);
            let revision = history
                .candidate
                .as_ref()
                .map(|name| format!(" (revision {name})"))
                .unwrap_or_default();
            format!("succeeded: {place} serves {image}{revision}")
        }
        Some(end) => format!("{} in {place}{why}", spaced(end.name())),
        None if history.status.is_settled() => format!(
            "rollback failed in {place}, an operator is needed{why}; boathook keeps retrying"
        ),
        None if history.status == Status::AwaitingApproval => {
            format!(
                "still awaiting approval at the deadline: {place}; an operator approves it on the node: boathook approve {}",
                history.id
            )
        }
        None => format!("still {} at the deadline: {place}{why}", spaced(history.status.name())),
    }
}

/// The deployment was accepted and never seen after.
pub(crate) fn not_seen(status_url: &str) -> String {
    format!("accepted, but its status could not be read before the deadline; see {status_url}")
}

/// A deployment's status as people write it.
pub fn status(status: &str, paused: bool) -> String {
    spaced(status) + if paused { ", paused" } else { "" }
}

/// A word of the API with spaces.
pub fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

/// Milliseconds as seconds.
pub fn seconds(milliseconds: u64) -> String {
    format!("{}.{:02} s", milliseconds / 1000, milliseconds % 1000 / 10)
}

/// A step's status.
pub(crate) const fn step_status(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Pending => "pending",
        StepStatus::Running => "running",
        StepStatus::Done => "done",
        StepStatus::Failed => "failed",
        StepStatus::Skipped => "skipped",
    }
}

/// The origin of a deployment that is not a request.
fn origin(origin: &Origin) -> Option<String> {
    match origin {
        Origin::Requested => None,
        Origin::Retry { of, by } => Some(format!("retry of {of}, by {by}")),
        Origin::Rollback { to, by } => Some(format!("rollback to {to}, by {by}")),
    }
}

/// It needs an operator's approval.
pub(crate) fn awaits_approval(until: Timestamp) -> String {
    format!("awaiting approval until {}: approve it with `boathook approve`", date_and_time(until))
}

/// An operator approved it.
pub fn approved(by: &str, note: Option<&str>) -> String {
    format!("{APPROVED} by {by}{}", note.map(|note| format!(": {note}")).unwrap_or_default())
}

fn approval(history: &DeploymentView) -> Option<String> {
    let until = date_and_time(history.approve_until?);
    Some(match &history.approval {
        None => format!("needed before {until}"),
        Some(Approval { at, by, note }) => {
            format!("{}, {}", approved(by, note.as_deref()), date_and_time(*at))
        }
    })
}

/// A lock was set.
pub fn locked(lock: &Lock) -> String {
    format!("locked {}, {}: {}", lock.place(), lock.terms(), lock.reason)
}

/// A lock was ended.
pub fn unlocked(lock: &Lock) -> String {
    format!("unlocked {}", lock.place())
}

/// A deployment's details, without its steps.
pub fn facts(history: &DeploymentView) -> Vec<[String; 2]> {
    let serving = history
        .serving
        .iter()
        .map(|share| format!("{} {}", share.revision, share.percent))
        .collect::<Vec<_>>()
        .join(", ");
    let rows = [
        ("id", Some(history.id.to_string())),
        ("external id", Some(history.deployment_id.to_string())),
        ("attempt", (history.attempt > 1).then(|| history.attempt.to_string())),
        ("origin", origin(&history.origin)),
        (
            "service",
            Some(format!(
                "{}/{} in {}",
                history.namespace, history.service_name, history.environment
            )),
        ),
        ("status", Some(status(history.status.name(), history.paused))),
        ("approval", approval(history)),
        ("reason", history.reason.clone()),
        ("image", Some(history.image.to_string())),
        ("digest", history.resolved_image.as_ref().map(ToString::to_string)),
        ("commit", history.commit_sha.clone()),
        ("triggered by", history.triggered_by.clone()),
        ("promoted from", history.promoted_from.clone()),
        ("promotion", history.promotion_state.as_ref().map(ToString::to_string)),
        ("strategy", Some(history.strategy.to_string())),
        ("serving", Some(serving).filter(|text| !text.is_empty())),
        ("address", history.service_url.clone()),
        ("accepted", Some(date_and_time(history.accepted_at))),
        ("ended", history.ended_at.map(date_and_time)),
    ];
    let notes = history.notes.iter().map(|note| ("note", Some(note.clone())));
    rows.into_iter()
        .chain(notes)
        .filter_map(|(name, value)| Some([name.to_owned(), value?]))
        .collect()
}

/// The severity of a finding of `boathook check`.
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "ok",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The last line of `boathook check`.
pub fn checked(report: &Report) -> String {
    let count = |severity, one: &str, many: &str| {
        let count = report.count(severity);
        format!("{count} {}", if count == 1 { one } else { many })
    };
    let (errors, warnings) = (
        count(Severity::Error, "error", "errors"),
        count(Severity::Warning, "warning", "warnings"),
    );
    match report.severity {
        Severity::Ok => "all is well".to_owned(),
        Severity::Warning => warnings,
        Severity::Error => format!("{errors}, {warnings}"),
    }
}
