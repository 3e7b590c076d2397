//! An error with its sources, as people read it.

use std::{error::Error, iter::successors};

/// An error with all its sources, in one line.
#[must_use]
pub fn error_chain(error: &dyn Error) -> String {
    successors(error.source(), |cause| (*cause).source())
        .fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
