//! The verbs that change something: create and patch. A write goes through fields, defaults and
//! admission, in that order, or not at all.

use json_patch::{AddOperation, PatchOperation, ReplaceOperation};
use serde_json::{Value, json};

use crate::{
    Caller, Kind, Patch, Status, WriteOptions, Written,
    admission::{self, Change},
    names::{ObjectName, random_end},
    read_verbs::{allow, allow_part},
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
        allow(caller, "create", kind, namespace, None)?;
        check_place(&object, kind, namespace)?;
        let mut warnings = admission::decode(&mut object, kind, true, options.validation)?;
        self.check_namespace(kind, namespace)?;
        let name = self.name_of_new(&mut object);
        self.check_terminating(kind, namespace, &name)?;
        let key = Key::new(kind, namespace, &name);
        if kind == Kind::Service {
            keep(&mut object, &Value::Null, "status");
        }
        warnings.extend(self.admit(&mut object, None, &key, caller, options)?);
        if self.store.get(&key).is_some() {
            return Err(Status::already_exists(kind, &name).with_warnings(warnings));
        }
        if options.dry_run {
            self.stamp(&key, &mut object);
            return Ok(Written { object, changed: true, warnings });
        }
        let object = self.keep_new(key.clone(), object);
        self.settle(caller, "create", &key, None, &object);
        Ok(Written { object, changed: true, warnings })
    }

    /// Changes an object, or the part of it that is named. A status has neither webhook nor
    /// generation.
    pub(super) fn patch(
        &mut self,
        caller: &Caller,
        key: &Key,
        part: Option<&str>,
        patch: &Patch,
        options: &WriteOptions,
    ) -> Result<Written, Status> {
        let Key { kind, name, .. } = key;
        let namespace = key.namespace();
        allow_part(caller, "patch", *kind, part, namespace, Some(name))?;
        let before = self.find(*kind, namespace, name)?.clone();
        let mut object = patched(*kind, &before, patch)?;
        let mut warnings = Vec::new();
        if part.is_some() {
            let status = object["status"].take();
            object = before.clone();
            object["status"] = status;
        } else {
            keep(&mut object, &before, "status");
            if object["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"] {
                return Err(Status::conflict(*kind, name));
            }
            warnings = admission::decode(&mut object, *kind, false, options.validation)?;
            warnings.extend(self.admit(&mut object, Some(&before), key, caller, options)?);
        }
        let changed = object != before;
        if changed && !options.dry_run {
            self.store.put(key.clone(), object);
            object = self.find(*kind, namespace, name)?.clone();
            if part.is_none() {
                self.settle(caller, "patch", key, Some(&before), &object);
            }
        }
        Ok(Written { object, changed, warnings })
    }

    /// Notes a write that was kept, and has those follow whom it concerns.
    fn settle(
        &mut self,
        caller: &Caller,
        verb: &str,
        key: &Key,
        before: Option<&Value>,
        object: &Value,
    ) {
        self.note_write(caller, verb, key, object);
        let name = ObjectName::new(&key.namespace, &key.name);
        let is_new_generation = before.is_some_and(|before| {
            before["metadata"]["generation"] != object["metadata"]["generation"]
        });
        match key.kind {
            Kind::Service if before.is_none() => self.service_created(&name, object),
            Kind::Service if is_new_generation => self.service_changed(&name),
            Kind::Service => self.service_relabelled(&name),
            Kind::Job if before.is_none() => self.job_created(&name, object),
            Kind::DomainMapping => self.look_at_domain(&name),
            Kind::ClusterDomainClaim => self.look_at_claimed(&key.name),
            _ => {}
        }
        if before.is_some() {
            self.touch_owner(key.kind, &name);
        }
    }

    fn admit(
        &self,
        object: &mut Value,
        before: Option<&Value>,
        key: &Key,
        caller: &Caller,
        options: &WriteOptions,
    ) -> Result<Vec<String>, Status> {
        let has_account = |name: &str| {
            name == "default"
                || self
                    .store
                    .get(&Key::new(Kind::ServiceAccount, Some(&key.namespace), name))
                    .is_some()
        };
        let namespace = key.namespace.as_str();
        let seed = self.store.version();
        admission::admit(
            object,
            &Change {
                kind: key.kind,
                before,
                caller,
                options,
                namespace,
                has_account: &has_account,
                seed,
            },
        )
    }

    /// The name of a new object; one that has only the beginning of a name gets the rest.
    fn name_of_new(&self, object: &mut Value) -> String {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
        let name = text("name").to_owned();
        let begins = text("generateName");
        if !name.is_empty() || begins.is_empty() {
            return name;
        }
        let name = format!("{begins}{}", random_end(self.store.version()));
        object["metadata"]["name"] = json!(name);
        name
    }

    /// A change of any of a service's objects makes its controllers reconcile it.
    fn touch_owner(&mut self, kind: Kind, name: &ObjectName) {
        match kind {
            Kind::Service | Kind::Route | Kind::Configuration => self.touch_route(name),
            Kind::Revision => {
                if let Some(service) = self.revisions.get(name).map(|run| run.service.clone()) {
                    self.touch_route(&service);
                }
            }
            _ => {}
        }
    }

    fn note_write(&mut self, caller: &Caller, verb: &str, key: &Key, object: &Value) {
        let place =
            if key.namespace.is_empty() { String::new() } else { format!("{}/", key.namespace) };
        let generation = object["metadata"]["generation"]
            .as_u64()
            .map_or_else(String::new, |number| format!(" generation {number}"));
        let line = format!(
            "{}: {verb} {} {place}{}{generation}",
            caller.user,
            key.kind.qualified_singular(),
            key.name
        );
        self.record.writes.push(line);
    }
}

/// Refuses an object that says it belongs elsewhere.
fn check_place(object: &Value, kind: Kind, namespace: Option<&str>) -> Result<(), Status> {
    let own = object["metadata"]["namespace"].as_str().unwrap_or_default();
    if !kind.is_namespaced() || own.is_empty() || Some(own) == namespace {
        return Ok(());
    }
    Err(Status::bad_request(
        "the namespace of the provided object does not match the namespace sent on the request",
    ))
}

/// The object as a patch would have it, but for what the server takes from no client.
fn patched(kind: Kind, before: &Value, patch: &Patch) -> Result<Value, Status> {
    let mut object = before.clone();
    match patch {
        Patch::Json(operations) => {
            let operations: json_patch::Patch = serde_json::from_value(operations.clone())
                .map_err(|error| Status::bad_request(format!("error decoding patch: {error}")))?;
            apply_json_patch(&mut object, operations)?;
        }
        Patch::Strategic(_) if kind.is_custom() => return Err(Status::strategic_unsupported()),
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
    drop_empty_maps(&mut object["metadata"]);
    Ok(object)
}

/// Operation by operation, as the API server does it: `replace` adds a member that is not there,
/// below a parent that is.
fn apply_json_patch(object: &mut Value, operations: json_patch::Patch) -> Result<(), Status> {
    for operation in operations.0 {
        let operation = match operation {
            PatchOperation::Replace(ReplaceOperation { path, value })
                if is_absent_member(object, path.as_str()) =>
            {
                PatchOperation::Add(AddOperation { path, value })
            }
            other => other,
        };
        json_patch::patch(object, &[operation]).map_err(|_| Status::unprocessable())?;
    }
    Ok(())
}

fn is_absent_member(object: &Value, path: &str) -> bool {
    let parent = path.rsplit_once('/').and_then(|(parent, _)| object.pointer(parent));
    parent.is_some_and(Value::is_object) && object.pointer(path).is_none()
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
        metadata.retain(|field, value| {
            !(matches!(field.as_str(), "labels" | "annotations") && *value == json!({}))
        });
    }
}
