//! The SQL behind a list. It has conditions only for the given fields, so that an index applies
//! however long the history is.

use boathook_core::{
    deployment::{DeploymentId, Environment},
    record::Status,
};

use crate::journal::{
    Filter,
    store::statement::{Statement, Value},
};

/// Whether a word in lower case occurs in what a list shows of a deployment. No index helps; the
/// journal keeps as many deployments as `state.keep_count` says.
const HAS_WORD: &str = "instr(lower(id || ' ' || deployment_id || ' ' || environment || ' ' || namespace || '/' || service || ' ' \
                        || image || ' ' || status || ' ' || coalesce(reason, '')), ?) > 0";

/// The deployments that match the filter, newest first. A page after an unknown deployment is
/// empty.
pub(super) fn of(filter: &Filter) -> Statement<'_> {
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
        namespace.as_ref().map(|namespace| ("namespace = ?", namespace.as_str().into())),
        service.as_ref().map(|service| ("service = ?", service.as_str().into())),
        deployment_id.as_ref().map(|id| ("deployment_id = ?", id.as_str().into())),
        status.map(of_status),
        paused.then(|| ("ended_at IS NULL AND status <> ?", Status::Queued.name().into())),
        unacknowledged.then(|| ("unacknowledged AND ?", true.into())),
        before.as_ref().map(before_deployment),
    ];
    let words = words.iter().map(|word| (HAS_WORD, searched(word).into()));
    let mut sql = String::from("SELECT * FROM deployments");
    let mut values = Vec::new();
    for (condition, value) in conditions.into_iter().flatten().chain(words) {
        sql.push_str(if values.is_empty() { " WHERE " } else { " AND " });
        values.push(value);
        sql.push_str(&condition.replace('?', &format!("?{}", values.len())));
    }
    values.push((*limit).into());
    sql.push_str(&format!(" ORDER BY accepted_seq DESC LIMIT ?{}", values.len()));
    Statement { sql: sql.into(), values, must_change_one: false }
}

/// In lower case; no text has a NUL, which PostgreSQL refuses.
fn searched(word: &str) -> String {
    word.to_ascii_lowercase().replace('\0', "\u{fffd}")
}

/// An index is in the right order for one of them only.
fn to_environments(environments: &[Environment]) -> Option<(&'static str, Value<'_>)> {
    match environments {
        [] => None,
        [one] => Some(("environment = ?", one.name().into())),
        several => {
            let names = several.iter().map(|one| one.name()).collect::<Vec<_>>().join(" ");
            // A name has no spaces.
            Some(("instr(' ' || ? || ' ', ' ' || environment || ' ') > 0", names.into()))
        }
    }
}

/// Few have not ended, and they have an index of their own.
fn of_status(status: Status) -> (&'static str, Value<'static>) {
    let condition = if status.end().is_some() {
        "ended_at IS NOT NULL AND status = ?"
    } else {
        "ended_at IS NULL AND status = ?"
    };
    (condition, status.name().into())
}

fn before_deployment(id: &DeploymentId) -> (&'static str, Value<'_>) {
    ("accepted_seq < (SELECT accepted_seq FROM deployments WHERE id = ?)", id.as_str().into())
}
