//! Probes that the kubelet runs. A readiness probe of HTTP, TCP or gRPC is queue-proxy's, and not
//! among them.

use serde_json::Value;

/// What is wrong with the liveness and the startup probe. Knative writes the port into the first
/// only.
pub(super) fn check(container: &Value, path: &str, serves: bool) -> Vec<String> {
    let set =
        ["livenessProbe", "startupProbe"].into_iter().filter(|name| container[*name].is_object());
    set.flat_map(|name| {
        let has_port = serves && name == "livenessProbe";
        of(&container[name], &format!("{path}.{name}"), has_port)
    })
    .collect()
}

fn of(probe: &Value, path: &str, has_port: bool) -> Vec<String> {
    let ports = ["httpGet", "tcpSocket"]
        .into_iter()
        .filter(|handler| !has_port && probe[*handler].is_object());
    let mut wrong: Vec<_> = ports
        .filter_map(|handler| port(&probe[handler]["port"], &format!("{path}.{handler}.port")))
        .collect();
    wrong.extend(
        probe["grpc"].get("port").and_then(|number| port(number, &format!("{path}.grpc.port"))),
    );
    let times = [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ];
    wrong.extend(times.into_iter().filter_map(|field| {
        let number = probe[field].as_i64().filter(|number| *number < 0)?;
        Some(format!("{path}.{field}: Invalid value: {number}: must be greater than or equal to 0"))
    }));
    let threshold = probe["successThreshold"].as_i64().filter(|number| !matches!(number, 0 | 1));
    wrong.extend(
        threshold
            .map(|number| format!("{path}.successThreshold: Invalid value: {number}: must be 1")),
    );
    wrong
}

fn port(port: &Value, path: &str) -> Option<String> {
    let number = port.as_i64().filter(|number| !(1..=65535).contains(number))?;
    Some(format!("{path}: Invalid value: {number}: must be between 1 and 65535, inclusive"))
}
