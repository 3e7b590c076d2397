//! Why this boathook leads no longer, or cannot begin to.

use std::{io, time::Duration};

use crate::journal::{PostgresError, StoreError};

/// Why this boathook leads no longer, or cannot begin to. It ends, and follows once it is started
/// again.
#[derive(Debug, thiserror::Error)]
pub enum LostLead {
    /// The database did not confirm the lease in time.
    #[error(
        "the database has not confirmed for {} s that this boathook leads; another one may lead soon",
        within.as_secs()
    )]
    NotRenewed {
        /// How long it went without.
        within: Duration,
    },
    /// The database says so.
    #[error("this boathook does not lead any more")]
    Ended(#[source] StoreError),
    /// What was recorded before cannot be read.
    #[error("failed to read the record that this boathook is to lead")]
    Unread(#[source] StoreError),
    /// It can neither lead nor follow.
    #[error(transparent)]
    Unfit(StoreError),
    /// The thread that watches over the lease cannot be started.
    #[error("failed to start the thread that watches over the lease")]
    Thread(#[source] io::Error),
}

impl LostLead {
    /// Whether an error says that another boathook leads, or must.
    pub(super) const fn is_final(error: &StoreError) -> bool {
        matches!(
            error,
            StoreError::Follows
                | StoreError::Postgres(
                    PostgresError::Deposed { .. }
                        | PostgresError::Unread { .. }
                        | PostgresError::Newer { .. }
                        | PostgresError::SetAside { .. }
                )
        )
    }
}
