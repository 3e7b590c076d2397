//! Following one deployment: what is recorded already, then what comes, without gap or repeat.

use std::{collections::VecDeque, sync::Arc};

use boathook_core::{
    deployment::DeploymentId,
    record::Record,
    state::{Deployment, State},
};
use futures_util::{Stream, stream::unfold};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::journal::{Journal, StoreError};

impl Journal {
    /// The records of a deployment with a sequence higher than `after`: those on disk, then each
    /// new one, until the record is closed. Ends at once if there is nothing more to come, as for
    /// an unknown deployment, and after an error.
    pub fn follow_deployment(
        &self,
        id: &DeploymentId,
        after: u64,
    ) -> impl Stream<Item = Result<Record, StoreError>> + Send + use<> {
        // Subscribe before reading the disk, so that nothing is missed; the sequence shows which
        // events came twice.
        let records = self.subscribe();
        let follow = Follow {
            journal: self.clone(),
            id: id.clone(),
            after,
            records,
            read: VecDeque::new(),
            next: Next::ReadDisk,
        };
        unfold(follow, Follow::next)
    }

    /// Waits until the deployment has ended or its rollback has failed, and returns it; `None` if
    /// it is unknown.
    pub async fn settled(&self, id: &DeploymentId) -> Result<Option<Deployment>, StoreError> {
        let mut changes = self.milestones();
        loop {
            let now = self.deployment(id).await?;
            if now.as_ref().is_none_or(|deployment| deployment.state.status().is_settled()) {
                return Ok(now);
            }
            changes.until(|record| record.deployment == *id && record.event.may_settle()).await;
        }
    }
}

struct Follow {
    journal: Journal,
    id: DeploymentId,
    /// The sequence of the last record given out.
    after: u64,
    records: Receiver<Arc<Record>>,
    read: VecDeque<Record>,
    next: Next,
}

/// What to do once nothing read is left.
enum Next {
    ReadDisk,
    Listen,
    Outcome,
}

impl Follow {
    async fn next(mut self) -> Option<(Result<Record, StoreError>, Self)> {
        loop {
            if let Some(record) = self.read.pop_front() {
                return Some((Ok(self.give(record)), self));
            }
            match self.next {
                Next::ReadDisk => {
                    if let Err(error) = self.read_disk().await {
                        self.next = Next::Outcome;
                        return Some((Err(error), self));
                    }
                }
                Next::Listen => self.listen().await,
                Next::Outcome => return None,
            }
        }
    }

    fn give(&mut self, record: Record) -> Record {
        self.after = record.sequence;
        if record.event.outcome().is_some() {
            self.next = Next::Outcome;
        }
        record
    }

    /// Asking whether it is live comes first: what was not live before the reading has all its
    /// records on disk. A follower may not know of it yet, and will: there the disk says whether it is.
    async fn read_disk(&mut self) -> Result<(), StoreError> {
        let follows = !self.journal.leads();
        let mut is_live = self.journal.is_live(&self.id);
        if !is_live && follows {
            let on_disk = self.journal.deployment(&self.id).await?;
            is_live = on_disk.is_some_and(|one| !matches!(one.state, State::Ended(_)));
        }
        self.next = if is_live { Next::Listen } else { Next::Outcome };
        self.read = self.journal.records(&self.id, self.after).await?.into();
        Ok(())
    }

    async fn listen(&mut self) {
        match self.records.recv().await {
            Ok(record) if record.deployment == self.id && record.sequence > self.after => {
                self.read.push_back(Record::clone(&record))
            }
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => self.next = Next::ReadDisk,
            Err(RecvError::Closed) => self.next = Next::Outcome,
        }
    }
}
