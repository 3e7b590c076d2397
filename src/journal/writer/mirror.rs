//! What a follower knows: it reads what the leader wrote, and shows and reports it as if it had
//! written it itself.

use std::sync::Arc;

use boathook_core::{deployment::error_chain, record::Record};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tracing::warn;

use crate::journal::{
    StoreError, StoreReader,
    locked::locked,
    writer::{
        active_deployments::ActiveDeployments,
        shared::{Role, Shared},
    },
};

/// Records that are read at once.
const READ_MAX: u32 = 256;
/// Records that are younger than this are never pruned: a day is the least.
const SURELY_KEPT: SignedDuration = SignedDuration::from_hours(12);

impl Shared {
    /// Takes in what the leader has written. Blocks.
    pub(in crate::journal) fn catch_up(&self) -> Result<(), StoreError> {
        let mut is_stale = locked(&self.is_stale);
        let begun = Instant::now();
        while self.role() == Role::Follows {
            let before = self.live();
            let records = self.next_records(before.last)?;
            if records.is_empty() && !*is_stale {
                self.forget_old();
                self.note_polled(begun);
                break;
            }
            if *is_stale || !follow_on(before.last, &records) {
                self.read_anew(&mut is_stale)?;
                continue;
            }
            match ActiveDeployments::clone(&before).after(&*self.store, &records) {
                Ok(live) => self.publish(live, records, false),
                Err(StoreError::Broken { id, source }) => {
                    let reason = error_chain(&source);
                    warn!(deployment.id = %id, reason, "A record does not follow on what this boathook knows; it reads the record anew");
                    self.read_anew(&mut is_stale)?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// From now on this process writes the record; nobody else does any more. Says whether it did not
    /// before. Blocks.
    pub(in crate::journal) fn lead(&self) -> Result<bool, StoreError> {
        let mut is_stale = locked(&self.is_stale);
        let begins = self.role() == Role::Follows;
        if begins {
            self.read_anew(&mut is_stale)?;
            self.begin_to_lead();
        }
        Ok(begins)
    }

    /// Reads what has not ended, and reports the records that this process has not seen. What is in
    /// memory is stale until the last of them was reported, also if reading fails in between.
    fn read_anew(&self, is_stale: &mut bool) -> Result<(), StoreError> {
        *is_stale = true;
        let live = ActiveDeployments::read(&*self.store)?;
        loop {
            let before = self.live();
            let mut records = self.next_records(before.last)?;
            records.retain(|record| record.sequence <= live.last);
            let Some(last) = records.last().map(|record| record.sequence) else { break };
            let mut meanwhile = ActiveDeployments::clone(&before);
            meanwhile.last = last;
            self.publish(meanwhile, records, false);
        }
        self.publish(live, Vec::new(), false);
        *is_stale = false;
        Ok(())
    }

    fn next_records(&self, after: u64) -> Result<Vec<Arc<Record>>, StoreError> {
        let store: &dyn StoreReader = &*self.store;
        let records = store.records_of_all(after, READ_MAX)?;
        Ok(records.into_iter().map(Arc::new).collect())
    }

    /// The leader prunes without a word.
    fn forget_old(&self) {
        let young = self.clock.now().saturating_sub(SURELY_KEPT).unwrap_or(Timestamp::MIN);
        self.forget_recent(|record| record.at < young);
    }
}

/// Whether none is missing: only what was pruned can be.
fn follow_on(last: u64, records: &[Arc<Record>]) -> bool {
    records.last().is_some_and(|newest| newest.sequence - last == records.len() as u64)
}
