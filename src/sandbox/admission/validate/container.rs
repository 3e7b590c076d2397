//! One container.

use serde_json::Value;

use crate::{
    deployment::ImageRef,
    sandbox::admission::{
        field_errors::FieldErrors,
        validate::{
            env,
            ports::{self, Served},
            probe, security,
            set_fields::text,
            volume_mounts,
        },
    },
};

/// What a container is for.
#[derive(Clone, Copy)]
pub(super) enum Role<'a> {
    /// It is alone.
    Only(&'a Served),
    /// It answers requests, beside others.
    Serving(&'a Served),
    /// It has no port.
    Sidecar,
}

pub(super) fn check(container: &Value, spec: &Value, role: Role<'_>) -> FieldErrors {
    let probes = match role {
        Role::Only(served) | Role::Serving(served) => probe::of_serving(container, served),
        Role::Sidecar => probe::of_sidecar(container),
    };
    FieldErrors::all([
        probes,
        name(container),
        env::variables(container, matches!(role, Role::Sidecar)),
        env::sources(container),
        image(container),
        ports::of_container(container).via("ports"),
        security::of_container(&container["securityContext"]).via("securityContext"),
        termination(container),
        volume_mounts::check(container, spec),
    ])
}

fn name(container: &Value) -> FieldErrors {
    match text(container, "name") {
        "queue-proxy" => FieldErrors::one("\"queue-proxy\" is a reserved container name", &["name"]),
        _ => FieldErrors::none(),
    }
}

fn image(container: &Value) -> FieldErrors {
    match text(container, "image") {
        "" => FieldErrors::missing("image"),
        image if ImageRef::parse(image).is_err() => FieldErrors::one("Failed to parse image reference", &["image"])
            .with_details(format!("image: \"{image}\", error: could not parse reference: {image}")),
        _ => FieldErrors::none(),
    }
}

fn termination(container: &Value) -> FieldErrors {
    match text(container, "terminationMessagePolicy") {
        "" | "File" | "FallbackToLogsOnError" => FieldErrors::none(),
        other => FieldErrors::invalid(other, "terminationMessagePolicy"),
    }
}
