//! Reports values of Secrets in the manifests that are too short to redact.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use boathook_core::objects::Document;
use serde_json::Value;

use crate::{
    check::{
        CheckResult,
        folders::{Folders, Readable},
    },
    redact::SECRET_MIN,
};

const CHECK: &str = "manifests";

pub(super) fn check(folders: &Folders<'_>) -> Vec<CheckResult> {
    folders.in_each(of_document)
}

fn of_document(folder: Readable<'_>, document: &Document) -> Option<CheckResult> {
    let Readable { environment, settings, documents: _ } = folder;
    let short: Vec<&str> =
        if document.is_secret() { short(document).collect() } else { Vec::new() };
    (!short.is_empty()).then(|| {
        CheckResult::warning(
            CHECK,
            format!(
                "{environment}: Secret/{} has values of fewer than {SECRET_MIN} bytes: {}",
                document.name(),
                short.join(", ")
            ),
            "so short a value is not looked for, and is shown where a program prints it",
            format!(
                "make them longer where they are secrets; else put them into a ConfigMap in {}",
                settings.manifests.display()
            ),
        )
    })
}

/// The keys of such values.
fn short(secret: &Document) -> impl Iterator<Item = &str> {
    let entries =
        |field: &str| secret.0.get(field).and_then(Value::as_object).into_iter().flatten();
    let length = |field: &str, value: &Value| {
        let text = value.as_str()?;
        if field == "stringData" {
            Some(text.len())
        } else {
            BASE64_STANDARD.decode(text.trim()).ok().map(|bytes| bytes.len())
        }
    };
    ["data", "stringData"].into_iter().flat_map(move |field| {
        let is_short = move |value: &Value| {
            length(field, value).is_some_and(|length| (1..SECRET_MIN).contains(&length))
        };
        entries(field).filter(move |(_, value)| is_short(value)).map(|(key, _)| key.as_str())
    })
}
