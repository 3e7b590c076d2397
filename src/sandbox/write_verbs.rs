//! The verbs that change something: create and patch. A write goes through fields, defaults and admission, in that order, or not at all.

use serde_json::{Value, json};

use crate::sandbox::{
    Caller, Kind, Patch, Status, WriteOptions, Written,
    admission::{self, Change},
    kind::SERVING,
    names::ObjectName,
    read_verbs::allow,
    state::State,
    store::Key,
};

impl State {
    pub(super) fn create(
        &mut self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        mut object: Value,
        options: &WriteOptions,
    ) -> Result<Written, Status> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        allow(caller, "create", kind, namespace, None)?;
        check_place(&object, kind, namespace)?;
        self.check_namespace(kind, namespace)?;
        let key = Key::new(kind, namespace, &name);
        let warnings = admission::admit(&mut object, &Change { kind, before: None, caller, options })?;
        if self.store.get(&key).is_some() {
            return Err(Status::already_exists(kind, &name));
        }
        if options.dry_run {
            return Ok(Written { object, changed: true, warnings });
        }
        let object = self.keep_new(key.clone(), object);
        self.note_write(caller, "create", &key, &object);
        if kind == Kind::Service {
            self.service_created(&ObjectName::new(&key.namespace, &name), &object);
        }
        Ok(Written { object, changed: true, warnings })
    }

    pub(super) fn patch(
        &mut self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
        patch: &Patch,
        options: &WriteOptions,
    ) -> Result<Written, Status> {
        allow(caller, "patch", kind, namespace, Some(name))?;
        let before = self.find(kind, namespace, name)?.clone();
        let mut object = patched(kind, &before, patch)?;
        if object["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"] {
            return Err(Status::conflict(kind, name));
        }
        let warnings = admission::admit(&mut object, &Change { kind, before: Some(&before), caller, options })?;
        let changed = object != before;
        if options.dry_run || !changed {
            return Ok(Written { object, changed, warnings });
        }
        let key = Key::new(kind, namespace, name);
        self.store.put(key.clone(), object);
        let object = self.find(kind, namespace, name)?.clone();
        self.note_write(caller, "patch", &key, &object);
        if kind == Kind::Service && object["metadata"]["generation"] != before["metadata"]["generation"] {
            self.service_changed(&ObjectName::new(&key.namespace, name));
        }
        Ok(Written { object, changed, warnings })
    }

    fn note_write(&mut self, caller: &Caller, verb: &str, key: &Key, object: &Value) {
        let place = if key.namespace.is_empty() { String::new() } else { format!("{}/", key.namespace) };
        let generation = object["metadata"]["generation"].as_u64().map_or_else(String::new, |number| format!(" generation {number}"));
        let line = format!("{}: {verb} {} {place}{}{generation}", caller.user, key.kind.qualified_singular(), key.name);
        self.record.writes.push(line);
    }
}

/// Refuses an object that says it belongs elsewhere.
fn check_place(object: &Value, kind: Kind, namespace: Option<&str>) -> Result<(), Status> {
    let own = object["metadata"]["namespace"].as_str().unwrap_or_default();
    if !kind.is_namespaced() || own.is_empty() || Some(own) == namespace {
        return Ok(());
    }
    Err(Status::bad_request("the namespace of the provided object does not match the namespace sent on the request"))
}

fn patched(kind: Kind, before: &Value, patch: &Patch) -> Result<Value, Status> {
    let mut object = before.clone();
    match patch {
        Patch::Json(operations) => {
            let operations: json_patch::Patch = serde_json::from_value(operations.clone())
                .map_err(|error| Status::bad_request(format!("error decoding patch: {error}")))?;
            json_patch::patch(&mut object, &operations).map_err(|_| Status::unprocessable())?;
        }
        Patch::Strategic(_) if kind.group() == SERVING => return Err(Status::strategic_unsupported()),
        Patch::Merge(patch) | Patch::Strategic(patch) => json_patch::merge(&mut object, patch),
    }
    if !object.is_object() || object["metadata"]["name"] != before["metadata"]["name"] {
        return Err(Status::unprocessable());
    }
    if object["metadata"]["resourceVersion"].is_null() {
        object["metadata"]["resourceVersion"] = before["metadata"]["resourceVersion"].clone();
    }
    for field in ["uid", "creationTimestamp", "generation", "namespace"] {
        keep(&mut object["metadata"], &before["metadata"], field);
    }
    keep(&mut object, before, "status");
    drop_empty_maps(&mut object["metadata"]);
    Ok(object)
}

/// Puts a field back to what it was: the server does not take it from clients.
fn keep(object: &mut Value, before: &Value, field: &str) {
    match before.get(field) {
        Some(value) => object[field] = value.clone(),
        None => {
            if let Some(object) = object.as_object_mut() {
                object.remove(field);
            }
        }
    }
}

fn drop_empty_maps(metadata: &mut Value) {
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.retain(|field, value| !(matches!(field.as_str(), "labels" | "annotations") && *value == json!({})));
    }
}
