//! `kubectl apply -f`: client-side apply, object by object; a failure does not stop the others.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    Caller, Cluster, Kind, Patch, Status, Validation, WriteOptions,
    tools::{
        arguments::Arguments,
        manifests::{self, Manifest, Placed},
        output::Output,
        refusal,
        three_way::merge_patch,
    },
};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// One run of apply.
struct Apply<'a> {
    cluster: &'a Cluster,
    caller: &'a Caller,
    namespace: Option<&'a str>,
    options: WriteOptions,
    warnings: Vec<String>,
}

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
    let mut apply = Apply {
        cluster,
        caller,
        namespace: arguments.flag("namespace"),
        options,
        warnings: Vec::new(),
    };
    let mut output = Output::default();
    for manifest in manifests::read(directory, path) {
        match manifest
            .and_then(|manifest| apply.place(manifest))
            .and_then(|target| apply.one(&target))
        {
            Ok(line) => {
                output.stdout +=
                    &format!("{line}{}\n", if dry_run { " (server dry run)" } else { "" })
            }
            Err(line) => output.add_failure(&line),
        }
    }
    output.warned(&apply.warnings)
}

impl Apply<'_> {
    fn place(&self, manifest: Manifest) -> Result<Placed, String> {
        let mut placed = manifests::place(manifest, self.namespace)?;
        remember_applied(&mut placed.object);
        Ok(placed)
    }

    fn one(&mut self, target: &Placed) -> Result<String, String> {
        let Placed { kind, namespace, name, file, object } = target;
        let what = format!("{}/{name}", kind.qualified_singular());
        match self.cluster.get(self.caller, *kind, Some(namespace), name) {
            Ok(current) => self.change(target, &current).map(|done| format!("{what} {done}")),
            Err(status) if status.reason == "NotFound" => {
                let created = self.cluster.create(
                    self.caller,
                    *kind,
                    Some(namespace),
                    object.clone(),
                    &self.options,
                );
                let written = created.map_err(|status| {
                    self.refused(&status, &format!("error when creating \"{file}\""))
                })?;
                self.warnings.extend(written.warnings);
                Ok(format!("{what} created"))
            }
            Err(status) => {
                let context = format!(
                    "error when retrieving current configuration of:\n{}\n\
                     from server for: \"{file}\"",
                    place(target)
                );
                Err(refusal::wrapped(&status, &context))
            }
        }
    }

    fn change(&mut self, target: &Placed, current: &Value) -> Result<&'static str, String> {
        let Placed { kind, namespace, name, file, object } = target;
        let last = current["metadata"]["annotations"][LAST_APPLIED].as_str();
        if last.is_none() {
            self.warnings.push(never_applied(*kind, name));
        }
        let last: Value = last.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let patch = merge_patch(&last, object, current, kind.group().is_empty());
        if patch == json!({}) {
            return Ok("unchanged");
        }
        let merge = Patch::Merge(patch.clone());
        let patched =
            self.cluster.patch(self.caller, *kind, Some(namespace), name, &merge, &self.options);
        let written = patched.map_err(|status| {
            let to = place(target);
            self.refused(
                &status,
                &format!(
                    "error when applying patch:\n{patch}\nto:\n{to}\n\
                     for: \"{file}\": error when patching \"{file}\""
                ),
            )
        })?;
        self.warnings.extend(written.warnings);
        Ok("configured")
    }

    fn refused(&mut self, status: &Status, context: &str) -> String {
        self.warnings.extend(status.warnings.clone());
        refusal::wrapped(status, context)
    }
}

/// Writes the object itself into its annotation, as kubectl does before it sends it.
fn remember_applied(object: &mut Value) {
    if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
        annotations.remove(LAST_APPLIED);
    }
    if !object["metadata"]["annotations"].is_object() {
        object["metadata"]["annotations"] = json!({});
    }
    let text = format!("{object}\n");
    object["metadata"]["annotations"][LAST_APPLIED] = json!(text);
}

fn place(target: &Placed) -> String {
    let Placed { kind, namespace, name, file: _, object: _ } = target;
    let version =
        if kind.group().is_empty() { "/v1".to_owned() } else { kind.api_version().to_owned() };
    let namespace = if kind.is_namespaced() { namespace.as_str() } else { "" };
    format!(
        "Resource: \"{version}, Resource={}\", GroupVersionKind: \"{version}, Kind={}\"\n\
         Name: \"{name}\", Namespace: \"{namespace}\"",
        kind.plural(),
        kind.name()
    )
}

fn never_applied(kind: Kind, name: &str) -> String {
    format!(
        "resource {}/{name} is missing the {LAST_APPLIED} annotation which is required by kubectl \
         apply. kubectl apply should only be used on resources created declaratively by either \
         kubectl create --save-config or kubectl apply. The missing annotation will be patched \
         automatically.",
        kind.plural()
    )
}
