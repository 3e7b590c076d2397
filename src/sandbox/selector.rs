//! Which objects of a list are meant: by labels, by name, or both.

use serde_json::Value;

use crate::sandbox::Status;

/// A label selector with an optional field selector on the name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// `metadata.name` must be this.
    pub name: Option<String>,
    terms: Vec<Term>,
}

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
        Self { name: Some(name.to_owned()), terms: Vec::new() }
    }

    /// Parses a label selector: `a=b`, `a==b`, `a!=b`, `a` and `!a`, joined by commas.
    pub fn labels(text: &str) -> Result<Self, Status> {
        let terms = text.split(',').filter(|term| !term.trim().is_empty()).map(|term| parse_term(term.trim())).collect::<Result<_, _>>()?;
        Ok(Self { name: None, terms })
    }

    /// Adds a field selector; only `metadata.name=...` is known.
    pub fn with_fields(mut self, text: &str) -> Result<Self, Status> {
        for term in text.split(',').filter(|term| !term.is_empty()) {
            match term.split_once('=') {
                Some(("metadata.name", name)) => self.name = Some(name.trim_start_matches('=').to_owned()),
                _ => return Err(Status::bad_request(format!("field label not supported: {term}"))),
            }
        }
        Ok(self)
    }

    /// Whether an object is meant.
    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        let named = self.name.as_deref().is_none_or(|name| object["metadata"]["name"] == name);
        named && self.terms.iter().all(|term| term.matches(labels))
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
        Term::Equals(key, _) | Term::Differs(key, _) | Term::Present(key) | Term::Absent(key) if key.is_empty() || key.contains(' ') => {
            Err(Status::bad_request(format!("unable to parse requirement: found '{term}'")))
        }
        Term::Equals(..) | Term::Differs(..) | Term::Present(_) | Term::Absent(_) => Ok(parsed),
    }
}
