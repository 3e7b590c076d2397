//! One line of the audit log as a page shows it: when, who, what and where, and the rest below.

use std::collections::HashMap;

use boathook_core::{
    deployment::{ShellWord, marked_beginning},
    rollout::Observation,
};
use jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::Value;

use crate::{
    journal::{Summary, finding_words},
    observers::audit::{LineParts, NewestLine},
};

/// Characters of one value.
const VALUE_SHOWN: usize = 300;
/// Fields that are shown as the place.
const PLACE: [&str; 3] = ["environment", "namespace", "service"];

pub struct AuditLine {
    pub number: String,
    /// None if someone damaged it.
    pub at: Option<Timestamp>,
    /// Its deployment, if the journal has it; what it is called there.
    pub deployment: Option<(String, String)>,
    pub what: String,
    pub who: String,
    /// The environment and the service.
    pub place: String,
    /// Everything else: name and value.
    pub fields: Vec<(String, String)>,
    /// As the file holds it.
    pub text: String,
}

impl AuditLine {
    pub fn of(line: NewestLine, summaries: &HashMap<String, Option<Summary>>) -> Self {
        let NewestLine { text, value } = line;
        let parts = LineParts::of(&value);
        let summary = parts.deployment.and_then(|id| summaries.get(id)?.as_ref());
        let deployment = parts.deployment.map(|id| {
            let name = summary.map_or_else(|| id.to_owned(), |one| one.deployment_id.to_string());
            (id.to_owned(), name)
        });
        Self {
            number: parts.number.to_string(),
            at: parts.at,
            deployment,
            what: parts.what.unwrap_or_default().replace('_', " "),
            who: parts.actor(),
            place: place(&parts, summary),
            fields: fields(&parts),
            text,
        }
    }
}

/// Where it happened, as the line says, or as the journal knows of its deployment.
fn place(parts: &LineParts<'_>, summary: Option<&Summary>) -> String {
    if let Some(Summary { environment, namespace, service, .. }) = summary {
        return format!("{namespace}/{service} in {environment}");
    }
    let [environment, namespace, service] = PLACE.map(|name| parts.text(name));
    let service = match (namespace, service) {
        (Some(namespace), Some(service)) => Some(format!("{namespace}/{service}")),
        (_, service) => service.map(str::to_owned),
    };
    match (service, environment) {
        (Some(service), Some(environment)) => format!("{service} in {environment}"),
        (service, environment) => service.or(environment.map(str::to_owned)).unwrap_or_default(),
    }
}

fn fields(parts: &LineParts<'_>) -> Vec<(String, String)> {
    let fields = parts.rest.iter().filter(|(name, _)| !PLACE.contains(name));
    let filled = fields.filter(|(_, value)| {
        value.as_str() != Some("") && value.as_array().is_none_or(|items| !items.is_empty())
    });
    filled.map(|(name, value)| (name.replace('_', " "), short(name, value))).collect()
}

fn short(name: &str, value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(words) if words.iter().all(Value::is_string) => {
            let words: Vec<_> = words.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            if name == "argv" { ShellWord::command(&words) } else { words.join(", ") }
        }
        Value::Array(findings) if name == "learned" => {
            findings.iter().map(found).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    };
    marked_beginning(&text, VALUE_SHOWN, "...")
}

/// A finding in words, or its kind and what it is where nobody but a step reads it.
fn found(finding: &Value) -> String {
    let kind = finding["finding"].as_str().unwrap_or_default();
    let named = || match &finding["is"] {
        Value::Null => kind.replace('_', " "),
        Value::String(text) => format!("{} {text}", kind.replace('_', " ")),
        is => format!("{} {is}", kind.replace('_', " ")),
    };
    let known = Observation::deserialize(finding).ok();
    known.as_ref().and_then(finding_words).unwrap_or_else(named)
}
