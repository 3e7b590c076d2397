//! The environment that an operator names: a configured one by its name or an alias, or one whose
//! file is gone, as long as there is a record of it.

use std::iter;

use boathook_core::deployment::Environment;

use crate::{
    journal::{Filter, StoreError},
    server::{ApiError, OperatorState},
};

/// The environment of this name.
pub async fn named(name: &str, operators: &OperatorState) -> Result<Environment, ApiError> {
    let unknown = match operators.environments().find(name) {
        Ok(environment) => return Ok(environment),
        Err(unknown) => unknown,
    };
    match Environment::of(name) {
        Some(gone) if is_on_record(gone, operators).await? => Ok(gone),
        _ => Err(ApiError::Malformed(unknown.to_string())),
    }
}

/// The same where a name is given.
pub async fn named_if_given(
    name: Option<&str>,
    operators: &OperatorState,
) -> Result<Option<Environment>, ApiError> {
    match name {
        Some(name) => Ok(Some(named(name, operators).await?)),
        None => Ok(None),
    }
}

/// The environment that a lock or a hold is on: the one of exactly this name, if there is one on
/// it, though the name may mean another environment by now.
pub async fn named_in_record(
    name: &str,
    is_there: impl Fn(Environment) -> bool,
    operators: &OperatorState,
) -> Result<Environment, ApiError> {
    match Environment::of(name).filter(|exact| is_there(*exact)) {
        Some(exact) => Ok(exact),
        None => named(name, operators).await,
    }
}

/// The environments that a name may mean in the record: the one that it means now, and the one that
/// had this name before. Without a name all are meant.
pub async fn listed(
    name: Option<&str>,
    operators: &OperatorState,
) -> Result<Vec<Environment>, ApiError> {
    let Some(name) = name else { return Ok(Vec::new()) };
    let meant = named(name, operators).await?;
    let before = Environment::of(name).filter(|before| *before != meant);
    Ok(iter::once(meant).chain(before).collect())
}

/// Of what may be meant, that of the first environment which has any.
pub fn first<T>(
    mut found: Vec<T>,
    environments: &[Environment],
    of: impl Fn(&T) -> Environment,
) -> Vec<T> {
    let first = environments.iter().find(|wanted| found.iter().any(|one| of(one) == **wanted));
    found.retain(|one| first.is_none_or(|first| of(one) == *first));
    found
}

async fn is_on_record(gone: Environment, operators: &OperatorState) -> Result<bool, StoreError> {
    let journal = &operators.journal;
    let filter = Filter { environments: vec![gone], limit: 1, ..Filter::default() };
    Ok(journal.locks().iter().any(|lock| lock.environment == gone)
        || !journal.list(&filter).await?.is_empty())
}
