//! `kubectl delete`, `auth can-i`, `config view` and `version`.

use serde_json::json;

use crate::{
    Caller, Cluster, Kind,
    tools::{
        arguments::Arguments,
        named_object::{object_of, unknown_type},
        output::{Output, indented},
        refusal,
    },
};

/// `kubectl delete TYPE NAME...`: each that can be deleted is.
pub(super) fn delete(cluster: &Cluster, caller: &Caller, arguments: &Arguments) -> Output {
    let Some((word, first)) = object_of(arguments) else {
        return Output::failed("error: resource(s) were provided, but no name was specified");
    };
    let Some(kind) = Kind::by_word(&word) else { return unknown_type(&word) };
    let namespace = Some(arguments.flag("namespace").unwrap_or("default"));
    let more = arguments.words.iter().skip(2).cloned();
    let is_dry = arguments.flag("dry-run") == Some("server");
    let mut output = Output::default();
    for name in std::iter::once(first).chain(more) {
        let deleted = match is_dry {
            true => cluster.get(caller, kind, namespace, &name),
            false => cluster.delete(caller, kind, namespace, &name),
        };
        match deleted {
            Ok(_) => {
                let tried = if is_dry { " (server dry run)" } else { "" };
                let what = kind.qualified_singular();
                output.stdout += &format!("{what} \"{name}\" deleted{tried}\n");
            }
            Err(status) if status.reason == "NotFound" && arguments.is_on("ignore-not-found") => {}
            Err(status) => output.add_failure(&refusal::text(&status)),
        }
    }
    output
}

/// `kubectl auth can-i VERB TYPE[/NAME]`.
pub(super) fn can_i(cluster: &Cluster, caller: &Caller, arguments: &Arguments) -> Output {
    let (Some("can-i"), Some(verb), Some(what)) =
        (arguments.word(0), arguments.word(1), arguments.word(2))
    else {
        return Output::failed(
            "error: you must specify two or three arguments: verb, resource, and optional \
             resourceName",
        );
    };
    let (word, named) =
        what.split_once('/').map_or((what, None), |(word, name)| (word, Some(name)));
    let name = named.or(arguments.word(3));
    let kind = Kind::by_word(word);
    let plural = kind.map_or_else(|| word.to_owned(), |kind| kind.plural().to_owned());
    let resource = arguments
        .flag("subresource")
        .map_or_else(|| plural.clone(), |part| format!("{plural}/{part}"));
    let namespace = arguments.flag("namespace");
    let allowed =
        cluster.may(caller, verb, kind.map_or("", Kind::group), &resource, namespace, name);
    let line = if allowed { "yes\n" } else { "no\n" };
    let stdout = if arguments.is_on("quiet") { String::new() } else { line.to_owned() };
    let warning = kind
        .filter(|kind| !kind.is_namespaced())
        .map(|kind| format!("resource '{}' is not namespace scoped", kind.plural()));
    Output { stdout, stderr: String::new(), code: i32::from(!allowed) }
        .warned(&Vec::from_iter(warning))
}

/// The server of the kubeconfig that a node with k3s has.
const SERVER: &str = "https://127.0.0.1:6443";

/// `kubectl config view --minify -o jsonpath={.clusters[0].cluster.server}`.
pub(super) fn config(arguments: &Arguments) -> Output {
    let output = arguments.flag("output");
    if arguments.word(0) == Some("view") && output == Some("jsonpath={.clusters[0].cluster.server}")
    {
        Output::printed(SERVER)
    } else {
        Output::failed("error: only the server of a kubeconfig can be viewed here")
    }
}

/// `kubectl version`.
pub(super) fn version(cluster: &Cluster, arguments: &Arguments) -> Output {
    let settings = cluster.settings();
    let about = |version: &str| {
        let mut parts = version.trim_start_matches('v').split('.');
        json!({
            "gitVersion": version,
            "major": parts.next(),
            "minor": parts.next(),
            "platform": "linux/amd64",
        })
    };
    let mut all = json!({"clientVersion": about(&settings.kubectl), "kustomizeVersion": "v5.5.0"});
    if !arguments.is_on("client") {
        all["serverVersion"] = about(&settings.kubernetes);
    }
    if arguments.flag("output") == Some("json") {
        return Output::printed(indented(&all, b"  "));
    }
    let mut text = format!("Client Version: {}\nKustomize Version: v5.5.0\n", settings.kubectl);
    if !arguments.is_on("client") {
        text += &format!("Server Version: {}\n", settings.kubernetes);
    }
    Output::printed(text)
}
