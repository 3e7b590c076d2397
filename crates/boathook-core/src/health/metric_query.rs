//! The placeholders of a query, and what takes their place. All of it are names of Kubernetes, which
//! cannot hold what would have to be quoted in PromQL.

use crate::deployment::{RevisionName, ServiceKey};

const OPEN: &str = "{{";
const CLOSE: &str = "}}";
const REVISION: &str = "revision";
const KNOWN: [&str; 4] = [REVISION, "stable", "service", "namespace"];

/// What takes the place of the placeholders.
#[derive(Clone, Copy, Debug)]
pub struct MetricNames<'a> {
    /// The revision whose value is asked for.
    pub revision: &'a RevisionName,
    /// The revision that served before.
    pub stable: &'a RevisionName,
    pub service: &'a ServiceKey,
}

impl MetricNames<'_> {
    /// The query with all placeholders replaced.
    #[must_use]
    pub fn fill(&self, query: &str) -> String {
        let mut filled = String::new();
        for part in parts(query) {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Placeholder(name) => filled.push_str(&self.value(name)),
                // Rules with faults are never used.
                Part::Open => filled.push_str(OPEN),
            }
        }
        filled
    }

    fn value(&self, placeholder: &str) -> String {
        match placeholder {
            REVISION => self.revision.to_string(),
            "stable" => self.stable.to_string(),
            "service" => self.service.service.to_string(),
            "namespace" => self.service.namespace.to_string(),
            other => format!("{OPEN}{other}{CLOSE}"),
        }
    }
}

/// What is wrong with the placeholders of a query.
pub(super) fn fault(query: &str) -> Option<String> {
    parts(query).find_map(|part| match part {
        Part::Text(_) => None,
        Part::Placeholder(name) if KNOWN.contains(&name) => None,
        Part::Placeholder(name) => Some(format!(
            "has the unknown placeholder {OPEN}{}{CLOSE}; known: {}",
            name.escape_debug(),
            KNOWN.map(|known| format!("{OPEN}{known}{CLOSE}")).join(", ")
        )),
        Part::Open => Some(format!("has {OPEN} without {CLOSE}")),
    })
}

/// Whether a query names the revision whose value it asks for.
pub(super) fn names_revision(query: &str) -> bool {
    parts(query).any(|part| part == Part::Placeholder(REVISION))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Placeholder(&'a str),
    /// A placeholder that does not end.
    Open,
}

fn parts(query: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = query;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(inside) = rest.strip_prefix(OPEN) else {
            let (text, after) = rest.split_at(rest.find(OPEN).unwrap_or(rest.len()));
            rest = after;
            return Some(Part::Text(text));
        };
        match inside.split_once(CLOSE) {
            Some((name, after)) => {
                rest = after;
                Some(Part::Placeholder(name.trim()))
            }
            None => {
                rest = "";
                Some(Part::Open)
            }
        }
    })
}
