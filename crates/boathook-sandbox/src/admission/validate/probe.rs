//! Probes of a container.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    validate::{ports::Served, set_fields::within},
};

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];
const HANDLERS: [(&str, &str); 4] =
    [("httpGet", "httpGet"), ("tcpSocket", "tcpSocket"), ("exec", "exec"), ("grpc", "gRPC")];
const MOST: i64 = i32::MAX as i64;

/// The probes of the container that answers requests.
pub(super) fn of_serving(container: &Value, served: &Served) -> FieldErrors {
    let set = PROBES.into_iter().filter(|name| container[*name].is_object());
    FieldErrors::all(set.map(|name| {
        let probe = &container[name];
        let mut found = handlers(probe, served);
        if name == "readinessProbe" {
            found.add(readiness(probe));
        }
        found.via(name)
    }))
}

/// A container without a port may have no probe: each field that is set is named, and the handler
/// as the probe itself.
pub(super) fn of_sidecar(container: &Value) -> FieldErrors {
    let set = PROBES.into_iter().filter_map(|name| Some((name, container[name].as_object()?)));
    FieldErrors::all(set.map(|(name, probe)| {
        let is_handler = |field: &str| HANDLERS.iter().any(|(handler, _)| *handler == field);
        let fields: Vec<_> =
            probe.keys().map(|field| if is_handler(field) { "" } else { field }).collect();
        FieldErrors::disallowed(&fields).via(name)
    }))
}

fn handlers(probe: &Value, served: &Served) -> FieldErrors {
    let set: Vec<_> = HANDLERS
        .into_iter()
        .filter(|(handler, _)| probe[*handler].is_object())
        .map(|(_, shown)| shown)
        .collect();
    let ports = ["httpGet", "tcpSocket"].into_iter().map(|handler| port(probe, handler, served));
    let count = match set.as_slice() {
        [] => FieldErrors::missing_one_of(&["httpGet", "tcpSocket", "exec", "grpc"]),
        [_] => FieldErrors::none(),
        several => FieldErrors::multiple_one_of(several),
    };
    FieldErrors::all(ports.chain([count]))
}

/// A port's number is Knative's business; a name must be that of the port that is served.
fn port(probe: &Value, handler: &str, served: &Served) -> FieldErrors {
    match probe[handler]["port"].as_str() {
        Some(name) if !name.is_empty() && name != served.name => {
            FieldErrors::invalid(name, &format!("{handler}.port"))
                .with_details("Probe port must match container port")
        }
        _ => FieldErrors::none(),
    }
}

fn readiness(probe: &Value) -> FieldErrors {
    let number = |field: &str| probe[field].as_i64().unwrap_or_default();
    let least = |field: &str, low: i64| {
        if number(field) < low {
            FieldErrors::out_of_bounds(number(field), low, MOST, field)
        } else {
            FieldErrors::none()
        }
    };
    let without_period = |field: &str| {
        let why = format!("{field} is disallowed when periodSeconds is zero");
        if number(field) == 0 { FieldErrors::none() } else { FieldErrors::one(why, &[field]) }
    };
    let timed = if number("periodSeconds") == 0 {
        [without_period("failureThreshold"), without_period("timeoutSeconds")]
    } else {
        [least("timeoutSeconds", 1), least("failureThreshold", 1)]
    };
    let bounds = [
        within(probe, "periodSeconds", 0, MOST),
        within(probe, "initialDelaySeconds", 0, MOST),
        least("successThreshold", 1),
    ];
    FieldErrors::all(timed.into_iter().chain(bounds))
}
