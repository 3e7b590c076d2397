//! Which fields a Knative service has. What lies deeper than a container's own fields is not looked at.

use serde_json::Value;

enum Shape {
    Anything,
    Object(&'static [(&'static str, Self)]),
    List(&'static Self),
}

use Shape::{Anything, List, Object};

const SERVICE: Shape =
    Object(&[("apiVersion", Anything), ("kind", Anything), ("metadata", Anything), ("spec", SPEC), ("status", Anything)]);

const SPEC: Shape = Object(&[("template", Object(&[("metadata", TEMPLATE_METADATA), ("spec", POD)])), ("traffic", List(&TARGET))]);

const TEMPLATE_METADATA: Shape = Object(&[
    ("annotations", Anything),
    ("creationTimestamp", Anything),
    ("finalizers", Anything),
    ("labels", Anything),
    ("name", Anything),
    ("namespace", Anything),
]);

const TARGET: Shape = Object(&[
    ("configurationName", Anything),
    ("latestRevision", Anything),
    ("percent", Anything),
    ("revisionName", Anything),
    ("tag", Anything),
    ("url", Anything),
]);

const POD: Shape = Object(&[
    ("affinity", Anything),
    ("automountServiceAccountToken", Anything),
    ("containerConcurrency", Anything),
    ("containers", List(&CONTAINER)),
    ("dnsConfig", Anything),
    ("dnsPolicy", Anything),
    ("enableServiceLinks", Anything),
    ("hostAliases", Anything),
    ("idleTimeoutSeconds", Anything),
    ("imagePullSecrets", Anything),
    ("initContainers", List(&CONTAINER)),
    ("nodeSelector", Anything),
    ("priorityClassName", Anything),
    ("responseStartTimeoutSeconds", Anything),
    ("runtimeClassName", Anything),
    ("schedulerName", Anything),
    ("securityContext", Anything),
    ("serviceAccountName", Anything),
    ("shareProcessNamespace", Anything),
    ("timeoutSeconds", Anything),
    ("tolerations", Anything),
    ("topologySpreadConstraints", Anything),
    ("volumes", Anything),
]);

const CONTAINER: Shape = Object(&[
    ("args", Anything),
    ("command", Anything),
    ("env", Anything),
    ("envFrom", Anything),
    ("image", Anything),
    ("imagePullPolicy", Anything),
    ("livenessProbe", Anything),
    ("name", Anything),
    ("ports", Anything),
    ("readinessProbe", Anything),
    ("resources", Anything),
    ("securityContext", Anything),
    ("startupProbe", Anything),
    ("terminationMessagePath", Anything),
    ("terminationMessagePolicy", Anything),
    ("volumeMounts", Anything),
    ("workingDir", Anything),
]);

/// Drops the fields that a service does not have, and names them.
pub(super) fn drop_unknown(object: &mut Value) -> Vec<String> {
    let mut unknown = Vec::new();
    walk(object, &SERVICE, "", &mut unknown);
    unknown
}

fn walk(value: &mut Value, shape: &Shape, path: &str, unknown: &mut Vec<String>) {
    match (shape, value) {
        (Object(known), Value::Object(fields)) => {
            fields.retain(|field, _| {
                let is_known = known.iter().any(|(name, _)| name == field);
                if !is_known {
                    unknown.push(join(path, field));
                }
                is_known
            });
            for (field, shape) in *known {
                if let Some(inner) = fields.get_mut(*field) {
                    walk(inner, shape, &join(path, field), unknown);
                }
            }
        }
        (List(shape), Value::Array(items)) => {
            for (index, item) in items.iter_mut().enumerate() {
                walk(item, shape, &format!("{path}[{index}]"), unknown);
            }
        }
        (Anything | Object(_) | List(_), _) => {}
    }
}

fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}
