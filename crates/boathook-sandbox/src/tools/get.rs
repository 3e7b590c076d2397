//! `kubectl get -o json`, once or as a watch.

use serde_json::{Value, json};

use crate::{
    Caller, Cluster, Kind, Selector, Status, Watch, WatchEvent,
    tools::{
        arguments::Arguments,
        named_object::{object_of, unknown_type},
        output::{Output, pretty},
        refusal,
    },
};

/// What to get.
struct Question {
    kind: Kind,
    name: Option<String>,
    namespace: Option<String>,
    selector: Selector,
}

/// Asks once.
pub(super) fn run(cluster: &Cluster, caller: &Caller, arguments: &Arguments) -> Output {
    let Question { kind, name, namespace, selector } = match question(arguments) {
        Ok(question) => question,
        Err(output) => return output,
    };
    let namespace = namespace.as_deref();
    let answer = match &name {
        Some(name) => cluster.get(caller, kind, namespace, name),
        None => cluster.list(caller, kind, namespace, &selector).map(|list| as_list(&list)),
    };
    match answer {
        Ok(answer) => Output::printed(pretty(&answer)),
        Err(status) if status.reason == "NotFound" && arguments.is_on("ignore-not-found") => {
            Output::default()
        }
        Err(status) => refusal::print(&status),
    }
}

/// Begins a watch. Its first events are what is there.
pub(super) fn watch(
    cluster: &Cluster,
    caller: &Caller,
    arguments: &Arguments,
) -> Result<Watch, Output> {
    let Question { kind, name, namespace, mut selector } = question(arguments)?;
    let refuse = |status: Status| refusal::print(&status);
    if let Some(name) = name {
        cluster.get(caller, kind, namespace.as_deref(), &name).map_err(refuse)?;
        selector.name = Some(name);
    } else {
        cluster.list(caller, kind, namespace.as_deref(), &selector).map_err(refuse)?;
    }
    cluster.watch(caller, kind, namespace.as_deref(), selector, None).map_err(refuse)
}

/// An event of a watch as kubectl prints it: one line, or without `--output-watch-events` the
/// object over many lines.
pub(super) fn event_text(event: &WatchEvent, arguments: &Arguments) -> String {
    if arguments.is_on("output-watch-events") {
        return format!("{{\"type\":\"{}\",\"object\":{}}}\n", event.event.as_str(), event.object);
    }
    pretty(&event.object)
}

fn question(arguments: &Arguments) -> Result<Question, Output> {
    if arguments.flag("output") != Some("json") {
        return Err(Output::failed("error: this kubectl prints JSON only: -o json"));
    }
    let word = arguments
        .word(0)
        .map(|word| word.split('/').next().unwrap_or_default())
        .unwrap_or_default();
    let Some(kind) = Kind::by_word(word) else { return Err(unknown_type(word)) };
    let refuse = |status: Status| refusal::print(&status);
    let selector =
        Selector::labels(arguments.flag("selector").unwrap_or_default()).map_err(refuse)?;
    let selector = selector
        .with_fields(kind, arguments.flag("field-selector").unwrap_or_default())
        .map_err(refuse)?;
    let everywhere = arguments.is_on("all-namespaces") || !kind.is_namespaced();
    let namespace =
        (!everywhere).then(|| arguments.flag("namespace").unwrap_or("default").to_owned());
    Ok(Question { kind, name: object_of(arguments).map(|(_, name)| name), namespace, selector })
}

/// kubectl prints every list as a plain `List` without a version.
fn as_list(list: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "items": list["items"],
        "kind": "List",
        "metadata": {"resourceVersion": ""},
    })
}
