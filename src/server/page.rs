//! A deployment as a page: rendered here, everything escaped, without a line of script.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::{
    journal::{Approval, DeploymentView, StepView},
    server::html::{Escaped, direction, seconds, step_status, time},
};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc;vertical-align:top}\
.succeeded,.done{color:#0a6b2d}.failed,.rolled_back,.rollback_failed{color:#a4001d}.pending,.skipped{color:#666}.running{font-weight:bold}";

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// Only the page's own style may be used.
pub(crate) fn content_security_policy() -> &'static str {
    &POLICY
}

/// The whole page. While the deployment runs, the browser asks again every five seconds.
pub fn render(history: &DeploymentView) -> String {
    let refresh =
        if history.ended_at.is_none() { "<meta http-equiv=\"refresh\" content=\"5\">" } else { "" };
    let title =
        format!("{}/{} in {}", history.namespace, history.service_name, history.environment);
    let steps = history.steps.iter().map(step).collect::<String>();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">{refresh}\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{status}: {title}</title><style>{STYLE}</style></head><body>\
         <h1>{title}</h1><p class=\"{status}\"><strong>{status}</strong> {reason}</p><table>{facts}</table>\
         <h2>Steps</h2><table><tr><th>Step</th><th>Status</th><th>Time</th><th>Reason</th></tr>{steps}</table></body></html>",
        status = history.status.name(),
        title = Escaped(&title),
        reason = Escaped(history.reason.as_deref().unwrap_or_default()),
        facts = facts(history),
    )
}

fn facts(history: &DeploymentView) -> String {
    let serving = history
        .serving
        .iter()
        .map(|share| format!("{} {}", share.revision, share.percent))
        .collect::<Vec<_>>()
        .join(", ");
    let health = history.health.as_ref().map(|numbers| {
        let (samples, failures, p50, p95) =
            (numbers.samples, numbers.failures, numbers.p50_ms, numbers.p95_ms);
        format!("{failures} of {samples} probes failed, median {p50} ms, 95 % within {p95} ms")
    });
    let rows = [
        ("Deployment", Some(history.deployment_id.to_string())),
        ("Image", Some(history.image.to_string())),
        ("Image by digest", history.resolved_image.as_ref().map(ToString::to_string)),
        ("Commit", history.commit_sha.clone()),
        ("Triggered by", history.triggered_by.clone()),
        ("Promoted from", history.promoted_from.clone()),
        ("Promotion", history.promotion_state.as_ref().map(ToString::to_string)),
        ("Strategy", Some(history.strategy.to_string())),
        ("Serving", Some(serving).filter(|text| !text.is_empty())),
        ("Address", history.service_url.clone()),
        ("Health", health),
        ("Accepted", Some(time(history.accepted_at))),
        ("Approval", approval(history)),
        ("Ended", history.ended_at.map(time)),
    ];
    let notes = history.notes.iter().map(|note| ("Note", Some(note.clone())));
    rows.into_iter()
        .chain(notes)
        .filter_map(|(name, value)| value.map(|value| row(name, &value)))
        .collect()
}

/// Whether an operator's approval was needed, and who gave it.
pub fn approval(history: &DeploymentView) -> Option<String> {
    let until = history.approve_until?;
    Some(match &history.approval {
        None => format!("to be given by an operator before {}", time(until)),
        Some(Approval { at, by, note }) => {
            format!(
                "given by {by}, {}{}",
                time(*at),
                note.as_ref().map(|note| format!(": {note}")).unwrap_or_default()
            )
        }
    })
}

fn row(name: &str, value: &str) -> String {
    format!("<tr><th>{name}</th><td>{}</td></tr>", Escaped(value))
}

fn step(step: &StepView) -> String {
    let (direction, status) = (direction(step.direction), step_status(step.status));
    let took = step.duration_ms.map(seconds).unwrap_or_default();
    let (title, reason) =
        (Escaped(&step.title), Escaped(step.reason.as_deref().unwrap_or_default()));
    format!(
        "<tr class=\"{status}\"><td>{direction}{title}</td><td>{status}</td><td>{took}</td><td>{reason}</td></tr>"
    )
}
