//! Pruning: removes ended deployments beyond an age or a number, a few at a time so that no write
//! waits long for the disk.
//!
//! Never pruned: young records, what a rollback would return to, what the audit log lacks, and
//! identities that could come again.

use std::{sync::Arc, time::Duration};

use boathook_core::deployment::{DeploymentId, Environment, ServiceKey};
use jiff::Timestamp;
use tokio::time::sleep;

use crate::journal::{Cutoff, Journal, StoreError, writer::commands::Prune};

/// Deployments that one transaction prunes.
const BATCH: u32 = 10;
/// The pause between two transactions, for other writes.
const PAUSE: Duration = Duration::from_millis(100);
/// The minimum age for pruning.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days to keep it after its end.
    pub keep_days: u32,
    /// The maximum number of ended deployments.
    pub keep_count: u32,
    /// How far a request's timestamp may be off: for twice as long, and a day at least, everything
    /// is kept.
    pub window: Duration,
}

impl Retention {
    fn cut(self, now: Timestamp) -> Cutoff {
        let Self { keep_days, keep_count, window } = self;
        let before = |age: Duration| now.saturating_sub(age).unwrap_or(Timestamp::MIN);
        let young = before(DAY.max(window.saturating_mul(2)));
        Cutoff {
            young,
            old: before(DAY.saturating_mul(keep_days.max(1))).min(young),
            count: keep_count,
        }
    }
}

impl Journal {
    /// Prunes deployments beyond the retention that the audit log has (up to the record `audited`);
    /// returns how many.
    pub async fn prune(&self, keep: Retention, audited: u64) -> Result<usize, StoreError> {
        let cut = keep.cut(self.now());
        let mut after = 0;
        let mut pruned = 0;
        loop {
            let found = self.read(move |store| store.prunable(&cut, after, BATCH)).await?;
            let Some(last) = found.last() else { return Ok(pruned) };
            after = last.accepted_seq;
            let mut these = Vec::new();
            for one in found.into_iter().filter(|one| one.ended_seq <= audited) {
                if !one.served
                    || !self.goes_back_to(one.environment, &one.service).await?.contains(&one.id)
                {
                    these.push(Arc::new(one));
                }
            }
            if !these.is_empty() {
                pruned += self.write_here(Prune(these)).await?;
            }
            sleep(PAUSE).await;
        }
    }

    /// What serves, how it came to serve, and what served before: everything that a rollback reads.
    async fn goes_back_to(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<Vec<DeploymentId>, StoreError> {
        let mut needed = Vec::new();
        let mut serving = self.last_success(environment, service).await?;
        while let Some(success) = serving.take() {
            if self.gone_back_to(&success.deployment).await?.is_none() {
                let before = self.success_before(environment, service, &success).await?;
                needed.extend(before.map(|before| before.deployment));
            }
            serving = self.brought_by(&success.deployment).await?;
            needed.push(success.deployment);
        }
        Ok(needed)
    }
}
