//! One connection that is opened when it is first needed, and again when it was lost. Callers share
//! it.

use std::{
    slice,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio_postgres::{Error, Row};

use crate::journal::{
    PostgresError, StoreError,
    store::{
        postgres::{open::Asking, pause::Pause, session::Session},
        statement::Statement,
    },
};

/// The connection, and how soon a lost one is opened again.
pub(super) struct KeptSession(Mutex<Kept>);

struct Kept {
    session: Option<Arc<Session>>,
    pause: Pause,
}

impl KeptSession {
    /// None yet. After a failed attempt, the next comes `longest` later at most.
    pub(super) const fn new(longest: Duration) -> Self {
        Self(Mutex::new(Kept { session: None, pause: Pause::up_to(longest) }))
    }

    /// The database has just answered elsewhere: the next attempt does not wait.
    pub(super) fn end_pause(&self) {
        // Whoever has the lock is connecting.
        if let Ok(mut kept) = self.0.try_lock() {
            kept.pause.end();
        }
    }

    /// The connection.
    pub(super) fn get(&self, asking: &Asking<'_>) -> Result<Arc<Session>, PostgresError> {
        let mut kept = self.kept();
        if let Some(session) = kept.session.as_ref().filter(|session| !session.is_closed()) {
            return Ok(Arc::clone(session));
        }
        if let Some(refusal) = kept.pause.refusal(asking.driver.now()) {
            return Err(refusal);
        }
        let session = asking.connect().inspect_err(|error| {
            kept.pause.note_failure(asking.driver.now(), error);
        })?;
        kept.pause.end();
        Ok(Arc::clone(kept.session.insert(Arc::new(session))))
    }

    /// The rows that a statement finds. It may be asked twice, so it must change nothing.
    pub(super) fn read(
        &self,
        asking: &Asking<'_>,
        operation: &'static str,
        statement: &Statement<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let found = self.read_each(asking, operation, slice::from_ref(statement))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The rows that each of the statements finds; all are sent before the first answer is waited for.
    pub(super) fn read_each(
        &self,
        asking: &Asking<'_>,
        operation: &'static str,
        statements: &[Statement<'_>],
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        let session = self.get(asking)?;
        let found = self.ask(asking, &session, operation, session.query_each(statements));
        // The connection may have been lost while nobody used it.
        if found.is_err() && session.is_closed() {
            let session = self.get(asking)?;
            return self.ask(asking, &session, operation, session.query_each(statements));
        }
        found
    }

    /// The rows that a statement returns, as a transaction of its own. After an error nobody knows
    /// whether it was kept.
    pub(super) fn change(
        &self,
        asking: &Asking<'_>,
        operation: &'static str,
        statement: &Statement<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let session = self.get(asking)?;
        self.ask(asking, &session, operation, session.query(statement))
    }

    fn ask<T>(
        &self,
        asking: &Asking<'_>,
        session: &Session,
        operation: &'static str,
        question: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, StoreError> {
        match asking.driver.run(asking.deadline, question) {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => Err(StoreError::failed(operation, error)),
            Err(_elapsed) => {
                let mut kept = self.kept();
                if kept.session.as_ref().is_some_and(|kept| std::ptr::eq(&**kept, session)) {
                    kept.session = None;
                }
                Err(asking.silent().into())
            }
        }
    }

    /// Nothing half-done is kept between calls, so a panic elsewhere leaves it fit for use.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
