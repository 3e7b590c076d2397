//! The whole way of a write through admission.

use serde_json::{Value, json};

use crate::sandbox::{
    Caller, Kind, Status, Validation, WriteOptions,
    admission::{defaults, fields, insecure, labels, metadata, template, traffic},
};

/// A write on its way.
pub(in crate::sandbox) struct Change<'a> {
    pub kind: Kind,
    /// The object before; `None` for a create.
    pub before: Option<&'a Value>,
    pub caller: &'a Caller,
    pub options: &'a WriteOptions,
}

/// Completes the object and gives the warnings, or refuses.
pub(in crate::sandbox) fn admit(object: &mut Value, change: &Change<'_>) -> Result<Vec<String>, Status> {
    metadata::check(object, change.kind)?;
    labels::check(change.kind, object)?;
    match change.kind {
        Kind::Service => admit_service(object, change),
        Kind::Namespace => {
            complete_namespace(object);
            Ok(Vec::new())
        }
        Kind::Pod
        | Kind::ConfigMap
        | Kind::Secret
        | Kind::ServiceAccount
        | Kind::CoreService
        | Kind::Role
        | Kind::RoleBinding
        | Kind::Deployment
        | Kind::Ingress
        | Kind::NetworkPolicy
        | Kind::PersistentVolumeClaim
        | Kind::Revision
        | Kind::Configuration
        | Kind::Route => Ok(Vec::new()),
    }
}

fn admit_service(object: &mut Value, change: &Change<'_>) -> Result<Vec<String>, Status> {
    if let Some(field) = fields::misshapen(object) {
        return Err(Status::denied("mutation", &format!("cannot decode incoming new object: json: cannot unmarshal {field}")));
    }
    let mut warnings = unknown_fields(object, change)?;
    traffic::decode(&object["spec"]["traffic"])?;
    defaults::complete(object, change.before);
    warnings.extend(insecure::warning(&object["spec"]["template"]));
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let mut wrong = template::wrong(&name, object, change.before);
    wrong.extend(traffic::wrong(&object["spec"]["traffic"]));
    if !wrong.is_empty() {
        wrong.sort();
        return Err(Status::denied("validation", &wrong.join("\n")).with_warnings(warnings));
    }
    count_generation(object, change.before);
    sign(object, change);
    Ok(warnings)
}

fn unknown_fields(object: &mut Value, change: &Change<'_>) -> Result<Vec<String>, Status> {
    let unknown: Vec<_> = fields::drop_unknown(object).into_iter().map(|field| format!("unknown field \"{field}\"")).collect();
    match change.options.validation {
        Validation::Ignore => Ok(Vec::new()),
        Validation::Warn => Ok(unknown),
        Validation::Strict if unknown.is_empty() => Ok(unknown),
        Validation::Strict => Err(Status::strict(change.before.is_none(), &unknown.join(", "))),
    }
}

/// The generation counts changes of the spec, and nothing else.
fn count_generation(object: &mut Value, before: Option<&Value>) {
    let generation = match before {
        None => 1,
        Some(before) => {
            let old = before["metadata"]["generation"].as_u64().unwrap_or_default();
            if before["spec"] == object["spec"] { old } else { old + 1 }
        }
    };
    object["metadata"]["generation"] = json!(generation);
}

/// Writes down who made the service and who changed its spec last.
fn sign(object: &mut Value, change: &Change<'_>) {
    let user = change.caller.user.as_str();
    let (creator, modifier) = match change.before {
        None => (json!(user), json!(user)),
        Some(before) => {
            let old = &before["metadata"]["annotations"];
            let changed = before["spec"] != object["spec"];
            let modifier = if changed { json!(user) } else { old["serving.knative.dev/lastModifier"].clone() };
            (old["serving.knative.dev/creator"].clone(), modifier)
        }
    };
    let annotations = &mut object["metadata"]["annotations"];
    annotations["serving.knative.dev/creator"] = creator;
    annotations["serving.knative.dev/lastModifier"] = modifier;
}

fn complete_namespace(object: &mut Value) {
    let name = object["metadata"]["name"].clone();
    object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
    object["spec"] = json!({"finalizers": ["kubernetes"]});
    object["status"] = json!({"phase": "Active"});
}
