//! The one port that a revision serves on.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    validate::set_fields::{items, text, within},
};

/// Ports that queue-proxy itself listens on.
const RESERVED: [i64; 6] = [8012, 8013, 8022, 9090, 9091, 8008];

/// What probes may call the port that is served.
pub(super) struct Served {
    pub name: String,
}

/// The port of the containers; `http` where none has a name.
pub(super) fn served(containers: &[Value]) -> Served {
    let last =
        containers.iter().filter_map(|container| items(container, "ports").first()).next_back();
    let name = last.map(|port| text(port, "name")).filter(|name| !name.is_empty());
    Served { name: name.unwrap_or("http").to_owned() }
}

/// Refuses more than one port in all containers, and none in several.
pub(super) fn of_all(containers: &[Value]) -> FieldErrors {
    match containers.iter().map(|container| items(container, "ports").len()).sum() {
        0 if containers.len() > 1 => FieldErrors::missing("ports"),
        0 | 1 => FieldErrors::none(),
        _ => FieldErrors::one("more than one container port is set", &["ports"])
            .with_details("Only a single port is allowed across all containers"),
    }
}

/// The first port of a container; the others are not validated.
pub(super) fn of_container(container: &Value) -> FieldErrors {
    let Some(port) = items(container, "ports").first() else { return FieldErrors::none() };
    FieldErrors::all([
        reserved(port),
        within(port, "containerPort", 0, 65535),
        protocol(port),
        name(port),
    ])
}

fn reserved(port: &Value) -> FieldErrors {
    match port["containerPort"].as_i64().filter(|number| RESERVED.contains(number)) {
        Some(number) => {
            FieldErrors::invalid(format!("{number} is a reserved port"), "containerPort")
                .with_details(format!("{number} is a reserved port, please use a different value"))
        }
        None => FieldErrors::none(),
    }
}

fn protocol(port: &Value) -> FieldErrors {
    match text(port, "protocol") {
        "" | "TCP" => FieldErrors::none(),
        other => FieldErrors::invalid(other, "protocol"),
    }
}

fn name(port: &Value) -> FieldErrors {
    match text(port, "name") {
        "" | "h2c" | "http1" => FieldErrors::none(),
        other => FieldErrors::one(format!("Port name {other} is not allowed"), &[""])
            .with_details("Name must be empty, or one of: 'h2c', 'http1'"),
    }
}
