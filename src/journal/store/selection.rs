//! The SQL behind a list. It has conditions only for the given fields, so that an index applies
//! however long the history is.

use boathook_core::{
    deployment::{DeploymentId, Environment},
    record::Status,
};
use rusqlite::types::Value;

use crate::journal::Filter;

/// Whether a word occurs in what a list shows of a deployment. No index helps; the journal keeps as
/// many deployments as `state.keep_count` says.
const HAS_WORD: &str = "instr(lower(id || ' ' || deployment_id || ' ' || environment || ' ' || namespace || '/' || service || ' ' \
                        || image || ' ' || status || ' ' || ifnull(reason, '')), lower(?)) > 0";

/// A statement and its bound values.
pub(super) struct Selection {
    pub(super) sql: String,
    pub(in crate::journal) values: Vec<Value>,
}

impl Selection {
    /// The deployments that match the filter, newest first. A page after an unknown deployment is
    /// empty.
    pub(in crate::journal) fn of(filter: &Filter) -> Self {
        let Filter {
            environments,
            namespace,
            service,
            deployment_id,
            status,
            paused,
            unacknowledged,
            words,
            before,
            limit,
        } = filter;
        let conditions = [
            to_environments(environments),
            namespace.as_ref().map(|namespace| ("namespace = ?", text(namespace.as_str()))),
            service.as_ref().map(|service| ("service = ?", text(service.as_str()))),
            deployment_id.as_ref().map(|id| ("deployment_id = ?", text(id.as_str()))),
            status.map(of_status),
            paused.then(|| ("ended_at IS NULL AND status <> ?", text(Status::Queued.name()))),
            unacknowledged.then(|| ("unacknowledged AND ?", Value::from(1))),
            before.as_ref().map(before_deployment),
        ];
        let words = words.iter().map(|word| (HAS_WORD, text(word)));
        let (conditions, mut values): (Vec<_>, Vec<_>) =
            conditions.into_iter().flatten().chain(words).unzip();
        let narrowed = if conditions.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", conditions.join(" AND "))
        };
        values.push(Value::from(*limit));
        Self {
            sql: format!("SELECT * FROM deployments {narrowed} ORDER BY accepted_seq DESC LIMIT ?"),
            values,
        }
    }
}

/// An index is in the right order for one of them only.
fn to_environments(environments: &[Environment]) -> Option<(&'static str, Value)> {
    match environments {
        [] => None,
        [one] => Some(("environment = ?", text(one.name()))),
        several => {
            let names = several.iter().map(|one| one.name()).collect::<Vec<_>>().join(" ");
            // A name has no spaces.
            Some(("instr(' ' || ? || ' ', ' ' || environment || ' ') > 0", Value::from(names)))
        }
    }
}

/// Few have not ended, and they have an index of their own.
fn of_status(status: Status) -> (&'static str, Value) {
    let condition = if status.end().is_some() {
        "ended_at IS NOT NULL AND status = ?"
    } else {
        "ended_at IS NULL AND status = ?"
    };
    (condition, text(status.name()))
}

fn before_deployment(id: &DeploymentId) -> (&'static str, Value) {
    ("accepted_seq < (SELECT accepted_seq FROM deployments WHERE id = ?)", text(id.as_str()))
}

fn text(text: &str) -> Value {
    Value::from(text.to_owned())
}
