//! A schema as one side of a copy.

use std::{sync::Arc, time::Duration};

use tokio_postgres::Error;

use crate::journal::{
    CopyMark, PostgresError, PostgresOptions, StoreError,
    store::{
        columns::{ColumnError, Columns as _, RowReader},
        copy_mark,
        copy_side::{Found, Side},
        postgres::{
            driver::Driver,
            open::{Asking, NEW},
            session::{Session, bound},
        },
        schema::{Format, NEWEST, POSTGRES},
        statement::{Statement, stored},
    },
};

/// How long counting all rows may take, or making an index.
const PATIENCE: Duration = Duration::from_secs(600);

/// What limits the sessions of a server that many wait for.
const UNHURRIED: &str =
    "SET statement_timeout = '10min'; SET idle_in_transaction_session_timeout = '10min'";

/// One state of it is read, and nobody opens it until the transaction ends.
const HOLD: &str = "
    BEGIN ISOLATION LEVEL REPEATABLE READ;
    DO 'BEGIN PERFORM 1 FROM journal FOR UPDATE; END'";

/// All tables, in the order in which they can be dropped.
const DROP_ALL: &str = "
    SELECT coalesce('DROP TABLE ' || string_agg(quote_ident(tablename), ', ') || ' CASCADE', '') FROM pg_catalog.pg_tables
    WHERE schemaname = current_schema()";

const LAST_SEQUENCE: &str = "SELECT last_sequence FROM journal";

/// A schema that nobody else has.
pub(in crate::journal::store) struct PostgresSide {
    session: Session,
    found: Found,
    options: PostgresOptions,
    /// Sessions end with it: fields drop in order.
    driver: Driver,
}

impl PostgresSide {
    /// A schema to copy from.
    pub(in crate::journal::store) fn source(options: &PostgresOptions) -> Result<Self, StoreError> {
        let side = Self::open(options, |_, _| Ok(()))?;
        if side.found != Found::Nothing {
            side.ask("hold the record", side.session.client().batch_execute(HOLD))?;
        }
        Ok(side)
    }

    /// A schema to copy into, which is made if it is not there.
    pub(in crate::journal::store) fn target(options: &PostgresOptions) -> Result<Self, StoreError> {
        Self::open(options, |asking, session| asking.make_schema(session))
    }

    fn open(
        options: &PostgresOptions,
        prepare: impl FnOnce(&Asking<'_>, &Session) -> Result<(), PostgresError>,
    ) -> Result<Self, StoreError> {
        let driver =
            Driver::start().map_err(|error| PostgresError::Thread { source: Arc::new(error) })?;
        let asking = Asking { driver: &driver, options, deadline: PATIENCE };
        let session = asking.connect()?;
        prepare(&asking, &session)?;
        asking.lock(&session)?;
        asking.ask("set its limits", session.client().batch_execute(UNHURRIED))?;
        let found = match asking.found(&session)? {
            Format::Empty => Found::Nothing,
            Format::Known(found) => Found::Record(found),
            Format::Marked => Found::Marked(asking.mark(&session)?),
            other => return Err(asking.unusable(other).into()),
        };
        Ok(Self { session, found, options: options.clone(), driver })
    }

    fn ask<T>(
        &self,
        operation: &'static str,
        question: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, StoreError> {
        let asking = Asking { driver: &self.driver, options: &self.options, deadline: PATIENCE };
        Ok(asking.ask(operation, question)?)
    }

    /// Says in the transaction under way that the journal must not be used.
    async fn mark(&self, mark: &CopyMark) -> Result<(), Error> {
        let client = self.session.client();
        client.batch_execute(copy_mark::MAKE).await?;
        self.execute(&mark.kept()).await?;
        let marked = -i64::from(NEWEST);
        client.execute("UPDATE journal SET format = $1", &[&marked]).await.map(drop)
    }

    async fn execute(&self, statement: &Statement<'_>) -> Result<(), Error> {
        let prepared = self.session.prepare(&statement.sql).await?;
        self.session.client().execute(&prepared, &bound(&statement.values)).await.map(drop)
    }
}

impl Side for PostgresSide {
    fn found(&self) -> &Found {
        &self.found
    }

    fn begin(&mut self, from: &str) -> Result<(), StoreError> {
        let mark = CopyMark::Unfinished { from: from.to_owned() };
        self.ask("begin a copy", async {
            let client = self.session.client();
            client.batch_execute("BEGIN").await?;
            let drop_all: String = client.query_one(DROP_ALL, &[]).await?.try_get(0)?;
            client.batch_execute(&drop_all).await?;
            for change in POSTGRES.changes(Format::Empty) {
                client.batch_execute(change).await?;
            }
            client.execute(NEW, &[&i64::from(NEWEST)]).await?;
            self.mark(&mark).await?;
            client.batch_execute("COMMIT").await
        })
    }

    fn keep(&mut self, statement: &Statement<'_>) -> Result<(), StoreError> {
        self.ask("write rows", self.execute(statement))
    }

    fn keep_last_sequence(&mut self, last: u64) -> Result<(), StoreError> {
        let keep = "UPDATE journal SET last_sequence = $1";
        let last = stored(last);
        self.ask("write the last sequence", self.session.client().execute(keep, &[&last]))?;
        // So that the first questions find their indexes.
        self.ask(
            "gather statistics",
            self.session.client().batch_execute("ANALYZE deployments, records"),
        )
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        self.ask("finish the copy", async {
            let client = self.session.client();
            client.batch_execute("BEGIN").await?;
            client.batch_execute(copy_mark::DROP).await?;
            client.execute("UPDATE journal SET format = $1", &[&i64::from(NEWEST)]).await?;
            client.batch_execute("COMMIT").await
        })
    }

    fn retire(&mut self, to: &str) -> Result<(), StoreError> {
        let mark = CopyMark::Moved { to: to.to_owned() };
        self.ask("mark the record as moved", async {
            self.mark(&mark).await?;
            self.session.client().batch_execute("COMMIT").await
        })
    }

    fn last_sequence(&mut self) -> Result<u64, StoreError> {
        let operation = "read the journal's last sequence";
        let row = self.ask(operation, self.session.client().query_one(LAST_SEQUENCE, &[]))?;
        let last = row.integer("last_sequence");
        let last = last.map_err(|error| StoreError::failed(operation, error))?;
        Ok(last.unwrap_or_default().unsigned_abs())
    }

    fn find(
        &mut self,
        statement: &Statement<'_>,
        row: &mut RowReader<'_>,
    ) -> Result<(), StoreError> {
        let rows = self.ask("read rows", self.session.query(statement))?;
        let unreadable = |error: ColumnError| StoreError::failed("read rows", error);
        rows.iter().try_for_each(|found| row(found)).map_err(unreadable)
    }
}
