//! Sends one receiver its notifications: in order, at least once, for an hour. No deployment waits
//! for it.

use std::{convert::Infallible, error::Error, sync::Arc, time::Duration};

use boathook_core::{clock::Clock, deployment::error_chain, rate::Backoff};
use jiff::SignedDuration;
use tracing::{error, info, warn};

use crate::{
    config::{NotifyOn, Receiver, WATCH_BAD},
    journal::{Follower, Journal, StoreError},
    observers::{
        cursor::Cursor,
        notify::{
            DeliveryCounters, DeliveryResponse, Notification, Outcome, Transport,
            follow::StatusTracker, status_change::StatusChange,
        },
    },
};

/// Older ones are dropped: they are no longer useful, and would flood a receiver that recovers.
const STALE_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// The position is also saved after this many records without a notification.
const UNWRITTEN_MAX: u64 = 1024;
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), LONGEST_PAUSE);
/// No pause is longer, whatever the receiver asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// The interval of retries if the journal cannot be read.
const JOURNAL_PAUSE: Duration = Duration::from_secs(10);

/// The task that notifies one receiver.
pub(super) struct DeliveryTask {
    pub(super) receiver: Receiver,
    pub(super) journal: Journal,
    pub(super) clock: Clock,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) counters: DeliveryCounters,
    pub(super) cursor: Cursor,
    /// Where a new receiver begins.
    pub(super) began: u64,
}

/// How far along the journal it is.
struct Position {
    follower: Follower,
    tracker: StatusTracker,
    written: u64,
}

impl DeliveryTask {
    /// Sends notifications for ever.
    pub(super) async fn run(self) -> Infallible {
        // A series that begins with its first event would hide it.
        [Outcome::Delivered, Outcome::Failed, Outcome::Dropped]
            .into_iter()
            .for_each(|outcome| self.counters.add(self.name(), outcome, 0));
        let mut position = self.begin().await;
        loop {
            if let Err(problem) = self.notify(&mut position).await {
                warn!(
                    error = &problem as &dyn Error,
                    notify.receiver = self.name(),
                    "Notifications wait for the journal"
                );
                tokio::time::sleep(JOURNAL_PAUSE).await;
            }
        }
    }

    /// The saved position; a new receiver begins now, and so does one with a position in another
    /// journal.
    async fn begin(&self) -> Position {
        let known = self.cursor.read().await.unwrap_or_else(|problem| {
            warn!(
                error = &problem as &dyn Error,
                notify.receiver = self.name(),
                "The position of {} is unknown; it begins now",
                self.name()
            );
            None
        });
        let read =
            known.filter(|place| *place <= self.journal.last_sequence()).unwrap_or(self.began);
        let mut position = Position {
            follower: self.journal.follower(read),
            tracker: StatusTracker::new(self.journal.clone()),
            written: read,
        };
        if known != Some(read) {
            self.write_down(&mut position).await;
        }
        position
    }

    /// Sends notifications for the next records, once there are some.
    async fn notify(&self, position: &mut Position) -> Result<(), StoreError> {
        let records = position.follower.next().await?;
        let mut stale = 0;
        for record in &records {
            let change = position.tracker.change(record).await?.filter(|change| self.wants(change));
            position.follower.advance(record.sequence);
            match change {
                Some(change) if self.is_stale(&change) => stale += 1,
                Some(change) => {
                    self.deliver(&change).await;
                    self.write_down(position).await;
                }
                None => {}
            }
        }
        self.log_dropped(stale);
        if stale > 0 || position.follower.position() - position.written > UNWRITTEN_MAX {
            self.write_down(position).await;
        }
        Ok(())
    }

    fn wants(&self, change: &StatusChange) -> bool {
        let config = &self.receiver.config;
        let here = config.environments.is_empty()
            || config.environments.contains(&change.summary.environment);
        // An override is everyone's business.
        let what = match change.bad_watch {
            Some(_) => NotifyOn::WatchBad,
            None => NotifyOn::Status(change.summary.status),
        };
        here && (change.overridden.is_some() || config.events.contains(&what))
    }

    fn is_stale(&self, change: &StatusChange) -> bool {
        self.clock.now().duration_since(change.at) > STALE_AFTER
    }

    /// Retries until the receiver has it, permanently refuses it, or it is too old.
    async fn deliver(&self, change: &StatusChange) {
        let mut backoff = BACKOFF;
        while !self.is_stale(change) {
            let (wait, problem) = match self
                .transport
                .send(Notification::of(change, &self.receiver, self.clock.now()))
                .await
            {
                Ok(DeliveryResponse { status: 200..=299, .. }) => return self.delivered(change),
                Ok(DeliveryResponse { status, retry_after }) if is_passing(status) => {
                    (retry_after.unwrap_or_default(), format!("it answered {status}"))
                }
                Ok(DeliveryResponse { status, .. }) => return self.refused(change, status),
                Err(error) => (Duration::ZERO, error_chain(&error)),
            };
            self.counters.add(self.name(), Outcome::Failed, 1);
            if backoff.failures() == 0 {
                warn!(
                    notify.receiver = self.name(),
                    problem,
                    "Failed to notify {}; retrying for an hour",
                    self.name()
                );
            }
            tokio::time::sleep(backoff.pause().max(wait).min(LONGEST_PAUSE)).await;
        }
        self.log_dropped(1);
    }

    fn delivered(&self, change: &StatusChange) {
        self.counters.add(self.name(), Outcome::Delivered, 1);
        let what = match change.bad_watch {
            Some(_) => WATCH_BAD,
            None => change.summary.status.name(),
        };
        info!(notify.receiver = self.name(), deployment.id = %change.summary.id, "Notified {} that a deployment is {what}", self.name());
    }

    fn refused(&self, change: &StatusChange, status: u16) {
        self.counters.add(self.name(), Outcome::Dropped, 1);
        error!(
            notify.receiver = self.name(),
            deployment.id = %change.summary.id,
            http.status = status,
            "{} does not take a notification (redirects are not followed); it is not sent again",
            self.name()
        );
    }

    fn log_dropped(&self, count: u64) {
        if count > 0 {
            self.counters.add(self.name(), Outcome::Dropped, count);
            warn!(
                notify.receiver = self.name(),
                count,
                "Dropped notifications for {} that were older than an hour",
                self.name()
            );
        }
    }

    /// If that fails, a restart repeats what was sent since the last time.
    async fn write_down(&self, position: &mut Position) {
        let read = position.follower.position();
        match self.cursor.write(read).await {
            Ok(()) => position.written = read,
            Err(problem) => {
                error!(
                    error = &problem as &dyn Error,
                    notify.receiver = self.name(),
                    "Failed to save the position of {}",
                    self.name()
                );
            }
        }
    }

    fn name(&self) -> &str {
        &self.receiver.config.name
    }
}

/// Whether a retry may succeed.
const fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}
