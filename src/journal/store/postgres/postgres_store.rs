//! The store in a PostgreSQL database: one connection that writes, if this process leads, and one that
//! reads.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;
use tokio_postgres::Row;

use crate::journal::{
    Batch, NodeName, Notices, PostgresError, PostgresOptions, Store, StoreError, StoreReader,
    store::{
        changes,
        columns::{Columns as _, EachRowReader, RowReader},
        postgres::{
            database_clock::DatabaseClock,
            driver::Driver,
            kept_session::KeptSession,
            listener,
            member::Member,
            open::{Asking, DEADLINE, JournalPosition},
            session::Session,
            writer::Writer,
        },
        statement::Statement,
    },
};

const LAST_SEQUENCE: &str = "SELECT last_sequence FROM journal";

/// The longest pause before a lost connection is tried again.
const PAUSE: Duration = Duration::from_secs(5);
/// The same for the connection that the lead depends on.
const PAUSE_OF_LEASE: Duration = Duration::from_millis(500);

/// The epoch of one that does not lead.
pub(super) const FOLLOWS: i64 = -1;

/// A journal in a schema. Only one process writes to it: the one that opened it last, or, of those that
/// joined it, the one that leads.
pub struct PostgresStore {
    /// Nothing in one that follows.
    pub(super) writer: Mutex<Option<Writer>>,
    /// The one that it writes with, beside: whoever asks for it waits for no transaction.
    pub(super) epoch: AtomicI64,
    pub(super) reader: KeptSession,
    /// For who makes a batch.
    of_batch: KeptSession,
    /// For the lease alone: one, and another for when that one does not answer.
    pub(super) of_lease: [KeptSession; 2],
    /// For how long a renewal lets the lease last.
    pub(super) database_clock: DatabaseClock,
    /// For what this process says of itself.
    pub(super) of_nodes: KeptSession,
    /// For what it asks of the one that leads.
    of_inbox: KeptSession,
    /// Whether a transaction waits for the database to say what became of it.
    waits: AtomicBool,
    /// What other boathooks announce, once somebody asked for that.
    notices: OnceLock<Notices>,
    /// Why nothing can ever be written again.
    pub(super) ended: watch::Sender<Option<PostgresError>>,
    /// Among others; none that has the journal for itself.
    pub(super) member: Option<Member>,
    options: PostgresOptions,
    /// Sessions end with it: fields drop in order.
    driver: Driver,
}

impl PostgresStore {
    /// Opens the journal for itself, or makes it; blocks, so it is for the start of the program.
    pub fn open(options: PostgresOptions) -> Result<Self, StoreError> {
        let store = Self::new(options, None)?;
        let (session, place) = store.asking().open()?;
        store.begin_to_write(&mut locked(&store.writer), session, place);
        Ok(store)
    }

    /// Joins others on one journal, as the boathook of that node, or makes it. It only reads until it
    /// leads; blocks, so it is for the start of the program.
    pub fn join(options: PostgresOptions, node: NodeName) -> Result<Self, StoreError> {
        let store = Self::new(options, Some(Member::new(node)?))?;
        store.asking().make()?;
        store.reader.get(&store.asking())?;
        Ok(store)
    }

    fn new(options: PostgresOptions, member: Option<Member>) -> Result<Self, StoreError> {
        let driver =
            Driver::start().map_err(|error| PostgresError::Thread { source: Arc::new(error) })?;
        Ok(Self {
            writer: Mutex::default(),
            epoch: AtomicI64::new(FOLLOWS),
            reader: KeptSession::new(PAUSE),
            of_batch: KeptSession::new(PAUSE),
            of_lease: [KeptSession::new(PAUSE_OF_LEASE), KeptSession::new(PAUSE_OF_LEASE)],
            database_clock: DatabaseClock::default(),
            of_nodes: KeptSession::new(PAUSE),
            of_inbox: KeptSession::new(PAUSE),
            waits: AtomicBool::new(false),
            notices: OnceLock::new(),
            ended: watch::Sender::default(),
            member,
            options,
            driver,
        })
    }

    pub(super) fn begin_to_write(
        &self,
        writer: &mut Option<Writer>,
        session: Session,
        place: JournalPosition,
    ) {
        *writer = Some(Writer::new(session, place));
        self.reader.end_pause();
        self.epoch.store(place.epoch, Ordering::Relaxed);
    }

    pub(super) const fn asking(&self) -> Asking<'_> {
        self.asking_within(DEADLINE)
    }

    pub(super) const fn asking_within(&self, deadline: Duration) -> Asking<'_> {
        Asking { driver: &self.driver, options: &self.options, deadline }
    }

    /// What the others on this record announce.
    pub fn announced(&self) -> Notices {
        let notices = self.notices.get_or_init(|| {
            let (notifier, notices) = Notices::channel();
            self.driver.spawn(listener::listen(self.options.clone(), notifier));
            notices
        });
        notices.clone()
    }

    fn commit(
        &self,
        operation: &'static str,
        changes: &[Statement<'_>],
        last: Option<u64>,
    ) -> Result<(), StoreError> {
        let waits = |waits| self.waits.store(waits, Ordering::Relaxed);
        let mut writer = locked(&self.writer);
        let Some(writer) = writer.as_mut().filter(|_| self.leads()) else {
            return Err(StoreError::Follows);
        };
        let written = writer.write(&self.asking(), operation, changes, last, waits);
        if let Some(ended) = writer.ended() {
            self.ended.send_replace(Some(ended.clone()));
        }
        written
    }

    pub(super) fn rows(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        self.reader.read(&self.asking(), operation, statement)
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

    fn use_inbox(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
        row: &mut RowReader<'_>,
    ) -> Result<(), StoreError> {
        let asking = self.asking();
        let session = self.of_inbox.get(&asking)?;
        let rows = self.of_inbox.change(&asking, operation, statement).map_err(|error| {
            let is_silent = matches!(error, StoreError::Postgres(PostgresError::Silent { .. }));
            if is_silent || session.is_closed() {
                PostgresError::Uncertain { place: asking.place() }.into()
            } else {
                error
            }
        })?;
        read_rows(operation, &rows, row)
    }

    fn notices(&self) -> Option<Notices> {
        Some(self.announced())
    }
}

impl StoreReader for PostgresStore {
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
        read_rows(operation, &self.rows(operation, statement)?, row)
    }

    fn find_rows_for_batch(
        &self,
        operation: &'static str,
        statements: &[Statement<'_>],
        row: &mut EachRowReader<'_>,
    ) -> Result<(), StoreError> {
        let found = self.of_batch.read_each(&self.asking(), operation, statements)?;
        found.iter().enumerate().try_for_each(|(index, rows)| {
            read_rows(operation, rows, &mut |columns| row(index, columns))
        })
    }
}

fn read_rows(
    operation: &'static str,
    rows: &[Row],
    row: &mut RowReader<'_>,
) -> Result<(), StoreError> {
    rows.iter()
        .try_for_each(|found| row(found))
        .map_err(|error| StoreError::failed(operation, error))
}

/// Nothing half-done is kept between calls, so a panic elsewhere leaves it fit for use.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
