//! Names that nobody else draws.

use crate::journal::StoreError;

/// A new name: 128 random bits in hexadecimal.
pub(super) fn name() -> Result<String, StoreError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| StoreError::failed("draw a random name", error))?;
    Ok(hex::encode(random))
}
