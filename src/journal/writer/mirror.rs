//! What a follower knows: it reads what the leader wrote, and shows and reports it as if it had
//! written it itself.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use boathook_core::{deployment::error_chain, record::Record};
use jiff::{SignedDuration, Timestamp};
use tokio::{
    task::spawn_blocking,
    time::{Instant, timeout},
};
use tracing::{info, warn};

use crate::journal::{
    Notices, StoreError,
    writer::{
        active_deployments::ActiveDeployments,
        shared::{Role, Shared, locked},
    },
};

/// How often a follower looks for records that nobody announced.
const INTERVAL: Duration = Duration::from_secs(1);
/// Records that are read at once.
const READ_MAX: u32 = 256;
/// Records that are younger than this are never pruned: a day is the least.
const SURELY_KEPT: SignedDuration = SignedDuration::from_hours(12);

/// Follows the leader until this boathook leads itself, or its journal is dropped.
pub(in crate::journal) fn begin(shared: &Arc<Shared>) {
    let notices = shared.store.notices();
    tokio::spawn(run(Arc::downgrade(shared), notices));
}

async fn run(shared: Weak<Shared>, mut notices: Option<Notices>) {
    let mut failed = false;
    loop {
        // The journal is closed when its last handle is dropped: this task holds none while it waits.
        let Some(shared) = shared.upgrade() else { return };
        let looked = spawn_blocking(move || {
            let looked = shared.catch_up();
            (looked, shared.role())
        });
        match looked.await {
            Ok((_, Role::Leads)) => return,
            Ok((Ok(()), Role::Follows)) => {
                if failed {
                    info!("The record can be read again; this boathook follows it");
                }
                failed = false;
            }
            Ok((Err(error), Role::Follows)) => {
                if !failed {
                    warn!(
                        reason = error_chain(&error),
                        "The record cannot be read; what this boathook shows is as old as that"
                    );
                }
                failed = true;
            }
            // It panicked, which is logged; the next look begins anew.
            Err(_panicked) => {}
        }
        let announced = async {
            match &mut notices {
                Some(notices) => notices.records().await,
                None => std::future::pending().await,
            }
        };
        let _ = timeout(INTERVAL, announced).await;
    }
}

impl Shared {
    /// Takes in what the leader has written. Blocks.
    pub(in crate::journal) fn catch_up(&self) -> Result<(), StoreError> {
        let _turn = locked(&self.mirroring);
        let begun = Instant::now();
        while self.role() == Role::Follows {
            let before = self.live();
            let records = self.next_records(before.last)?;
            if records.is_empty() {
                self.forget_old();
                self.note_look(begun);
                break;
            }
            let before = ActiveDeployments::clone(&before);
            match before.after(&*self.store, &records) {
                Ok(live) => self.publish(live, records, false),
                Err(StoreError::Broken { id, source }) => {
                    let reason = error_chain(&source);
                    warn!(deployment.id = %id, reason, "A record does not follow on what this boathook knows; it reads the record anew");
                    self.read_anew()?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// From now on this process writes the record; nobody else does any more. Blocks.
    pub(in crate::journal) fn lead(&self) -> Result<(), StoreError> {
        let _turn = locked(&self.mirroring);
        if self.role() == Role::Follows {
            self.read_anew()?;
            self.begin_to_lead();
        }
        Ok(())
    }

    /// Reads what has not ended, and reports the records that this process has not seen.
    fn read_anew(&self) -> Result<(), StoreError> {
        let mut after = self.live().last;
        let live = ActiveDeployments::read(&*self.store)?;
        loop {
            let mut records = self.next_records(after)?;
            records.retain(|record| record.sequence <= live.last);
            let last = records.last().map(|record| record.sequence);
            self.publish(live.clone(), records, false);
            let Some(last) = last else { return Ok(()) };
            after = last;
        }
    }

    fn next_records(&self, after: u64) -> Result<Vec<Arc<Record>>, StoreError> {
        let records = self.store.records_of_all(after, READ_MAX)?;
        Ok(records.into_iter().map(Arc::new).collect())
    }

    /// The leader prunes without a word.
    fn forget_old(&self) {
        let young = self.clock.now().saturating_sub(SURELY_KEPT).unwrap_or(Timestamp::MIN);
        self.forget_recent(|record| record.at < young);
    }
}
