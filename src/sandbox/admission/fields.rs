//! Which fields a Knative service has, and of which shape. What lies deeper than a container's own fields is not looked at.

use serde_json::Value;

enum Shape {
    Anything,
    /// An object with any fields.
    Map,
    Object(&'static [(&'static str, Self)]),
    List(&'static Self),
}

use Shape::{Anything, List, Map, Object};

const SERVICE: Shape =
    Object(&[("apiVersion", Anything), ("kind", Anything), ("metadata", Anything), ("spec", SPEC), ("status", Anything)]);

const SPEC: Shape = Object(&[("template", Object(&[("metadata", TEMPLATE_METADATA), ("spec", POD)])), ("traffic", List(&TARGET))]);

const TEMPLATE_METADATA: Shape = Object(&[
    ("annotations", Map),
    ("creationTimestamp", Anything),
    ("finalizers", Anything),
    ("labels", Map),
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
    ("ports", List(&Map)),
    ("readinessProbe", Map),
    ("resources", Anything),
    ("securityContext", Anything),
    ("startupProbe", Anything),
    ("terminationMessagePath", Anything),
    ("terminationMessagePolicy", Anything),
    ("volumeMounts", Anything),
    ("workingDir", Anything),
]);

/// Names the first field that is of another shape; nothing behind it could be read.
pub(super) fn misshapen(object: &Value) -> Option<String> {
    first_misshapen(object, &SERVICE, "")
}

fn first_misshapen(value: &Value, shape: &Shape, path: &str) -> Option<String> {
    match (shape, value) {
        (Anything, _) | (_, Value::Null) | (Map, Value::Object(_)) => None,
        (Object(known), Value::Object(fields)) => {
            known.iter().find_map(|(field, shape)| first_misshapen(fields.get(*field)?, shape, &join(path, field)))
        }
        (List(shape), Value::Array(items)) => {
            items.iter().enumerate().find_map(|(index, item)| first_misshapen(item, shape, &format!("{path}[{index}]")))
        }
        (Map | Object(_) | List(_), _) => Some(path.to_owned()),
    }
}

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
        (Anything | Map | Object(_) | List(_), _) => {}
    }
}

fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}
