//! Name and annotations of the service itself.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    names,
    validate::{annotations, durations},
};

const MISPLACED: &str =
    "autoscaling annotations must be put under \"spec.template.metadata.annotations\" to work";

pub(super) fn check(metadata: &Value) -> FieldErrors {
    let annotated = &metadata["annotations"];
    let misplaced = annotations::beginning_with(annotated, "autoscaling.knative.dev")
        .map(|key| FieldErrors::invalid_key(key, "").with_details(MISPLACED));
    FieldErrors::all([
        name(metadata),
        FieldErrors::all(misplaced).via("annotations"),
        durations::whole_seconds(
            annotated,
            "rollout-duration",
            &["serving.knative.dev/rollout-duration", "serving.knative.dev/rolloutDuration"],
        )
        .via("annotations"),
    ])
}

fn name(metadata: &Value) -> FieldErrors {
    let generated = metadata["generateName"].as_str().and_then(names::not_dns_1035_prefix);
    if let Some(why) = generated {
        return FieldErrors::one(format!("not a DNS 1035 label prefix: {why}"), &["generateName"]);
    }
    match metadata["name"].as_str().and_then(names::not_dns_1035) {
        Some(why) => FieldErrors::one(format!("not a DNS 1035 label: {why}"), &["name"]),
        None => FieldErrors::none(),
    }
}

/// Refuses a write that changes the creator, or the last modifier although the spec is the same.
pub(super) fn unchanged(before: &Value, after: &Value) -> FieldErrors {
    let signed = |service: &Value, by: &str| service["metadata"]["annotations"][by].clone();
    let creator = "serving.knative.dev/creator";
    let modifier = "serving.knative.dev/lastModifier";
    let mut found = FieldErrors::none();
    if signed(before, creator) != signed(after, creator) {
        found.add(FieldErrors::one("annotation value is immutable", &[creator]));
    }
    if before["spec"] == after["spec"] && signed(before, modifier) != signed(after, modifier) {
        found.add(FieldErrors::invalid(
            signed(after, modifier).as_str().unwrap_or_default(),
            modifier,
        ));
    }
    found
}
