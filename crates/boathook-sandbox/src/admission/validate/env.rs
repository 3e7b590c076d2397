//! Environment variables.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    validate::set_fields::{each, only, text},
};

/// Variables that Knative sets itself.
const RESERVED: [&str; 4] = ["PORT", "K_SERVICE", "K_CONFIGURATION", "K_REVISION"];

/// The variables of a container; one without a port may have its own `PORT`.
pub(super) fn variables(container: &Value, is_sidecar: bool) -> FieldErrors {
    each(container, "env", |variable| {
        let source = &variable["valueFrom"];
        let from = only(source, &["configMapKeyRef", "secretKeyRef"]).via("valueFrom");
        let named = match text(variable, "name") {
            "" => FieldErrors::missing("name"),
            "PORT" if is_sidecar => FieldErrors::none(),
            name if RESERVED.contains(&name) => FieldErrors::one(
                format!("\"{name}\" is a reserved environment variable"),
                &["name"],
            ),
            _ => FieldErrors::none(),
        };
        FieldErrors::all([named, from])
    })
}

/// Whole objects whose keys become variables.
pub(super) fn sources(container: &Value) -> FieldErrors {
    each(container, "envFrom", |source| {
        match (source["configMapRef"].is_object(), source["secretRef"].is_object()) {
            (true, true) => FieldErrors::multiple_one_of(&["configMapRef", "secretRef"]),
            (false, false) => FieldErrors::missing_one_of(&["configMapRef", "secretRef"]),
            _ => FieldErrors::none(),
        }
    })
}
