//! The fields that Knative's webhook fills in where a manifest lacks them, with its delivered
//! settings. A comparison leaves them out; a cluster whose `config-defaults` says otherwise shows
//! its own values as going.

use serde_json::{Map, Value, json};

/// Fields of an object.
type Fields = Map<String, Value>;

/// The ways in which a container may be probed.
const HANDLERS: [&str; 4] = ["httpGet", "exec", "grpc", "tcpSocket"];
/// The volumes that Knative lets containers write to.
const WRITABLE: [&str; 3] = ["emptyDir", "persistentVolumeClaim", "ephemeral"];

/// Removes from the template's spec `before` what `after` does not state and Knative fills in.
pub(super) fn drop_defaults(before: &mut Value, after: &Value) {
    let (Some(before), Some(after)) = (before.as_object_mut(), after.as_object()) else { return };
    for (field, value) in [
        ("containerConcurrency", json!(0)),
        ("enableServiceLinks", json!(false)),
        ("timeoutSeconds", json!(300)),
    ] {
        drop_default(before, after, field, &value);
    }
    let writable = writable_volumes(before);
    for field in ["containers", "initContainers"] {
        let wanted = after.get(field).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let containers = before.get_mut(field).and_then(Value::as_array_mut);
        for (at, container) in containers.into_iter().flatten().enumerate() {
            let Some(container) = container.as_object_mut() else { continue };
            if let Some(wanted) = same_container(container, wanted, at) {
                of_container(container, wanted, &writable);
            }
        }
    }
}

/// The container of the same name; of one that Knative named, the one at its place.
fn same_container<'a>(container: &Fields, wanted: &'a [Value], at: usize) -> Option<&'a Fields> {
    let name = container.get("name");
    let by_name = wanted.iter().find(|one| one.get("name").is_some() && one.get("name") == name);
    let by_place = || {
        let one = wanted.get(at).filter(|one| one.get("name").is_none());
        one.filter(|_| name.is_some_and(is_given_name))
    };
    by_name.or_else(by_place)?.as_object()
}

fn of_container(container: &mut Fields, wanted: &Fields, writable: &[String]) {
    if !wanted.contains_key("name") {
        container.remove("name");
    }
    drop_default(container, wanted, "resources", &json!({}));
    let probe = json!({"successThreshold": 1, "tcpSocket": {"port": 0}});
    drop_default(container, wanted, "readinessProbe", &probe);
    let stated = wanted.get("readinessProbe").and_then(Value::as_object);
    let probe = container.get_mut("readinessProbe").and_then(Value::as_object_mut);
    if let (Some(probe), Some(stated)) = (probe, stated) {
        of_probe(probe, stated);
    }
    for (list, field, value) in
        [("ports", "protocol", json!("TCP")), ("volumeMounts", "readOnly", json!(true))]
    {
        let stated = wanted.get(list).and_then(Value::as_array).into_iter().flatten();
        let parts = container.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for (part, stated) in parts.zip(stated) {
            let is_writable =
                part["name"].as_str().is_some_and(|name| writable.iter().any(|one| one == name));
            if let (Some(part), Some(stated), false) =
                (part.as_object_mut(), stated.as_object(), list == "volumeMounts" && is_writable)
            {
                drop_default(part, stated, field, &value);
            }
        }
    }
}

fn of_probe(probe: &mut Fields, stated: &Fields) {
    drop_default(probe, stated, "successThreshold", &json!(1));
    if stated.get("periodSeconds").is_some_and(|period| *period != 0) {
        drop_default(probe, stated, "failureThreshold", &json!(3));
        drop_default(probe, stated, "timeoutSeconds", &json!(1));
    }
    for handler in ["httpGet", "tcpSocket"] {
        let before = probe.get_mut(handler);
        let after = stated.get(handler);
        if let (Some(Value::Object(before)), Some(Value::Object(after))) = (before, after) {
            drop_default(before, after, "port", &json!(0));
        }
    }
    if HANDLERS.iter().all(|handler| !stated.contains_key(*handler)) {
        drop_default(probe, stated, "tcpSocket", &json!({"port": 0}));
    }
}

fn drop_default(before: &mut Fields, after: &Fields, field: &str, default: &Value) {
    if !after.contains_key(field) && before.get(field) == Some(default) {
        before.remove(field);
    }
}

fn writable_volumes(spec: &Fields) -> Vec<String> {
    let volumes = spec.get("volumes").and_then(Value::as_array).into_iter().flatten();
    let writable = volumes.filter(|volume| WRITABLE.iter().any(|kind| volume.get(*kind).is_some()));
    writable.filter_map(|volume| volume["name"].as_str().map(str::to_owned)).collect()
}

/// The names that Knative gives to containers without one.
fn is_given_name(name: &Value) -> bool {
    let words = ["user-container", "init-container"];
    name.as_str().is_some_and(|name| {
        words.iter().any(|word| {
            name.strip_prefix(word).is_some_and(|end| {
                end.is_empty()
                    || end.strip_prefix('-').is_some_and(|end| end.parse::<u32>().is_ok())
            })
        })
    })
}
