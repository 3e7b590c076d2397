//! The template of a revision: its name, its annotations and its specification.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    names, quantity,
    validate::{annotations, autoscaling, durations, pod_spec, set_fields::within},
};

const NETWORKING: [&str; 9] = [
    "networking.knative.dev/ingress-class",
    "networking.knative.dev/certificate-class",
    "networking.knative.dev/disable-auto-tls",
    "networking.knative.dev/disable-external-domain-tls",
    "networking.knative.dev/http-option",
    "networking.knative.dev/ingress.class",
    "networking.knative.dev/certificate.class",
    "networking.knative.dev/disableAutoTLS",
    "networking.knative.dev/http-protocol",
];

/// What queue-proxy may be given.
const SIDECAR_QUANTITIES: [&str; 6] = [
    "queue.sidecar.serving.knative.dev/cpu-resource-request",
    "queue.sidecar.serving.knative.dev/cpu-resource-limit",
    "queue.sidecar.serving.knative.dev/memory-resource-request",
    "queue.sidecar.serving.knative.dev/memory-resource-limit",
    "queue.sidecar.serving.knative.dev/ephemeral-storage-resource-request",
    "queue.sidecar.serving.knative.dev/ephemeral-storage-resource-limit",
];

/// The longest that an operator lets a request take, in seconds.
const LONGEST_TIMEOUT: i64 = 600;

pub(super) fn check(service: &str, template: &Value) -> FieldErrors {
    let metadata = &template["metadata"];
    let spec = &template["spec"];
    let annotated = &metadata["annotations"];
    let found = FieldErrors::all([
        autoscaling::check(annotated),
        FieldErrors::all(unknown_networking(annotated)),
        FieldErrors::all(sidecar_quantities(annotated)),
        durations::whole_seconds(
            annotated,
            "progress-deadline",
            &["serving.knative.dev/progress-deadline"],
        ),
    ]);
    let specified = FieldErrors::all([
        pod_spec::check(spec),
        within(spec, "timeoutSeconds", 0, LONGEST_TIMEOUT),
        within(spec, "containerConcurrency", 0, 1000),
    ]);
    FieldErrors::all([
        found.via("metadata.annotations"),
        name(service, metadata),
        specified.via("spec"),
    ])
}

fn unknown_networking(annotated: &Value) -> impl Iterator<Item = FieldErrors> {
    let keys = annotations::beginning_with(annotated, "networking.knative.dev");
    keys.filter(|key| !NETWORKING.contains(key)).map(|key| FieldErrors::invalid_key(key, ""))
}

fn sidecar_quantities(annotated: &Value) -> impl Iterator<Item = FieldErrors> {
    let set =
        SIDECAR_QUANTITIES.into_iter().filter_map(|key| Some((key, annotated[key].as_str()?)));
    set.filter(|(_, text)| quantity::Quantity::parse(text).is_err())
        .map(|(key, text)| FieldErrors::invalid(text, &format!("[{key}]")))
}

fn name(service: &str, metadata: &Value) -> FieldErrors {
    let text = |field: &str| metadata[field].as_str().filter(|text| !text.is_empty());
    if let Some(why) = text("generateName").and_then(names::not_dns_1035_prefix) {
        return FieldErrors::invalid(
            format!("not a DNS 1035 label prefix: {why}"),
            "metadata.generateName",
        );
    }
    let Some(name) = text("name") else { return FieldErrors::none() };
    let prefix = format!("{service}-");
    match names::not_dns_1035(name) {
        Some(why) => FieldErrors::invalid(format!("not a DNS 1035 label: {why}"), "metadata.name"),
        None if !name.starts_with(&prefix) => FieldErrors::invalid(
            format!("\"{name}\" must have prefix \"{prefix}\""),
            "metadata.name",
        ),
        None => FieldErrors::none(),
    }
}
