//! The warning that Knative gives where a container says nothing about its security.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    validate::set_fields::{each, items, text},
};

const WARNING: &str =
    "Kubernetes default value is insecure, Knative may default this to secure in a future release";

/// One warning for each field of a container's security context that is not set.
pub(super) fn warnings(spec: &Value) -> FieldErrors {
    let pod = &spec["securityContext"];
    let kinds = ["containers", "initContainers"].into_iter();
    FieldErrors::all(kinds.map(|kind| {
        each(spec, kind, |container| of(pod, &container["securityContext"]).via("securityContext"))
    }))
    .into_warnings()
}

fn of(pod: &Value, own: &Value) -> FieldErrors {
    let mut unset = Vec::new();
    if pod["runAsNonRoot"].is_null() && own["runAsNonRoot"].is_null() {
        unset.push("runAsNonRoot");
    }
    if own["allowPrivilegeEscalation"].is_null() {
        unset.push("allowPrivilegeEscalation");
    }
    if pod["seccompProfile"].is_null() && own["seccompProfile"].is_null() {
        unset.push("seccompProfile");
    } else if text(&pod["seccompProfile"], "type").is_empty()
        && text(&own["seccompProfile"], "type").is_empty()
    {
        unset.push("seccompProfile.type");
    }
    let capabilities = &own["capabilities"];
    match items(capabilities, "drop") {
        _ if capabilities.is_null() => unset.push("capabilities"),
        [] => unset.push("capabilities.drop"),
        [first, ..] if first == "all" => {
            let misspelt = FieldErrors::invalid("all", "capabilities.drop")
                .with_details("Must be spelled as 'ALL'");
            return FieldErrors::all([misspelt, named(&unset)]);
        }
        _ => {}
    }
    named(&unset)
}

fn named(unset: &[&str]) -> FieldErrors {
    if unset.is_empty() { FieldErrors::none() } else { FieldErrors::one(WARNING, unset) }
}
