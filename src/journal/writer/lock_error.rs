//! Why a lock was not set or not ended.

use std::sync::Arc;

use boathook_core::record::{Lock, Place};
use serde::{Deserialize, Serialize};

use crate::journal::StoreError;

/// The maximum number of locks at the same time.
pub(super) const LOCKS_MAX: usize = 200;

/// Why a lock was not set or not ended; nothing was changed.
#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize)]
pub enum LockError {
    #[error("{} is locked already {}: {}; end that lock first with `boathook unlock`", .0.place(), .0.terms(), .0.reason)]
    Already(Arc<Lock>),
    /// There is none.
    #[error("{0} is not locked; see `boathook locks`")]
    NotLocked(Place),
    /// There are too many locks.
    #[error("there are {LOCKS_MAX} locks already; end some with `boathook unlock`")]
    TooMany,
    /// The journal cannot be read or written.
    #[error(transparent)]
    #[serde(skip)]
    Store(#[from] StoreError),
}
