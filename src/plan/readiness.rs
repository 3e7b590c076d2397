//! What to probe if the configuration does not say it: the manifest's readinessProbe.

use boathook_core::{
    deployment::{ServiceKey, probe_header_fault},
    health::{Header, Rules},
};
use serde_json::Value;

use crate::plan::{PlanError, Settings};

/// The path to probe if nothing else is configured.
const ROOT: &str = "/";
/// The header from which applications read the host that visitors used.
const FORWARDED_HOST: &str = "X-Forwarded-Host";

/// Knative's default port, if the manifest names none.
const DEFAULT_PORT: u64 = 8080;

/// What a readinessProbe asks.
enum Readiness {
    Path { path: String, headers: Vec<Header> },
    Grpc { service: String },
}

impl Settings {
    /// The settings with the probe filled in: from the configuration, else from the template's
    /// readinessProbe, else `/`. A note says where it came from, unless it was configured.
    #[must_use]
    pub fn asking(&self, template: &Value) -> (Self, Option<String>) {
        let Rules { paths, grpc, .. } = &self.probing.rules;
        if !paths.is_empty() || grpc.is_some() {
            return (self.clone(), None);
        }
        let (readiness, note) = read(template);
        let mut decided = self.clone();
        for rules in [&mut decided.probing.rules, &mut decided.verify.rules] {
            match &readiness {
                None => rules.paths = vec![ROOT.to_owned()],
                Some(Readiness::Path { path, headers }) => {
                    rules.paths = vec![path.clone()];
                    let configured = rules.all_headers();
                    let is_new = |read: &&Header| !configured.iter().any(|own| own.is(&read.name));
                    rules.headers.extend(headers.iter().filter(is_new).cloned());
                }
                Some(Readiness::Grpc { service }) => rules.grpc = Some(service.clone()),
            }
        }
        (decided, note)
    }
}

/// Refuses a cluster-local service that cannot be probed: the public gateway answers 404 for it,
/// healthy or not.
pub fn check_reach(
    settings: &Settings,
    service: &ServiceKey,
    is_cluster_local: bool,
) -> Result<(), PlanError> {
    if is_cluster_local && settings.verify.url.cluster_local.is_none() {
        return Err(PlanError::ClusterLocal {
            service: service.clone(),
            environment: settings.environment,
        });
    }
    Ok(())
}

fn read(template: &Value) -> (Option<Readiness>, Option<String>) {
    let Some(container) = asked_container(template) else { return (None, None) };
    let probe = &container["readinessProbe"];
    let http = &probe["httpGet"];
    let port = http.get("port").or_else(|| probe.pointer("/grpc/port"));
    let served = served_port(container);
    if let Some(asked) = port.and_then(Value::as_u64).filter(|port| *port > 0 && *port != served) {
        let why = format!(
            "the readinessProbe in the manifest asks port {asked}, and requests go to {served}: health is asked at {ROOT}"
        );
        return (None, Some(why));
    }
    if let Some(path) = http.as_object().map(|_| http["path"].as_str().unwrap_or(ROOT)) {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let note = format!("health is asked at {path}, as the readinessProbe in the manifest does");
        return (Some(Readiness::Path { path, headers: headers(http) }), Some(note));
    }
    if probe["grpc"].is_object() {
        let service = probe["grpc"]["service"].as_str().unwrap_or_default().to_owned();
        let note = "health is asked by gRPC, as the readinessProbe in the manifest does";
        return (Some(Readiness::Grpc { service }), Some(note.to_owned()));
    }
    (None, None)
}

/// The container that gets requests: the one with `ports`, or the only one.
fn asked_container(template: &Value) -> Option<&Value> {
    let containers = template["spec"]["containers"].as_array()?;
    let with_ports = containers.iter().find(|container| container.get("ports").is_some());
    with_ports.or(match containers.as_slice() {
        [only] => Some(only),
        _ => None,
    })
}

fn served_port(container: &Value) -> u64 {
    container.pointer("/ports/0/containerPort").and_then(Value::as_u64).unwrap_or(DEFAULT_PORT)
}

/// The headers of the readinessProbe that a probe may carry. `Host` is sent in another header: by
/// the real one the ingress finds the revision.
fn headers(http: &Value) -> Vec<Header> {
    let listed = http["httpHeaders"].as_array().map_or(&[][..], Vec::as_slice);
    let named = listed.iter().filter_map(|header| {
        Some((header["name"].as_str()?, header["value"].as_str().unwrap_or_default()))
    });
    let sent = named.map(|(name, value)| {
        (if name.eq_ignore_ascii_case("host") { FORWARDED_HOST } else { name }, value)
    });
    sent.filter(|(name, value)| probe_header_fault(name, value).is_none())
        .map(|(name, value)| Header::new(name, value))
        .collect()
}
