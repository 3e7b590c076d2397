//! Follows the journal and writes its records to the audit log. If a write fails, it retries from
//! the same record.

use std::{error::Error, path::PathBuf, sync::Arc, time::Duration};

use boathook_core::{clock::Clock, rate::Backoff, record::Record};
use jiff::Timestamp;
use tokio::{sync::watch, task::spawn_blocking};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    config::Audit,
    journal::{Follower, Journal},
    observers::audit::{
        RefusalQueue, entry::Entry, error::AuditError, log::AuditLog, recover::Opened,
    },
};

/// Records that arrive within this time are written together.
const TOGETHER: Duration = Duration::from_secs(1);
/// Pauses while it cannot be written.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(60));

/// The observer that writes the audit log.
pub struct Auditor {
    journal: Journal,
    clock: Clock,
    directory: PathBuf,
    limits: Audit,
    refusals: RefusalQueue,
    /// Entries that are not in the journal, and may not be on disk yet.
    pending: Vec<Entry>,
    /// The last line before them, once a log was opened.
    before: Option<u64>,
    /// The end of the journal at the start of the program, until it was compared with the log.
    began: Option<u64>,
    backoff: Backoff,
    /// Whether the last try to write failed.
    failing: bool,
    /// The last record that has its line on disk.
    audited: watch::Sender<u64>,
}

impl Auditor {
    /// An auditor for the log in `directory`; create it before anything new is accepted.
    #[must_use]
    pub fn new(
        journal: Journal,
        clock: Clock,
        directory: PathBuf,
        limits: Audit,
        refusals: RefusalQueue,
    ) -> Self {
        let began = Some(journal.last_sequence());
        Self {
            journal,
            clock,
            directory,
            limits,
            refusals,
            pending: Vec::new(),
            before: None,
            began,
            backoff: BACKOFF,
            failing: false,
            audited: watch::Sender::new(0),
        }
    }

    /// Publishes the last record that the log has on disk; 0 until that is known.
    #[must_use]
    pub fn audited(&self) -> watch::Receiver<u64> {
        self.audited.subscribe()
    }

    /// Writes the missing lines, then new ones, until it is stopped.
    pub async fn run(mut self, stop: CancellationToken) {
        while let Err(problem) = self.follow(&stop).await {
            self.failing = true;
            let pause = self.backoff.pause();
            error!(
                error = &problem as &dyn Error,
                again_in_s = pause.as_secs_f32(),
                "The audit log in {} cannot be written; deployments go on, and the log goes on from the record once it can",
                self.directory.display()
            );
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn follow(&mut self, stop: &CancellationToken) -> Result<(), AuditError> {
        let mut log = self.open().await?;
        let mut follower = self.journal.follower(log.sequence());
        loop {
            let last = stop.is_cancelled();
            log = self.catch_up(log, &mut follower, last).await?;
            self.backoff.reset();
            if std::mem::take(&mut self.failing) {
                info!("The audit log is written again, and has every record");
            }
            if last {
                return Ok(());
            }
            self.wait(&mut follower, stop).await;
        }
    }

    /// Waits for something to write, and a little longer: the journal has it already, and many
    /// lines take the disk no longer than one.
    async fn wait(&mut self, follower: &mut Follower, stop: &CancellationToken) {
        let something = async {
            tokio::select! {
                () = follower.changed() => {}
                () = self.refusals.ready() => {}
            }
            tokio::time::sleep(TOGETHER).await;
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = something => {}
        }
    }

    /// Opens the log; lines left pending by an earlier try are written first, except those that
    /// turn out to be on disk.
    async fn open(&mut self) -> Result<AuditLog, AuditError> {
        let directory = self.directory.clone();
        let limits = self.limits;
        let Opened { log, repaired } = blocking(move || AuditLog::open(&directory, limits)).await?;
        let written = log.number().saturating_sub(self.before.unwrap_or(log.number()));
        self.pending
            .drain(..self.pending.len().min(usize::try_from(written).unwrap_or(usize::MAX)));
        let now = self.clock.now();
        for reason in repaired {
            warn!("The audit log was repaired: {reason}");
            self.pending.push(Entry::repaired(now, reason));
        }
        if let Some(began) = self.began.take() {
            self.pending.extend(compared(&log, began, now));
        }
        self.append(log, &[]).await
    }

    /// Writes everything that the journal and the refusals have by now.
    async fn catch_up(
        &mut self,
        mut log: AuditLog,
        follower: &mut Follower,
        last: bool,
    ) -> Result<AuditLog, AuditError> {
        loop {
            let records = follower.read().await?;
            self.pending.extend(self.refusals.take(self.clock.now(), last));
            if records.is_empty() && self.pending.is_empty() {
                return Ok(log);
            }
            log = self.append(log, &records).await?;
            follower.advance(log.sequence());
            if Follower::is_all(&records) {
                return Ok(log);
            }
        }
    }

    async fn append(
        &mut self,
        log: AuditLog,
        records: &[Arc<Record>],
    ) -> Result<AuditLog, AuditError> {
        self.before = Some(log.number());
        let entries = self
            .pending
            .iter()
            .cloned()
            .chain(records.iter().map(|record| Entry::of_record(record)))
            .collect::<Vec<_>>();
        let log = blocking(move || log.append(&entries)).await?;
        self.before = Some(log.number());
        self.audited.send_replace(log.sequence());
        self.pending.clear();
        Ok(log)
    }
}

/// The message about a log and a journal that do not match.
fn compared(log: &AuditLog, journal: u64, now: Timestamp) -> Option<Entry> {
    if log.number() == 0 && journal > 0 {
        warn!(
            journal.sequence = journal,
            "The audit log is empty, but the journal has records: rebuilding the log from them"
        );
        return Some(Entry::restarted(now, journal));
    }
    (journal < log.sequence()).then(|| {
        warn!(
            audit.sequence = log.sequence(),
            journal.sequence = journal,
            "The journal is another one than the audit log was written from"
        );
        Entry::journal_replaced(now, log.sequence(), journal)
    })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AuditError> + Send + 'static,
) -> Result<T, AuditError> {
    spawn_blocking(work).await.unwrap_or(Err(AuditError::Stopped))
}
