//! The environment that an operator names: a configured one by its name or an alias, or one whose
//! file is gone, as long as there is a record of it.

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

async fn is_on_record(gone: Environment, operators: &OperatorState) -> Result<bool, StoreError> {
    let journal = &operators.journal;
    let filter = Filter { environment: Some(gone), limit: 1, ..Filter::default() };
    Ok(journal.locks().iter().any(|lock| lock.environment == gone)
        || !journal.list(&filter).await?.is_empty())
}
