//! The observers that every boathook has, also one that follows: the audit log and the metrics, with
//! what others tell them.

use boathook_core::clock::Clock;
use tokio::sync::watch;

use crate::{
    config::Config,
    journal::Journal,
    observers::{
        audit::{self, Auditor, Refusals},
        metrics::{Counters, Leadership, Metrics, Sources},
    },
};

/// The audit log and the metrics, and what feeds them.
pub(super) struct Observers {
    pub refusals: Refusals,
    pub auditor: Auditor,
    /// The last record that the audit log has on disk.
    pub audited: watch::Receiver<u64>,
    pub counters: Counters,
    pub leadership: Leadership,
    pub metrics: Metrics,
}

impl Observers {
    /// They count from now on; `is_shared` is whether others share the record.
    pub(super) fn of(config: &Config, journal: &Journal, clock: &Clock, is_shared: bool) -> Self {
        let directory = &config.state.directory;
        let leadership = if is_shared { Leadership::among_others() } else { Leadership::alone() };
        let (refusals, refused) = Refusals::channel();
        let folder = directory.join(audit::FOLDER);
        let auditor = Auditor::new(journal.clone(), clock.clone(), folder, config.audit, refused);
        let audited = auditor.audited();
        let counters = Counters::default();
        let sources = Sources {
            counters: counters.clone(),
            leadership: leadership.clone(),
            audited: audited.clone(),
            state: directory.clone(),
        };
        let metrics = Metrics::new(journal.clone(), sources, clock.now());
        Self { refusals, auditor, audited, counters, leadership, metrics }
    }
}
