//! Records what happens, without secrets. While the journal cannot be written, the deployment
//! waits.
//!
//! What announces an action is on disk before the action begins. What only tells of something that
//! has happened goes to the disk with the next such event, or soon by itself.

use std::{error::Error, sync::Arc, time::Duration};

use boathook_core::{clock::Clock, deployment::DeploymentId, rate::Backoff, record::Event};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::{
    engine::{Engine, redacted::redacted},
    journal::{AppendError, DatedEvent, FollowUp, Journal},
    redact::Redactor,
};

/// Pauses while it cannot be written.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
/// How long an event waits for another to be written with: as long as a change of traffic takes,
/// so that the end of a program is written with the end of its step.
const COMPANY: Duration = Duration::from_millis(500);
/// Events that may wait for the disk; who has more, waits too.
const WAITING_MAX: usize = 64;

/// Appends the events of one deployment, in the order in which they are given.
#[derive(Clone)]
pub(super) struct Recorder {
    redactor: Redactor,
    clock: Clock,
    entries: mpsc::UnboundedSender<Entry>,
    room: Arc<Semaphore>,
}

/// Writes what a recorder is given, for as long as it is run.
pub(super) struct RecordWriter {
    journal: Journal,
    id: DeploymentId,
    stop: CancellationToken,
    entries: mpsc::UnboundedReceiver<Entry>,
    /// The first event that was not recorded. Nothing is after it: the record has no holes.
    failed: Option<NotRecorded>,
}

/// One event, or none where what was given before is only to be written.
struct Entry {
    event: Option<DatedEvent>,
    /// What follows on it, if it is known what.
    next: Option<FollowUp>,
    /// Who waits for the disk, and learns whether something followed.
    written: Option<oneshot::Sender<Result<bool, NotRecorded>>>,
    permit: Option<OwnedSemaphorePermit>,
}

/// The event was not recorded because boathook is stopping or has a bug; the next start continues.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the journal refused `{event}`")]
pub(super) struct NotRecorded {
    event: &'static str,
}

impl Recorder {
    /// A recorder, and what writes for it.
    pub(super) fn new(
        engine: &Engine,
        id: &DeploymentId,
        stop: &CancellationToken,
    ) -> (Self, RecordWriter) {
        let Engine { journal, redactor, clock, .. } = engine;
        let (sender, entries) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(WAITING_MAX));
        let writer = RecordWriter {
            journal: journal.clone(),
            id: id.clone(),
            stop: stop.clone(),
            entries,
            failed: None,
        };
        let recorder =
            Self { redactor: redactor.clone(), clock: clock.clone(), entries: sender, room };
        (recorder, writer)
    }

    /// Returns once the event is on disk, and all that were given before it. It waits for a disk
    /// that is full or missing.
    pub(super) async fn record(&self, event: impl Into<Event>) -> Result<(), NotRecorded> {
        self.written(Some(self.redacted(event)), None).await.map(drop)
    }

    /// The same, with the event that `next` makes of the state after it, in one commit. Returns
    /// whether there was one.
    pub(super) async fn record_with_next(
        &self,
        event: impl Into<Event>,
        next: FollowUp,
    ) -> Result<bool, NotRecorded> {
        self.written(Some(self.redacted(event)), Some(next)).await
    }

    /// Takes an event that announces nothing: it is on disk before any that is recorded later.
    pub(super) async fn add(&self, event: impl Into<Event>) {
        let permit = Arc::clone(&self.room).acquire_owned().await.ok();
        self.send(Entry { event: Some(self.redacted(event)), next: None, written: None, permit });
    }

    /// The same where nobody can wait.
    pub(super) fn add_at_once(&self, event: impl Into<Event>) {
        self.send(Entry {
            event: Some(self.redacted(event)),
            next: None,
            written: None,
            permit: None,
        });
    }

    /// Returns once everything is on disk.
    pub(super) async fn flush(&self) -> Result<(), NotRecorded> {
        self.written(None, None).await.map(drop)
    }

    async fn written(
        &self,
        event: Option<DatedEvent>,
        next: Option<FollowUp>,
    ) -> Result<bool, NotRecorded> {
        let not_recorded = NotRecorded { event: event.as_ref().map_or("", |one| one.event.name()) };
        let (written, answer) = oneshot::channel();
        self.send(Entry { event, next, written: Some(written), permit: None });
        answer.await.unwrap_or(Err(not_recorded))
    }

    fn redacted(&self, event: impl Into<Event>) -> DatedEvent {
        DatedEvent { at: self.clock.now(), event: redacted(event.into(), &self.redactor) }
    }

    /// The receiver is gone only with the deployment's executor; the next start repeats the step.
    fn send(&self, entry: Entry) {
        let _ = self.entries.send(entry);
    }
}

impl RecordWriter {
    /// Writes until no recorder is left.
    pub(super) async fn run(mut self) {
        while let Some(first) = self.entries.recv().await {
            let until = Instant::now() + COMPANY;
            let mut entries = vec![first];
            while entries.len() < WAITING_MAX
                && entries.last().is_some_and(|last| last.written.is_none())
                && let Ok(Some(entry)) = timeout_at(until, self.entries.recv()).await
            {
                entries.push(entry);
            }
            self.write(entries).await;
        }
    }

    async fn write(&mut self, entries: Vec<Entry>) {
        let mut events = Vec::new();
        let mut followed_by = None;
        let mut waiting = None;
        let mut permits = Vec::new();
        for Entry { event, next, written, permit } in entries {
            events.extend(event);
            followed_by = next;
            waiting = written;
            permits.extend(permit);
        }
        let result = match &self.failed {
            Some(failed) => Err(failed.clone()),
            None => self.append(events, followed_by).await,
        };
        self.failed = result.as_ref().err().cloned();
        // Who no longer waits needs no answer.
        let _ = waiting.map(|waiting| waiting.send(result));
    }

    /// Whether something followed.
    async fn append(
        &self,
        events: Vec<DatedEvent>,
        next: Option<FollowUp>,
    ) -> Result<bool, NotRecorded> {
        let Some(last) = events.last().map(|last| last.event.name()) else { return Ok(false) };
        let mut backoff = BACKOFF;
        loop {
            match self.journal.append_all(&self.id, events.clone(), next).await {
                Ok(records) => return Ok(records.len() > events.len()),
                Err(AppendError::Store(source)) => {
                    warn!(deployment.id = %self.id, event = last, error = &source as &dyn Error, "The journal cannot be written; waiting until it can");
                }
                Err(refused) => {
                    error!(deployment.id = %self.id, event = last, error = &refused as &dyn Error, "The journal refused an event");
                    return Err(NotRecorded { event: last });
                }
            }
            tokio::select! {
                () = self.stop.cancelled() => return Err(NotRecorded { event: last }),
                () = tokio::time::sleep(backoff.pause()) => {}
            }
        }
    }
}
