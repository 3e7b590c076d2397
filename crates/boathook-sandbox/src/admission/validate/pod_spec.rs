//! The pod that a revision would have.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    names,
    validate::{
        container::{self, Role},
        insecure, ports, security,
        set_fields::{items, only, text},
        volumes,
    },
};

/// The pod fields that Knative accepts without a feature flag, and its own fields.
const ALLOWED: [&str; 9] = [
    "containerConcurrency",
    "containers",
    "enableServiceLinks",
    "idleTimeoutSeconds",
    "imagePullSecrets",
    "responseStartTimeoutSeconds",
    "serviceAccountName",
    "timeoutSeconds",
    "volumes",
];

pub(super) fn check(spec: &Value) -> FieldErrors {
    let containers = items(spec, "containers");
    let served = ports::served(containers);
    let mut found = FieldErrors::all([
        disallowed(spec),
        security::of_pod(&spec["securityContext"]).via("securityContext"),
        insecure::warnings(spec),
        volumes::check(spec).via("volumes"),
        init_containers(spec),
        ports::of_all(containers).via("containers[*]"),
        account(spec),
    ]);
    found.add(match containers {
        [] => FieldErrors::missing("containers"),
        [only] => container::check(only, spec, Role::Only(&served)).via("containers[0]"),
        several => of_several(several, spec, &served),
    });
    found
}

/// Of the token Knative allows only that it is not mounted.
fn disallowed(spec: &Value) -> FieldErrors {
    let mut allowed = ALLOWED.to_vec();
    if spec["automountServiceAccountToken"] == false {
        allowed.push("automountServiceAccountToken");
    }
    only(spec, &allowed)
}

fn init_containers(spec: &Value) -> FieldErrors {
    match items(spec, "initContainers").len() {
        0 => FieldErrors::none(),
        count => FieldErrors::one(
            format!(
                "pod spec support for init-containers is off, but found {count} init containers"
            ),
            &[],
        ),
    }
}

fn account(spec: &Value) -> FieldErrors {
    let name = text(spec, "serviceAccountName");
    match names::not_subdomain(name).filter(|_| !name.is_empty()) {
        Some(why) => FieldErrors::invalid(name, "serviceAccountName").with_details(why),
        None => FieldErrors::none(),
    }
}

/// A name that is there twice puts the index of its container before everything that was found
/// until then too: so does Knative.
fn of_several(containers: &[Value], spec: &Value, served: &ports::Served) -> FieldErrors {
    let mut found = FieldErrors::none();
    for (index, one) in containers.iter().enumerate() {
        let name = text(one, "name");
        if containers[..index].iter().any(|earlier| text(earlier, "name") == name) {
            found.add(FieldErrors::one(format!("duplicate container name \"{name}\""), &["name"]));
            found = found.via(&format!("containers[{index}]"));
        }
        let role =
            if items(one, "ports").is_empty() { Role::Sidecar } else { Role::Serving(served) };
        found.add(container::check(one, spec, role).via(&format!("containers[{index}]")));
    }
    found
}
