//! What a signed webhook gets: JSON, signed after Standard Webhooks.

use base64::{Engine, engine::general_purpose::STANDARD};
use boathook_core::{deployment::keyed, record::AfterBad};
use hmac::Mac;
use jiff::Timestamp;
use serde_json::json;

use crate::{
    config::WATCH_BAD,
    observers::notify::status_change::{BadWatch, Overridden, StatusChange, cut},
};

/// Characters of a reason.
const REASON_MAX: usize = 4000;

/// The body: what happened, when, and the deployment as lists show it.
pub(super) fn body(change: &StatusChange) -> String {
    let StatusChange { id: _, at, overridden, bad_watch, summary, commit_sha, triggered_by } =
        change;
    let reason = summary.reason.as_ref().map(|reason| cut(&reason.to_string(), REASON_MAX));
    let kind = match (overridden, bad_watch) {
        (Some(_), _) => "deployment.overridden".to_owned(),
        (None, Some(_)) => format!("deployment.{WATCH_BAD}"),
        (None, None) => format!("deployment.{}", summary.status),
    };
    let mut data = json!({
        "id": summary.id,
        "deployment_id": summary.deployment_id,
        "attempt": summary.attempt,
        "environment": summary.environment,
        "namespace": summary.namespace,
        "service_name": summary.service,
        "image": summary.image,
        "commit_sha": commit_sha,
        "triggered_by": triggered_by,
        "status": summary.status,
        "reason": reason,
        "accepted_at": summary.accepted_at,
    });
    if let Some(Overridden { by, promotion_to }) = overridden {
        data["overridden_by"] = json!(by.user);
        if let Some(to) = promotion_to {
            data["promotion_to"] = json!(to);
        }
        data["reason"] = json!(by.note.as_deref().map(|note| cut(note, REASON_MAX)));
    }
    if let Some(BadWatch { reason, then }) = bad_watch {
        data["reason"] = json!(cut(reason, REASON_MAX));
        match then {
            AfterBad::RollsBack { rollback } => data["rollback"] = json!(rollback),
            AfterBad::Stays { why } => data["not_rolled_back"] = json!(cut(why, REASON_MAX)),
        }
    }
    json!({"type": kind, "timestamp": at, "data": data}).to_string()
}

/// The three headers: the id is the same for every try, the timestamp is the try's own.
pub(super) fn headers(
    id: &str,
    now: Timestamp,
    body: &str,
    secret: &[u8],
) -> Vec<(&'static str, String)> {
    let seconds = now.as_second().to_string();
    let signed = format!("{id}.{seconds}.{body}");
    let mac = keyed(secret).chain_update(signed).finalize().into_bytes();
    vec![
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(mac))),
    ]
}
