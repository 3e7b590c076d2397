//! `kubectl diff -f`: each object as it is and as `apply` would make it, compared by the external
//! program that boathook names: itself. It prints both sides of what differs as a line of JSON,
//! without what nobody wrote, and ends with exit code 0.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    Caller, Cluster, Patch, Validation, WriteOptions,
    tools::{
        arguments::Arguments,
        manifests::{self, Placed},
        output::Output,
        refusal,
        three_way::merge_patch,
    },
};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// kubectl's exit code when it fails itself; 1 means that something differs.
const FAILED: i32 = 2;

/// Runs it.
pub(super) fn run(
    cluster: &Cluster,
    caller: &Caller,
    arguments: &Arguments,
    directory: Option<&Path>,
) -> Output {
    let Some(path) = arguments.flag("filename") else {
        return Output::failed("error: must specify one of -f and -k");
    };
    let mut output = Output::default();
    for manifest in manifests::read(directory, path) {
        let placed =
            manifest.and_then(|manifest| manifests::place(manifest, arguments.flag("namespace")));
        match placed.and_then(|placed| compared(cluster, caller, placed)) {
            Ok(None) => {}
            Ok(Some(line)) => output.stdout += &format!("{line}\n"),
            Err(line) => output.add_failure(&line),
        }
    }
    // kubectl compares only once it has both sides of every object.
    if output.code != 0 {
        return Output { stdout: String::new(), code: FAILED, ..output };
    }
    output
}

/// Both sides of an object, if they differ.
fn compared(cluster: &Cluster, caller: &Caller, placed: Placed) -> Result<Option<Value>, String> {
    let Placed { kind, namespace, name, file, object } = placed;
    let options = WriteOptions { dry_run: true, validation: Validation::Warn };
    let context = format!("error when comparing \"{file}\"");
    let live = match cluster.get(caller, kind, Some(&namespace), &name) {
        Ok(live) => Some(live),
        Err(status) if status.reason == "NotFound" => None,
        Err(status) => return Err(refusal::wrapped(&status, &context)),
    };
    let written = match &live {
        None => cluster.create(caller, kind, Some(&namespace), object, &options),
        Some(current) => {
            let last = current["metadata"]["annotations"][LAST_APPLIED].as_str();
            let last = last.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            let patch = Patch::Merge(merge_patch(&last, &object, current, kind.group().is_empty()));
            cluster.patch(caller, kind, Some(&namespace), &name, &patch, &options)
        }
    };
    let mut merged = written.map_err(|status| refusal::wrapped(&status, &context))?.object;
    let mut live = live.unwrap_or_default();
    if live == merged {
        return Ok(None);
    }
    if merged["kind"] == "Secret" {
        mask(&mut live, &mut merged);
    }
    Ok(Some(json!({"live": shown(live), "merged": shown(merged)})))
}

/// An object as boathook's comparison hands it on.
fn shown(mut object: Value) -> Value {
    let Some(fields) = object.as_object_mut() else { return Value::Null };
    fields.remove("status");
    if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
        ["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"]
            .iter()
            .for_each(|field| drop(metadata.remove(*field)));
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove(LAST_APPLIED);
        }
    }
    object
}

/// kubectl hides the values of Secrets, and says which differ.
fn mask(live: &mut Value, merged: &mut Value) {
    let before = live["data"].clone();
    let after = merged["data"].clone();
    let hide = |object: &mut Value, other: &Value, mark: &str| {
        for (key, value) in object["data"].as_object_mut().into_iter().flatten() {
            let differs = other.get(key).is_some_and(|other| other != value);
            *value = json!(if differs { format!("*** ({mark})") } else { "***".to_owned() });
        }
    };
    hide(live, &after, "before");
    hide(merged, &before, "after");
}
