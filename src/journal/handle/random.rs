//! Tokens and ids that nobody else draws.

use boathook_core::deployment::{DeploymentId, Token};

use crate::journal::StoreError;

/// A token that nobody can guess.
pub fn new_token() -> Result<Token, StoreError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)
        .map_err(|error| StoreError::failed("draw a random token", error))?;
    Ok(Token::from_random(random))
}

pub(in crate::journal) fn new_id() -> Result<DeploymentId, StoreError> {
    let mut random = [0; 20];
    getrandom::fill(&mut random).map_err(|error| StoreError::failed("draw a random id", error))?;
    Ok(DeploymentId::from_random(random))
}
