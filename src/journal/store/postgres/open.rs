//! Opening a journal: the server must be fit for it, the schema ours, of a known format, and in
//! nobody else's hands.

use std::{sync::Arc, time::Duration};

use tokio_postgres::{Client, Error, Row, error::SqlState};

use crate::journal::{
    CopyMark, PostgresError,
    store::{
        columns::ColumnError,
        copy_mark,
        postgres::{driver::Driver, lock, postgres_options::PostgresOptions, session::Session},
        schema::{self, Format, NEWEST},
    },
};

/// How long an answer may take; a server on a slow disk takes seconds for a commit.
pub(super) const DEADLINE: Duration = Duration::from_secs(15);

/// How long bringing a journal to the newest format may take.
const MIGRATION: Duration = Duration::from_secs(900);
/// The server would end a long statement, in a transaction that does nothing else.
const UNHURRIED: &str = "SET LOCAL statement_timeout = 0";

/// From 14 on, a server notices while it works that its client is gone.
pub(super) const LEAST: i32 = 14;

const SERVER: &str = "
    SELECT current_setting('server_version_num')::integer / 10000, current_setting('server_encoding')";

const SCHEMA_EXISTS: &str =
    "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1)";

const TABLES: &str = "
    SELECT count(*), count(*) FILTER (WHERE tablename = 'journal') FROM pg_catalog.pg_tables WHERE schemaname = current_schema()";

pub(super) const FORMAT: &str = "SELECT format FROM journal";

pub(super) const NEW: &str = "
    INSERT INTO journal (format, epoch, batch, last_sequence) SELECT $1::bigint, 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM journal)";

/// One that was moved since it was looked at stays as it is.
const NEWER: &str = "UPDATE journal SET format = $1 WHERE format > 0";

/// Held until the session ends.
const MAKE_ALONE: &str = "SELECT pg_advisory_lock($1, hashtext($2))";

pub(super) const OPEN: &str =
    "UPDATE journal SET epoch = epoch + 1 WHERE format > 0 RETURNING epoch, batch";

const EPOCH: &str = "SELECT epoch FROM journal";

const LOOK: &str = "SELECT epoch, batch FROM journal FOR UPDATE";

/// Where a journal stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct JournalPosition {
    pub(super) epoch: i64,
    /// The number of its last transaction.
    pub(super) batch: i64,
}

/// How a store asks a database: with a deadline, and with errors that say where.
pub(super) struct Asking<'a> {
    pub(super) driver: &'a Driver,
    pub(super) options: &'a PostgresOptions,
    /// How long one answer may take.
    pub(super) deadline: Duration,
}

impl Asking<'_> {
    /// What the database answers within the deadline.
    pub(super) fn ask<T>(
        &self,
        operation: &'static str,
        question: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, PostgresError> {
        match self.driver.run(self.deadline, question) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.refused(operation, error)),
            Err(_elapsed) => Err(self.silent()),
        }
    }

    /// The database refused an operation.
    pub(super) fn refused(&self, operation: &'static str, error: Error) -> PostgresError {
        PostgresError::Refused { operation, place: self.place(), source: Arc::new(error) }
    }

    /// It did not answer in time.
    pub(super) fn silent(&self) -> PostgresError {
        PostgresError::Silent { place: self.place(), within: self.deadline }
    }

    pub(super) fn place(&self) -> String {
        self.options.to_string()
    }

    /// A connection to a server that is fit for a journal.
    pub(super) fn connect(&self) -> Result<Session, PostgresError> {
        let connected = self.driver.run(self.deadline, Session::connect(self.options));
        let session =
            connected.map_err(|_elapsed| self.silent())?.map_err(|error| self.unreached(error))?;
        let server = self.ask("look at the server", session.client().query_one(SERVER, &[]))?;
        let (version, encoding) = self.read(|| Ok((server.try_get(0)?, server.try_get(1)?)))?;
        if version < LEAST {
            let place = self.place();
            return Err(PostgresError::TooOld { place, found: version, least: LEAST });
        }
        if encoding != "UTF8" {
            return Err(PostgresError::Encoding { place: self.place(), found: encoding });
        }
        Ok(session)
    }

    /// A server that answers that it does not let this role in is reached.
    fn unreached(&self, error: Error) -> PostgresError {
        let is_refusal = |code: &SqlState| {
            code.code().starts_with("28") || *code == SqlState::INVALID_CATALOG_NAME
        };
        if error.code().is_some_and(is_refusal) {
            return self.refused("sign in", error);
        }
        PostgresError::Unreachable { place: self.place(), source: Arc::new(error) }
    }

    /// The same for who writes, without the lock. `earlier` is the session that this process had.
    pub(super) fn connect_again(&self, earlier: Option<i32>) -> Result<Session, PostgresError> {
        let session = self.connect()?;
        if let Some(earlier) = earlier {
            self.ask("end a lost session", lock::end_earlier(&session, earlier))?;
        }
        Ok(session)
    }

    /// The epoch, whatever is under way.
    pub(super) fn epoch(&self, session: &Session) -> Result<i64, PostgresError> {
        let found = self.ask("read the epoch", session.client().query_one(EPOCH, &[]))?;
        self.read(|| found.try_get(0))
    }

    pub(super) fn lock(&self, session: &Session) -> Result<(), PostgresError> {
        match self.ask("lock the journal", lock::take_or_name_holder(session))? {
            Ok(()) => Ok(()),
            Err(holder) => Err(PostgresError::InUse { place: self.place(), holder }),
        }
    }

    /// Opens or makes the journal, and brings it to the newest format. Nobody who had it open before
    /// writes to it from then on.
    pub(super) fn open(&self) -> Result<(Session, JournalPosition), PostgresError> {
        let session = self.connect()?;
        self.make_schema(&session)?;
        self.lock(&session)?;
        let changes = self.changes(self.format(&session)?)?;
        let patient = self.patient(changes);
        let opened = patient.ask("open the journal", async {
            let client = session.client();
            client.batch_execute("BEGIN").await?;
            bring_to_newest(client, changes).await?;
            let opened = client.query_one(OPEN, &[]).await?;
            client.batch_execute("COMMIT").await?;
            Ok(opened)
        })?;
        Ok((session, self.read(|| place(&opened))?))
    }

    /// What brings a journal of that format to the newest one.
    pub(super) fn changes(&self, from: Format) -> Result<&'static [&'static str], PostgresError> {
        match from {
            Format::Empty | Format::Known(_) => Ok(schema::POSTGRES.changes(from)),
            other => Err(self.unusable(other)),
        }
    }

    /// Makes a journal where there is none, and opens nothing: of several boathooks that do so at once,
    /// one makes it.
    pub(super) fn make(&self) -> Result<(), PostgresError> {
        let session = self.connect()?;
        let found = self.format(&session)?;
        if found != Format::Empty {
            return self.changes(found).map(drop);
        }
        let schema = self.options.schema.as_str();
        self.ask("wait for who makes the journal", async {
            session.client().query(MAKE_ALONE, &[&lock::CLASS, &schema]).await.map(drop)
        })?;
        self.make_schema(&session)?;
        // Meanwhile another one may have made it.
        let found = self.format(&session)?;
        if found != Format::Empty {
            return Ok(());
        }
        let changes = self.changes(found)?;
        self.patient(changes).ask("make the journal", async {
            let client = session.client();
            client.batch_execute("BEGIN").await?;
            bring_to_newest(client, changes).await?;
            client.batch_execute("COMMIT").await
        })
    }

    /// Where the journal stands, once nobody has a transaction under way.
    pub(super) fn look(&self, session: &Session) -> Result<JournalPosition, PostgresError> {
        let found =
            self.ask("read where the journal stands", session.client().query_one(LOOK, &[]))?;
        self.read(|| place(&found))
    }

    /// The same for what may take long because it makes these changes.
    pub(super) fn patient(&self, changes: &[&str]) -> Asking<'_> {
        let deadline = if changes.is_empty() { self.deadline } else { MIGRATION };
        Asking { driver: self.driver, options: self.options, deadline }
    }

    /// The format of a journal that may be used.
    pub(super) fn format(&self, session: &Session) -> Result<Format, PostgresError> {
        match self.found(session)? {
            Format::Marked => Err(self.set_aside(session)),
            usable => Ok(usable),
        }
    }

    /// What is in the schema.
    pub(super) fn found(&self, session: &Session) -> Result<Format, PostgresError> {
        let found = self.ask("look at the schema", session.client().query_one(TABLES, &[]))?;
        match self.read(|| Ok((found.try_get::<_, i64>(0)?, found.try_get::<_, i64>(1)?)))? {
            (0, _) => Ok(Format::Empty),
            (_, 0) => Ok(Format::Foreign),
            _ => {
                let found = self.ask("read its format", session.client().query_opt(FORMAT, &[]))?;
                let Some(row) = found else { return Ok(Format::Foreign) };
                let format = self.read(|| row.try_get::<_, i64>(0))?;
                if format < 0 {
                    return Ok(Format::Marked);
                }
                Ok(u32::try_from(format)
                    .map_or(Format::Foreign, |format| schema::POSTGRES.classify(format)))
            }
        }
    }

    /// Why that is no journal that could be opened.
    pub(super) fn unusable(&self, found: Format) -> PostgresError {
        let place = self.place();
        match found {
            // None was ever older.
            Format::Newer(found) | Format::Older(found) | Format::Known(found) => {
                PostgresError::Newer { place, found, known: NEWEST }
            }
            Format::Foreign | Format::Empty | Format::Marked => PostgresError::NotOurs { place },
        }
    }

    /// Why a journal that has a mark cannot be used.
    pub(super) fn set_aside(&self, session: &Session) -> PostgresError {
        let because = |mark| PostgresError::SetAside { place: self.place(), mark };
        self.mark(session).map_or_else(|error| error, because)
    }

    /// The mark of a journal that has one.
    pub(super) fn mark(&self, session: &Session) -> Result<CopyMark, PostgresError> {
        let operation = "read why the record must not be used";
        let row = self.ask(operation, session.client().query_one(copy_mark::READ, &[]))?;
        let unreadable = |error: ColumnError| PostgresError::Refused {
            operation,
            place: self.place(),
            source: Arc::new(error),
        };
        CopyMark::read(&row).map_err(unreadable)
    }

    /// Only who makes it needs the right to.
    pub(super) fn make_schema(&self, session: &Session) -> Result<(), PostgresError> {
        let name = self.options.schema.as_str();
        let exists =
            self.ask("look for the schema", session.client().query_one(SCHEMA_EXISTS, &[&name]))?;
        if !self.read(|| exists.try_get(0))? {
            // The name needs no escaping.
            let make = format!("CREATE SCHEMA IF NOT EXISTS \"{name}\"");
            self.ask("create the schema", session.client().batch_execute(&make))?;
        }
        Ok(())
    }

    pub(super) fn read<T>(
        &self,
        read: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, PostgresError> {
        read().map_err(|error| self.refused("read an answer", error))
    }
}

/// Makes these changes, and says that the format is the newest, within the caller's transaction.
pub(super) async fn bring_to_newest(client: &Client, changes: &[&str]) -> Result<(), Error> {
    if !changes.is_empty() {
        client.batch_execute(UNHURRIED).await?;
    }
    for change in changes {
        client.batch_execute(change).await?;
    }
    let newest = i64::from(NEWEST);
    if client.execute(NEWER, &[&newest]).await? == 0 {
        client.execute(NEW, &[&newest]).await?;
    }
    Ok(())
}

pub(super) fn place(row: &Row) -> Result<JournalPosition, Error> {
    Ok(JournalPosition { epoch: row.try_get(0)?, batch: row.try_get(1)? })
}
