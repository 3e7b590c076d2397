//! The service as a whole.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    rename,
    validate::{metadata, template, traffic},
};

/// What is wrong with a completed service; `before` is the one that it takes the place of.
pub(in crate::admission) fn service(service: &Value, before: Option<&Value>) -> FieldErrors {
    let spec = &service["spec"];
    let name = service["metadata"]["name"].as_str().unwrap_or_default();
    let mut found = FieldErrors::all([
        metadata::check(&service["metadata"]).via("metadata"),
        template::check(name, &spec["template"]).via("template").via("spec"),
        traffic::check(&spec["traffic"]).via("traffic").via("spec"),
    ]);
    if let Some(before) = before {
        found.add(metadata::unchanged(before, service).via("metadata.annotations"));
        found.add(
            rename::check(&before["spec"]["template"], &spec["template"]).via("spec.template"),
        );
    }
    found
}
