//! Takes a write through all stages of admission.

use serde_json::{Value, json};

use crate::{
    Kind, Status, Validation,
    admission::{
        Change, decode as go, defaults, labels, metadata, pod_check, secret, strict, structural,
        validate,
    },
};

/// Reads the object by its schema: fields that it does not have are refused or dropped, with a
/// warning each.
pub(crate) fn decode(
    object: &mut Value,
    kind: Kind,
    creating: bool,
    validation: Validation,
) -> Result<Vec<String>, Status> {
    metadata::readable(object, kind)?;
    if kind != Kind::Service {
        return Ok(Vec::new());
    }
    let unknown: Vec<_> = strict::drop_unknown(object)
        .into_iter()
        .map(|field| format!("unknown field \"{field}\""))
        .collect();
    strict::complete(object);
    match validation {
        Validation::Ignore => Ok(Vec::new()),
        Validation::Warn => Ok(unknown),
        Validation::Strict if unknown.is_empty() => Ok(unknown),
        Validation::Strict => Err(Status::strict(creating, &unknown.join(", "))),
    }
}

/// Completes the object and gives the warnings, or refuses.
pub(crate) fn admit(object: &mut Value, change: &Change<'_>) -> Result<Vec<String>, Status> {
    let kind = change.kind;
    if kind == Kind::Service {
        mutate(object, change)?;
    }
    let mut wrong = metadata::wrong(object);
    wrong.extend(labels::complaint(&object["metadata"]["labels"]));
    if kind == Kind::Service {
        wrong.extend(structural::wrong(object));
    }
    if !wrong.is_empty() {
        return Err(Status::invalid(
            kind,
            object["metadata"]["name"].as_str().unwrap_or_default(),
            &wrong,
        ));
    }
    match kind {
        Kind::Service => validate_service(object, change),
        Kind::Namespace => {
            complete_namespace(object);
            Ok(Vec::new())
        }
        Kind::DomainMapping => {
            complete_mapping(object, change);
            Ok(Vec::new())
        }
        Kind::Secret => {
            secret::complete(object);
            Ok(Vec::new())
        }
        Kind::Job => check_job(object, change.before).map(|()| Vec::new()),
        _ => Ok(Vec::new()),
    }
}

/// The webhook that completes: what it cannot read, it refuses.
fn mutate(object: &mut Value, change: &Change<'_>) -> Result<(), Status> {
    let read = go::round_trip(object).map_err(|go::Unreadable(why)| {
        Status::denied("mutation", &format!("cannot decode incoming new object: {why}"))
    })?;
    *object = read;
    defaults::complete(object, change.before);
    strict::complete(object);
    sign(object, change);
    Ok(())
}

/// The webhook that validates, and behind it the pod of a dry run.
fn validate_service(object: &mut Value, change: &Change<'_>) -> Result<Vec<String>, Status> {
    let found = validate::service(object, change.before);
    let warnings = found.warnings();
    let refused = found
        .refusal()
        .map(|lines| Status::denied("validation", &lines))
        .or_else(|| refused_pod(object, change));
    if let Some(status) = refused {
        return Err(status.with_warnings(warnings));
    }
    count_generation(object, change.before);
    Ok(warnings)
}

fn refused_pod(object: &Value, change: &Change<'_>) -> Option<Status> {
    if !change.options.dry_run {
        return None;
    }
    let why = pod_check::refusal(&object["spec"]["template"]["spec"], change)?;
    Some(Status::denied(
        "validation callback",
        &format!("dry run failed with {why}: spec.template"),
    ))
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

/// Stores who created the service and who last changed its spec.
fn sign(object: &mut Value, change: &Change<'_>) {
    let user = change.caller.user.as_str();
    let is_new = change.before.is_none();
    if is_new || change.before.is_some_and(|before| before["spec"] != object["spec"]) {
        object["metadata"]["annotations"]["serving.knative.dev/lastModifier"] = json!(user);
    }
    if is_new {
        object["metadata"]["annotations"]["serving.knative.dev/creator"] = json!(user);
    }
}

fn complete_namespace(object: &mut Value) {
    let name = object["metadata"]["name"].clone();
    object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
    object["spec"] = json!({"finalizers": ["kubernetes"]});
    object["status"] = json!({"phase": "Active"});
}

/// Knative's webhook for mapped domains.
fn complete_mapping(object: &mut Value, change: &Change<'_>) {
    if object["spec"]["ref"]["namespace"].is_null() {
        object["spec"]["ref"]["namespace"] = json!(change.namespace);
    }
    sign(object, change);
    count_generation(object, change.before);
}

/// A Job's pods are not restarted for ever, and its template cannot be changed.
fn check_job(job: &Value, before: Option<&Value>) -> Result<(), Status> {
    let template = &job["spec"]["template"];
    let policy = template["spec"]["restartPolicy"].as_str();
    let wrong = match before {
        None if !matches!(policy, Some("Never" | "OnFailure")) => {
            "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"".to_owned()
        }
        Some(before) if before["spec"]["template"] != *template => {
            format!("spec.template: Invalid value: {template}: field is immutable")
        }
        None | Some(_) => return Ok(()),
    };
    let name = job["metadata"]["name"].as_str().unwrap_or_default();
    Err(Status::invalid(Kind::Job, name, &[wrong]))
}
