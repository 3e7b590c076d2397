//! Following the whole journal: what is recorded after a position, then what comes.

use std::{future::pending, sync::Arc};

use boathook_core::{deployment::DeploymentId, record::Record};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::journal::{Journal, StoreError};

/// Records that are read at once.
const BATCH: u32 = 256;

/// Reads all records in order. Its holder advances it after handling them, so that what failed is
/// read again.
pub struct Follower {
    journal: Journal,
    /// The sequence of the last record that is handled.
    position: u64,
    changes: Changes,
}

/// Shows that something was recorded, and not what: the journal is read for that, so nothing is
/// lost where many records come at once.
pub struct Changes(Receiver<Arc<Record>>);

impl Journal {
    /// Follows the records with a sequence higher than `position`.
    #[must_use]
    pub fn follower(&self, position: u64) -> Follower {
        Follower { journal: self.clone(), position, changes: self.changes() }
    }

    /// The changes from now on. Subscribe first and read the journal then, so that nothing is
    /// missed.
    #[must_use]
    pub fn changes(&self) -> Changes {
        Changes(self.subscribe())
    }

    /// The same for who only asks what waits, what runs and what has ended: a deployment's progress
    /// wakes it in vain.
    #[must_use]
    pub fn milestones(&self) -> Changes {
        Changes(self.subscribe_to_milestones())
    }

    /// Wakes only for what operators ask of deployments.
    #[must_use]
    pub fn steering(&self) -> Changes {
        Changes(self.subscribe_to_steering())
    }
}

impl Follower {
    /// Whether so many records were all that there were.
    #[must_use]
    pub fn is_all(records: &[Arc<Record>]) -> bool {
        u32::try_from(records.len()).is_ok_and(|count| count < BATCH)
    }

    /// The sequence of the last record that is handled.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Everything up to this sequence is handled.
    pub const fn advance(&mut self, position: u64) {
        self.position = position;
    }

    /// The next records, a limited number; none at the end of the journal.
    pub async fn read(&self) -> Result<Vec<Arc<Record>>, StoreError> {
        self.journal.records_of_all(self.position, BATCH).await
    }

    /// The next records, as soon as there are some; may be dropped at any time.
    pub async fn next(&mut self) -> Result<Vec<Arc<Record>>, StoreError> {
        loop {
            let records = self.read().await?;
            if !records.is_empty() {
                return Ok(records);
            }
            self.changed().await;
        }
    }

    /// See [`Changes::next`].
    pub async fn changed(&mut self) {
        self.changes.next().await;
    }
}

impl Changes {
    /// Returns once something is recorded; may be dropped at any time. Read the journal after each
    /// return: what was recorded until then is not announced again.
    pub async fn next(&mut self) {
        match self.0.recv().await {
            Ok(_) | Err(RecvError::Lagged(_)) => self.0 = self.0.resubscribe(),
            // The program is ending.
            Err(RecvError::Closed) => pending().await,
        }
    }

    /// The same for who asks about one success: returns once something is recorded of it, or any
    /// deployment ends.
    pub async fn of(&mut self, id: &DeploymentId) {
        self.until(|record| record.deployment == *id || record.event.outcome().is_some()).await;
    }

    /// The same for who asks about some records: returns once one of them is recorded, or may have
    /// been.
    pub async fn until(&mut self, is_one: impl Fn(&Record) -> bool) {
        loop {
            match self.0.recv().await {
                Ok(record) if is_one(&record) => return,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => pending().await,
            }
        }
    }
}
