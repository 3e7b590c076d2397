//! Tokens, ids and names that nobody else draws.

use boathook_core::deployment::{DeploymentId, Token};

use crate::journal::StoreError;

/// A token that nobody can guess.
pub fn new_token() -> Result<Token, StoreError> {
    Ok(Token::from_random(random("draw a random token")?))
}

/// The id of a deployment, a lock or a withdrawal.
pub(in crate::journal) fn new_id() -> Result<DeploymentId, StoreError> {
    Ok(DeploymentId::from_random(random("draw a random id")?))
}

/// What a process or a request is known by in the database: 128 bits in hexadecimal.
pub(in crate::journal) fn new_name() -> Result<String, StoreError> {
    Ok(hex::encode(random::<16>("draw a random name")?))
}

fn random<const BYTES: usize>(operation: &'static str) -> Result<[u8; BYTES], StoreError> {
    let mut random = [0; BYTES];
    getrandom::fill(&mut random).map_err(|error| StoreError::failed(operation, error))?;
    Ok(random)
}
