//! The store in a PostgreSQL database: one connection that writes and one that reads.

use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio_postgres::Row;

use crate::journal::{
    Batch, Notices, PostgresError, PostgresOptions, Store, StoreError,
    store::{
        changes,
        columns::{Columns as _, RowReader},
        postgres::{
            driver::Driver,
            listener,
            open::{Asking, DEADLINE},
            pause::Pause,
            session::Session,
            writer::Writer,
        },
        statement::Statement,
    },
};

const LAST_SEQUENCE: &str = "SELECT last_sequence FROM journal";

/// A journal in a schema. It is this process's alone until another opens it.
pub struct PostgresStore {
    writer: Mutex<Writer>,
    reader: Mutex<Reader>,
    /// Whether a transaction waits for the database to say what became of it.
    waits: AtomicBool,
    /// What other boathooks announce, once somebody asked for that.
    notices: OnceLock<Notices>,
    options: PostgresOptions,
    /// Sessions end with it: fields drop in order.
    driver: Driver,
}

#[derive(Default)]
struct Reader {
    session: Option<Arc<Session>>,
    pause: Pause,
}

impl PostgresStore {
    /// Opens the journal, or makes it; blocks, so it is for the start of the program.
    pub fn open(options: PostgresOptions) -> Result<Self, StoreError> {
        let driver =
            Driver::start().map_err(|error| PostgresError::Thread { source: Arc::new(error) })?;
        let (session, place) = Asking { driver: &driver, options: &options }.open()?;
        Ok(Self {
            writer: Mutex::new(Writer::new(session, place, Pause::default())),
            reader: Mutex::default(),
            waits: AtomicBool::new(false),
            notices: OnceLock::new(),
            options,
            driver,
        })
    }

    const fn asking(&self) -> Asking<'_> {
        Asking { driver: &self.driver, options: &self.options }
    }

    fn commit(
        &self,
        operation: &'static str,
        changes: &[Statement<'_>],
        last: Option<u64>,
    ) -> Result<(), StoreError> {
        let waits = |waits| self.waits.store(waits, Ordering::Relaxed);
        locked(&self.writer).write(&self.asking(), operation, changes, last, waits)
    }

    /// The connection that reads; those who read at the same time share it.
    fn reader(&self) -> Result<Arc<Session>, PostgresError> {
        let mut reader = locked(&self.reader);
        if let Some(session) = reader.session.as_ref().filter(|session| !session.is_closed()) {
            return Ok(Arc::clone(session));
        }
        let now = self.driver.now();
        if let Some(refusal) = reader.pause.refusal(now) {
            return Err(refusal);
        }
        let session = self.asking().connect().inspect_err(|error| {
            reader.pause.note_failure(self.driver.now(), error);
        })?;
        reader.pause.end();
        Ok(Arc::clone(reader.session.insert(Arc::new(session))))
    }

    fn rows(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let session = self.reader()?;
        match self.driver.run(DEADLINE, session.query(statement)) {
            Ok(Ok(rows)) => return Ok(rows),
            // The connection was lost while nobody used it: reading again changes nothing.
            Ok(Err(_)) if session.is_closed() => {}
            Ok(Err(error)) => return Err(StoreError::failed(operation, error)),
            Err(_elapsed) => {
                locked(&self.reader).session = None;
                return Err(self.asking().silent().into());
            }
        }
        let session = self.reader()?;
        let again = self.driver.run(DEADLINE, session.query(statement));
        again
            .map_err(|_elapsed| self.asking().silent())?
            .map_err(|error| StoreError::failed(operation, error))
    }
}

impl Store for PostgresStore {
    fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut changes = changes::of(batch)?;
        changes.push(Statement::new(listener::ANNOUNCE_RECORDS, []));
        let last = batch.records.last().map(|record| record.sequence);
        self.commit("write the journal", &changes, last)
    }

    fn write_beside(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
    ) -> Result<(), StoreError> {
        self.commit(operation, std::slice::from_ref(statement), None)
    }

    fn check(&self) -> Result<(), StoreError> {
        self.commit("write the journal", &[], None)
    }

    fn available(&self) -> Result<(), StoreError> {
        if self.waits.load(Ordering::Relaxed) {
            return Err(PostgresError::Waiting { place: self.options.to_string() }.into());
        }
        Ok(())
    }

    fn notices(&self) -> Option<Notices> {
        let notices = self.notices.get_or_init(|| {
            let (notifier, notices) = Notices::channel();
            self.driver.spawn(listener::listen(self.options.clone(), notifier));
            notices
        });
        Some(notices.clone())
    }

    fn last_sequence(&self) -> Result<u64, StoreError> {
        let operation = "read the journal's last sequence";
        let rows = self.rows(operation, &Statement::new(LAST_SEQUENCE, []))?;
        let last = rows.first().map(|row| row.integer("last_sequence")).transpose();
        let last = last.map_err(|error| StoreError::failed(operation, error))?;
        Ok(last.flatten().unwrap_or_default().unsigned_abs())
    }

    fn find_rows(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
        row: &mut RowReader<'_>,
    ) -> Result<(), StoreError> {
        let rows = self.rows(operation, statement)?;
        rows.iter()
            .try_for_each(|found| row(found))
            .map_err(|error| StoreError::failed(operation, error))
    }
}

/// Nothing half-done is kept between calls, so a panic elsewhere leaves it fit for use.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
