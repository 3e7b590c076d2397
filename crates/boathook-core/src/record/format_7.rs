//! Reads what format 7 of the journal stored as text: who asked for something, and why a deployment
//! ended.

use crate::{
    deployment::{Actor, DeploymentId, Requester},
    record::{Reason, older_text::FromText},
};

/// A reason in a column: JSON, or the text of format 7, which never begins with a brace.
pub fn reason_in_column(column: String) -> serde_json::Result<Reason> {
    if column.starts_with('{') {
        serde_json::from_str(&column)
    } else {
        Ok(Reason::from_text(column))
    }
}

impl FromText for Actor {
    fn from_text(text: String) -> Self {
        Self::new(text)
    }
}

impl FromText for Requester {
    fn from_text(text: String) -> Self {
        let by = text.strip_prefix("aborted by ").unwrap_or(&text);
        match by.strip_prefix("a newer request, ") {
            Some(deployment) => Self::NewerRequest(DeploymentId::from_lookup(deployment)),
            None => Self::operator(by),
        }
    }
}

impl FromText for Reason {
    fn from_text(text: String) -> Self {
        Self::Sentence { text }
    }
}
