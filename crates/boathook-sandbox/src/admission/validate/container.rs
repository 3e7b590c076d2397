//! One container.

use boathook_core::deployment::ImageRef;
use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    validate::{
        env,
        ports::{self, Served},
        probe, security,
        set_fields::text,
        volume_mounts,
    },
};

/// What a container is for.
#[derive(Clone, Copy)]
pub(super) enum Role<'a> {
    /// It is alone.
    Only(&'a Served),
    /// It serves requests, next to sidecars.
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
        "queue-proxy" => {
            FieldErrors::one("\"queue-proxy\" is a reserved container name", &["name"])
        }
        _ => FieldErrors::none(),
    }
}

fn image(container: &Value) -> FieldErrors {
    match text(container, "image") {
        "" => FieldErrors::missing("image"),
        image if ImageRef::parse(image).is_err() && !knative_reads(image) => {
            FieldErrors::one("Failed to parse image reference", &["image"]).with_details(format!(
                "image: \"{image}\", error: could not parse reference: {image}"
            ))
        }
        _ => FieldErrors::none(),
    }
}

/// Knative validates only the characters of a name; the dash at the end of `app-` fails only when
/// the pod starts.
fn knative_reads(image: &str) -> bool {
    let (registry, path) = image.split_once('/').unwrap_or(("", image));
    let (path, tag) = path.split_once(':').unwrap_or((path, "latest"));
    let (host, port) = registry.split_once(':').unwrap_or((registry, "0"));
    let is_name = |text: &str| {
        text.chars().all(|letter| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_-./".contains(letter)
        })
    };
    let is_tag = tag.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter));
    let is_port = !port.is_empty() && port.chars().all(|digit| digit.is_ascii_digit());
    is_name(host) && is_port && path.len() > 1 && is_name(path) && !tag.is_empty() && is_tag
}

fn termination(container: &Value) -> FieldErrors {
    match text(container, "terminationMessagePolicy") {
        "" | "File" | "FallbackToLogsOnError" => FieldErrors::none(),
        other => FieldErrors::invalid(other, "terminationMessagePolicy"),
    }
}
