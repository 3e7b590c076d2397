//! What a step found, in words. It escapes nothing.

use boathook_core::{health::MetricNumbers, rollout::Restored};
use serde::Deserialize as _;
use serde_json::Value;

/// One finding as it is recorded, by its kind; none for what only steps need to know.
#[must_use]
pub fn finding_words(kind: &str, is: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match kind {
        "image" => Some(format!("image is {}", text(is))),
        "candidate" => Some(format!("new revision {}", text(&is["name"]))),
        "candidate_ready" => Some("new revision is ready".to_owned()),
        "serving" => Some(format!("new revision gets {} % of requests", is["percent"])),
        "health" => Some(health(is)),
        "health_so_far" => Some(format!("so far, {}", health(is))),
        "metric" => Some(metric(is)),
        "metric_so_far" => Some(format!("so far, {}", metric(is))),
        "note" => Some(format!("note: {}", text(is))),
        "objects_restored" => {
            let restored = Restored::deserialize(is).unwrap_or_default();
            Some(format!("objects beside the service: {restored}"))
        }
        "waiting" => {
            Some(is.as_str().map_or_else(|| "goes on".to_owned(), |why| format!("waiting: {why}")))
        }
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

fn metric(is: &Value) -> String {
    let name = is["name"].as_str().unwrap_or_default();
    match serde_json::from_value::<MetricNumbers>(is["numbers"].clone()) {
        Ok(numbers) => format!("metric {name}: {numbers}"),
        Err(_) => format!("metric {name}"),
    }
}
