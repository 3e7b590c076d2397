//! Why a success that turned bad is not rolled back.

use std::sync::Arc;

use boathook_core::record::Lock;

use crate::journal::StoreError;

/// Why there is no rollback; nothing was recorded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WatchRollbackError {
    #[error("the watch is over")]
    Over,
    #[error("{} is locked", .0.place())]
    Locked(Arc<Lock>),
    #[error("{0}")]
    NothingToRollBackTo(String),
    /// The journal cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}
