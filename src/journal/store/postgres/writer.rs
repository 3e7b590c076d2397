//! The one who writes: a session with the lock, an epoch that each transaction tests, and what is
//! known of the last transaction.

use tokio::time::{Instant, sleep};

use crate::journal::{
    PostgresError, StoreError,
    store::{
        postgres::{
            open::{Asking, DEADLINE, JournalPosition},
            pause::Pause,
            session::Session,
            transaction::{self, Fence, RolledBack},
        },
        statement::Statement,
    },
};

/// How often a database is asked what became of a transaction before whoever waits for it is told
/// that nobody knows: with the pauses between, for a minute or two.
const QUESTIONS_MAX: u32 = 16;

/// What writes to one journal.
pub(super) struct Writer {
    session: Option<Session>,
    /// The server's process of the last session.
    backend: Option<i32>,
    place: JournalPosition,
    /// Whether the transaction after that one may have been kept.
    uncertain: bool,
    pause: Pause,
    /// Why this process must not write any more.
    ended: Option<PostgresError>,
}

impl Writer {
    pub(super) fn new(session: Session, place: JournalPosition) -> Self {
        let backend = Some(session.backend);
        let session = Some(session);
        let pause = Pause::default();
        Self { session, backend, place, uncertain: false, pause, ended: None }
    }

    /// Makes the changes in one transaction; `waits` hears whether the answer to its end has to be
    /// looked for. An error says that none of them was made, but for
    /// [`PostgresError::Uncertain`], after which nothing is written until that is known.
    pub(super) fn write(
        &mut self,
        asking: &Asking<'_>,
        operation: &'static str,
        changes: &[Statement<'_>],
        last: Option<u64>,
        waits: impl Fn(bool),
    ) -> Result<(), StoreError> {
        let session = self.ready(asking)?;
        let JournalPosition { epoch, batch } = self.place;
        let fence = Fence { epoch, batch: batch + 1, last };
        let begin = transaction::begin(&session, fence, changes);
        match asking.driver.run(DEADLINE, begin) {
            Ok(Ok(())) => {}
            Ok(Err(RolledBack::Deposed)) => return Err(self.end(asking).into()),
            Ok(Err(RolledBack::TakenBack)) => {
                self.keep(session);
                return Err(PostgresError::TakenBack { place: asking.place() }.into());
            }
            Ok(Err(RolledBack::Failed(error))) => {
                self.keep(session);
                return Err(StoreError::failed(operation, error));
            }
            Err(_elapsed) => return Err(asking.silent().into()),
        }
        if let Ok(Ok(())) = asking.driver.run(DEADLINE, transaction::commit(&session)) {
            self.place.batch += 1;
            self.keep(session);
            return Ok(());
        }
        drop(session);
        self.uncertain = true;
        waits(true);
        let resolved = self.resolve(asking);
        waits(false);
        if resolved? {
            return Ok(());
        }
        Err(PostgresError::NotKept { place: asking.place() }.into())
    }

    /// Why nothing is ever written by it again.
    pub(super) const fn ended(&self) -> Option<&PostgresError> {
        self.ended.as_ref()
    }

    fn keep(&mut self, session: Session) {
        self.session = Some(session).filter(|session| !session.is_closed());
    }

    /// A session that may write, with nothing left to learn.
    fn ready(&mut self, asking: &Asking<'_>) -> Result<Session, PostgresError> {
        if let Some(ended) = &self.ended {
            return Err(ended.clone());
        }
        if let Some(session) = self.session.take().filter(|session| !session.is_closed()) {
            return Ok(session);
        }
        if let Some(refusal) = self.pause.refusal(now(asking)) {
            return Err(refusal);
        }
        let (session, found) = self.reconnect(asking)?;
        if self.follows(found) {
            let ended = PostgresError::Unread { place: asking.place() };
            self.ended = Some(ended.clone());
            return Err(ended);
        }
        self.uncertain = false;
        Ok(session)
    }

    /// Whether the transaction under way was kept, as the database says once it is back.
    fn resolve(&mut self, asking: &Asking<'_>) -> Result<bool, PostgresError> {
        for _ in 0..QUESTIONS_MAX {
            match self.reconnect(asking) {
                Ok((session, found)) => {
                    let kept = self.follows(found);
                    self.place = found;
                    self.uncertain = false;
                    self.keep(session);
                    return Ok(kept);
                }
                // It may have been kept before the other one began.
                Err(_) if self.ended.is_some() => break,
                Err(_) => {
                    let pause = self.pause.left(now(asking));
                    // The pause is far shorter than the deadline.
                    let _ = asking.driver.run(DEADLINE, sleep(pause));
                }
            }
        }
        Err(PostgresError::Uncertain { place: asking.place() })
    }

    /// Connects again, and reads where the journal stands; nobody else may have opened it.
    fn reconnect(
        &mut self,
        asking: &Asking<'_>,
    ) -> Result<(Session, JournalPosition), PostgresError> {
        let mine = self.place.epoch;
        let connected = asking.connect_again(self.backend).and_then(|session| {
            // Another one that leads has the lock: waiting for it would be in vain.
            if asking.epoch(&session)? != mine {
                return Ok(None);
            }
            asking.lock(&session)?;
            let found = asking.look(&session)?;
            Ok(Some((session, found)))
        });
        let connected = connected.inspect_err(|error| {
            self.pause.note_failure(now(asking), error);
        })?;
        let Some((session, found)) = connected else { return Err(self.end(asking)) };
        if found != self.place && !self.follows(found) {
            return Err(self.end(asking));
        }
        self.backend = Some(session.backend);
        self.pause.end();
        Ok((session, found))
    }

    /// Whether that is where the journal stands if the transaction under way was kept.
    fn follows(&self, found: JournalPosition) -> bool {
        let JournalPosition { epoch, batch } = self.place;
        self.uncertain && found == JournalPosition { epoch, batch: batch + 1 }
    }

    fn end(&mut self, asking: &Asking<'_>) -> PostgresError {
        let ended = PostgresError::Deposed { place: asking.place() };
        self.session = None;
        self.ended = Some(ended.clone());
        ended
    }
}

/// By the clock of the driver, which nobody pauses.
fn now(asking: &Asking<'_>) -> Instant {
    asking.driver.now()
}
