//! `kubectl create -f`: object by object, each exactly as in its file.

use std::path::Path;

use serde::Deserialize as _;
use serde_json::Value;

use crate::{
    Caller, Cluster, Kind, Validation, WriteOptions,
    access_review::ResourceAttributes,
    tools::{
        arguments::Arguments,
        manifests::{self, Manifest, Placed},
        output::{Output, pretty},
        refusal,
    },
};

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
    let dry_run = arguments.flag("dry-run") == Some("server");
    let options = WriteOptions { dry_run, validation: Validation::Strict };
    let mut output = Output::default();
    let mut warnings = Vec::new();
    for manifest in manifests::read(directory, path) {
        if let Some(asked) = manifest.as_ref().ok().and_then(review) {
            output.stdout += &pretty(&asked.reviewed(cluster, caller));
            continue;
        }
        let placed =
            manifest.and_then(|manifest| manifests::place(manifest, arguments.flag("namespace")));
        let Placed { kind, namespace, name: _, file, mut object } = match placed {
            Ok(placed) => placed,
            Err(line) => {
                output.add_failure(&line);
                continue;
            }
        };
        drop_version(&mut object);
        match cluster.create(caller, kind, Some(&namespace), object, &options) {
            Ok(written) => {
                warnings.extend(written.warnings);
                output.stdout += &match arguments.flag("output") {
                    Some("json") => pretty(&written.object),
                    _ => created(kind, &written.object, dry_run),
                };
            }
            Err(status) => {
                warnings.extend(status.warnings.clone());
                output.add_failure(&refusal::wrapped(
                    &status,
                    &format!("error when creating \"{file}\""),
                ));
            }
        }
    }
    output.warned(&warnings)
}

/// The line about a new object.
fn created(kind: Kind, object: &Value, dry_run: bool) -> String {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let how = if dry_run { " (server dry run)" } else { "" };
    format!("{}/{name} created{how}\n", kind.qualified_singular())
}

/// What an access review asks, which is answered and not kept.
fn review(manifest: &Manifest) -> Option<ResourceAttributes> {
    let Manifest { file: _, object } = manifest;
    let attributes = &object["spec"]["resourceAttributes"];
    (object["kind"] == "SelfSubjectAccessReview")
        .then(|| ResourceAttributes::deserialize(attributes).unwrap_or_default())
}

/// kubectl sends no version with what it creates.
fn drop_version(object: &mut Value) {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("resourceVersion");
    }
}
