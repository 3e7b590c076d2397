//! The fields of a kustomization that name files and folders, and which of them kustomize would
//! fetch.

use serde_json::Value;

use crate::manifests::{Fault, budget::Budget, documents};

/// Fields whose entries are files or folders, or what is fetched.
const RESOURCES: [&str; 3] = ["resources", "bases", "components"];
/// The same for what configures kustomize: what such a file names may be fetched as well. An entry
/// may also be written out.
const CONFIGURATIONS: [&str; 3] = ["generators", "transformers", "validators"];
/// Fields, however deep, whose texts are files; kustomize fetches those that are URLs.
const FILES: [&str; 8] =
    ["files", "envs", "env", "path", "patchesStrategicMerge", "crds", "configurations", "openapi"];

/// A file or folder that a kustomization takes.
#[derive(Debug)]
pub(super) struct Entry {
    /// As it is written.
    pub(super) text: String,
    /// Whether it configures kustomize.
    pub(super) configures: bool,
}

/// What a kustomization is made of, without what is written out in it.
pub(super) fn entries(kustomization: &Value) -> Vec<Entry> {
    let entry = |configures| move |text: &str| Entry { text: text.to_owned(), configures };
    let resources = texts_of(kustomization, &RESOURCES).map(entry(false));
    let configurations =
        texts_of(kustomization, &CONFIGURATIONS).filter(|text| !is_written_out(text));
    resources.chain(configurations.map(entry(true))).collect()
}

/// The configurations that are written out in a kustomization; an error where one of them cannot be
/// read.
pub(super) fn written_out(kustomization: &Value) -> Result<Vec<Value>, Fault> {
    let texts = texts_of(kustomization, &CONFIGURATIONS).filter(|text| is_written_out(text));
    let values = texts
        .map(|text| documents::values(text.as_bytes(), &mut Budget::new()))
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    match values.iter().all(Value::is_object) {
        true => Ok(values),
        // kustomize reads it as a name.
        false => Err(Fault::of(
            "a generator, transformer or validator of more than one line is no object",
        )),
    }
}

fn is_written_out(text: &str) -> bool {
    text.contains('\n')
}

fn texts_of<'a>(object: &'a Value, fields: &'static [&str]) -> impl Iterator<Item = &'a str> {
    fields.iter().flat_map(|field| texts(object, field))
}

/// The text in a field, or the texts in its list.
pub(super) fn texts<'a>(object: &'a Value, field: &str) -> Vec<&'a str> {
    let of = |value: &'a Value| match value {
        Value::String(text) => vec![text.as_str()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    };
    values(object, field).flat_map(of).collect()
}

/// The values of a field, in every spelling of its name.
pub(super) fn values<'a>(object: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    object
        .as_object()
        .into_iter()
        .flatten()
        .filter(move |(key, _)| is_named(key, field))
        .map(|(_, value)| value)
}

/// Whether kustomize reads a key as a field: Go's JSON ignores case, with Unicode folding for S and
/// K.
fn is_named(key: &str, field: &str) -> bool {
    let folded = |letter| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    };
    key.chars().map(folded).eq(field.chars().map(folded))
}

/// The texts under fields that hold files.
pub(super) fn files_in(value: &Value) -> Vec<String> {
    let mut texts = Vec::new();
    collect_files(value, None, &mut texts);
    texts
}

fn collect_files(value: &Value, field: Option<&str>, texts: &mut Vec<String>) {
    match (value, field) {
        // A patch that is written out.
        (Value::String(text), _) if is_written_out(text) => {}
        (Value::String(text), Some(field)) if is_named(field, "files") => {
            texts.push(text.split_once('=').map_or(text.as_str(), |(_, path)| path).to_owned());
        }
        (Value::String(text), Some(field)) if FILES.iter().any(|name| is_named(field, name)) => {
            texts.push(text.clone())
        }
        (Value::Array(items), _) => items.iter().for_each(|item| collect_files(item, field, texts)),
        (Value::Object(entries), _) => {
            entries.iter().for_each(|(key, value)| collect_files(value, Some(key), texts))
        }
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => {}
    }
}

/// Whether kustomize would fetch it: a URL, a repository of git's, or a name that it completes to
/// one.
pub(super) fn is_remote(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    let begins = [
        "git::",
        "git@",
        "ssh:",
        "github.com",
        "www.github.com",
        "gh:",
        "gitlab.com",
        "bitbucket.org",
    ];
    let user =
        lower.split_once('@').is_some_and(|(user, rest)| !user.contains('/') && rest.contains(':'));
    lower.contains("://")
        || lower.contains("?ref=")
        || lower.contains("?version=")
        || user
        || begins.iter().any(|begin| lower.starts_with(begin))
}
