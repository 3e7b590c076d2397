//! `kubectl patch`.

use serde_json::Value;

use crate::{
    Caller, Cluster, Kind, Patch, Status, WriteOptions,
    tools::{
        arguments::Arguments,
        named_object::{object_of, unknown_type},
        output::{Output, pretty},
        refusal,
    },
};

/// Runs it.
pub(super) fn run(cluster: &Cluster, caller: &Caller, arguments: &Arguments) -> Output {
    let Some((word, name)) = object_of(arguments) else {
        return Output::failed("error: resource(s) were provided, but no name was specified");
    };
    let Some(kind) = Kind::by_word(&word) else { return unknown_type(&word) };
    let Some(text) = arguments.flag("patch") else {
        return Output::failed("error: must specify --patch or --patch-file");
    };
    let patch = match parse(arguments.flag("type").unwrap_or("strategic"), text) {
        Ok(patch) => patch,
        Err(output) => return output,
    };
    let namespace = Some(arguments.flag("namespace").unwrap_or("default"));
    let options = WriteOptions {
        dry_run: arguments.flag("dry-run") == Some("server"),
        ..WriteOptions::default()
    };
    if let Err(status) = cluster.get(caller, kind, namespace, &name) {
        return refusal::print(&status);
    }
    match cluster.patch(caller, kind, namespace, &name, &patch, &options) {
        Ok(written) if arguments.flag("output") == Some("json") => {
            Output::printed(pretty(&written.object)).warned(&written.warnings)
        }
        Ok(written) => {
            let change = if written.changed { "" } else { " (no change)" };
            Output::printed(format!("{}/{name} patched{change}\n", kind.qualified_singular()))
                .warned(&written.warnings)
        }
        Err(status) if status.reason == "UnsupportedMediaType" => {
            let version = kind.api_version();
            let kind = kind.name();
            let why = format!(
                "application/strategic-merge-patch+json is not supported by {version}, Kind={kind}"
            );
            Output::failed(format!("error: {why}: {}", status.message))
        }
        Err(status) => refusal::print(&status),
    }
}

fn parse(kind: &str, text: &str) -> Result<Patch, Output> {
    let value = || -> Result<Value, Output> {
        serde_json::from_str(text).map_err(|error| {
            refusal::print(&Status::bad_request(format!("error decoding patch: {error}")))
        })
    };
    match kind {
        "json" => Ok(Patch::Json(value()?)),
        "merge" => Ok(Patch::Merge(value()?)),
        "strategic" => Ok(Patch::Strategic(value()?)),
        other => Err(Output::failed(format!(
            "error: --type must be one of [json merge strategic], not \"{other}\""
        ))),
    }
}
