//! Selects objects of a list by labels, by fields, or both.

use serde_json::Value;

use crate::{Kind, Status};

/// A label selector with an optional field selector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// `metadata.name` must be this.
    pub name: Option<String>,
    terms: Vec<Term>,
    fields: Vec<Field>,
}

/// A field that must have this value, or must not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    path: String,
    value: String,
    differs: bool,
}

/// The fields of an event by which events can be asked for.
const EVENT_FIELDS: [&str; 10] = [
    "involvedObject.apiVersion",
    "involvedObject.fieldPath",
    "involvedObject.kind",
    "involvedObject.name",
    "involvedObject.namespace",
    "involvedObject.resourceVersion",
    "involvedObject.uid",
    "reason",
    "reportingComponent",
    "type",
];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Equals(String, String),
    Differs(String, String),
    Present(String),
    Absent(String),
}

impl Selector {
    /// Everything.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// The one object of this name (`metadata.name=...`).
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::default() }
    }

    /// Parses a label selector: `a=b`, `a==b`, `a!=b`, `a` and `!a`, joined by commas.
    pub fn labels(text: &str) -> Result<Self, Status> {
        let terms = text
            .split(',')
            .filter(|term| !term.trim().is_empty())
            .map(|term| parse_term(term.trim()))
            .collect::<Result<_, _>>()?;
        Ok(Self { terms, ..Self::default() })
    }

    /// Adds a field selector. Every kind has `metadata.name` and `metadata.namespace`, events have
    /// more.
    pub fn with_fields(mut self, kind: Kind, text: &str) -> Result<Self, Status> {
        for term in text.split(',').filter(|term| !term.is_empty()) {
            let unreadable = || {
                Status::bad_request(format!(
                    "invalid field selector: {term}; can't understand '{term}'"
                ))
            };
            let (path, value) = term.split_once('=').ok_or_else(unreadable)?;
            let (path, differs) = path.strip_suffix('!').map_or((path, false), |path| (path, true));
            let value = value.trim_start_matches('=').to_owned();
            match path {
                "metadata.name" if !differs => self.name = Some(value),
                _ if is_selectable(kind, path) => {
                    self.fields.push(Field { path: path.to_owned(), value, differs })
                }
                _ => return Err(Status::bad_request(format!("field label not supported: {path}"))),
            }
        }
        Ok(self)
    }

    /// Whether an object is meant.
    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        let named = self.name.as_deref().is_none_or(|name| object["metadata"]["name"] == name);
        named
            && self.terms.iter().all(|term| term.matches(labels))
            && self.fields.iter().all(|field| field.matches(object))
    }
}

impl Field {
    fn matches(&self, object: &Value) -> bool {
        let value = self.path.split('.').fold(object, |object, field| &object[field]);
        (value.as_str().unwrap_or_default() == self.value) != self.differs
    }
}

impl Term {
    fn matches(&self, labels: &Value) -> bool {
        match self {
            Self::Equals(key, value) => labels[key] == value.as_str(),
            Self::Differs(key, value) => labels[key] != value.as_str(),
            Self::Present(key) => labels.get(key).is_some(),
            Self::Absent(key) => labels.get(key).is_none(),
        }
    }
}

fn is_selectable(kind: Kind, path: &str) -> bool {
    matches!(path, "metadata.name" | "metadata.namespace")
        || (kind == Kind::Event && EVENT_FIELDS.contains(&path))
}

fn parse_term(term: &str) -> Result<Term, Status> {
    let parsed = if let Some((key, value)) = term.split_once("!=") {
        Term::Differs(key.to_owned(), value.to_owned())
    } else if let Some((key, value)) = term.split_once('=') {
        Term::Equals(key.to_owned(), value.trim_start_matches('=').to_owned())
    } else if let Some(key) = term.strip_prefix('!') {
        Term::Absent(key.to_owned())
    } else {
        Term::Present(term.to_owned())
    };
    match &parsed {
        Term::Equals(key, _) | Term::Differs(key, _) | Term::Present(key) | Term::Absent(key)
            if key.is_empty() || key.contains(' ') =>
        {
            Err(Status::bad_request(format!("unable to parse requirement: found '{term}'")))
        }
        Term::Equals(..) | Term::Differs(..) | Term::Present(_) | Term::Absent(_) => Ok(parsed),
    }
}
