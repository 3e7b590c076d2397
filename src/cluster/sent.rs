//! Whether an answer shows what was sent. Exit code 0 alone proves nothing: an alias, a plugin or a
//! default may have changed what kubectl did.
//!
//! Only what was sent is looked for: the API server and others add defaults, and may have changed
//! the object further.

use boathook_core::objects::{Document, Template, Traffic};
use serde::Deserialize;
use serde_json::Value;

use crate::cluster::ServicePatch;

/// What kubectl appends to an object in a dry run.
const DRY_RUN: &str = "dry run)";

/// What the answer to a patch lacks, as text.
pub(super) fn missing_of_patch(patch: &ServicePatch<'_>, answer: &Value) -> Option<String> {
    let ServicePatch { uid: _, generation: _, template, traffic, metadata } = patch;
    let of_template =
        template.and_then(|template| missing_of_template(template, &answer["spec"]["template"]));
    of_template
        .or_else(|| missing_of_traffic(traffic, &answer["spec"]["traffic"]))
        .or_else(|| missing_of_operations(metadata, answer))
}

/// The changes of labels and annotations that the answer lacks. An added parent is compared by its
/// members.
pub(super) fn missing_of_operations(operations: &[Value], answer: &Value) -> Option<String> {
    operations.iter().find_map(|operation| {
        let pointer = operation["path"].as_str()?;
        let wanted =
            if operation["op"] == "remove" { None } else { Some(operation["value"].as_str()?) };
        differs(pointer, wanted, answer.pointer(pointer))
    })
}

/// The first of these objects that the output of `kubectl apply` does not name, as text.
#[must_use]
pub fn missing_of_apply(documents: &[Document], printed: &str) -> Option<String> {
    let mut named: Vec<&str> =
        printed.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    documents.iter().find_map(|document| {
        let name = document.qualified_name();
        let Some(at) =
            named.iter().position(|line| line.split_whitespace().next() == Some(name.as_str()))
        else {
            return Some(format!("did not name {name}"));
        };
        let line = named.swap_remove(at);
        line.ends_with(DRY_RUN).then(|| format!("only tried: {line}"))
    })
}

/// Name, labels, annotations and images, which decide the resulting revision and how it is found.
fn missing_of_template(Template(sent): &Template, shown: &Value) -> Option<String> {
    let mut pointers = vec!["/metadata/name".to_owned()];
    for entries in ["/metadata/labels", "/metadata/annotations"] {
        let keys = sent
            .pointer(entries)
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|entries| entries.keys());
        pointers.extend(
            keys.map(|key| format!("{entries}/{}", key.replace('~', "~0").replace('/', "~1"))),
        );
    }
    for containers in ["/spec/initContainers", "/spec/containers"] {
        let count = sent.pointer(containers).and_then(Value::as_array).map_or(0, Vec::len);
        pointers.extend((0..count).map(|index| format!("{containers}/{index}/image")));
    }
    pointers.iter().find_map(|pointer| {
        let wanted = sent.pointer(pointer)?.as_str()?;
        differs(&format!("/spec/template{pointer}"), Some(wanted), shown.pointer(pointer))
    })
}

fn missing_of_traffic(sent: &Traffic, shown: &Value) -> Option<String> {
    let shown = Traffic::deserialize(shown).unwrap_or_default();
    (!shown.routes_as(sent))
        .then(|| format!("/spec/traffic is {}, sent was {}", shown.in_words(), sent.in_words()))
}

fn differs(pointer: &str, wanted: Option<&str>, shown: Option<&Value>) -> Option<String> {
    if shown.and_then(Value::as_str) == wanted && shown.is_some() == wanted.is_some() {
        return None;
    }
    let is = shown.map_or_else(
        || "missing".to_owned(),
        |shown| shown.as_str().map_or_else(|| shown.to_string(), str::to_owned),
    );
    Some(format!("{pointer} is {is}, sent was {}", wanted.unwrap_or("its removal")))
}
