//! One connection, with the statements that were prepared on it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures_util::future::BoxFuture;
use rustix::{process::getpid, system::uname};
use tokio_postgres::{Client, Connection, Error, Row, Socket, Statement as Prepared, types::ToSql};

use crate::journal::store::{
    postgres::{dialect, pipeline, postgres_options::PostgresOptions, tls::Encrypted},
    statement::{Statement, Value},
};

/// Statements that stay prepared. All that are written down are far fewer; what lists ask varies.
const PREPARED_MAX: usize = 200;
/// The length that PostgreSQL keeps of an application's name.
const NAME_MAX: usize = 63;

/// How the server treats the session: it ends one whose client is gone, and says that something is
/// kept only when it is on disk.
const SETTINGS: &str = "
    SELECT set_config('search_path', $1, false),
           set_config('statement_timeout', '30s', false),
           set_config('idle_in_transaction_session_timeout', '30s', false),
           set_config('tcp_keepalives_idle', '10', false),
           set_config('tcp_keepalives_interval', '5', false),
           set_config('tcp_keepalives_count', '3', false),
           set_config('tcp_user_timeout', '25000', false),
           CASE WHEN current_setting('server_version_num')::integer >= 140000
                THEN set_config('client_connection_check_interval', '2s', false) END,
           set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
                                            ELSE current_setting('synchronous_commit') END, false)";

/// One connection.
pub(super) struct Session {
    client: Client,
    /// The number of the server's process.
    pub(super) backend: i32,
    prepared: Mutex<HashMap<String, Prepared>>,
}

impl Session {
    /// Connects; the connection is served by the runtime that this is polled under.
    pub(super) async fn connect(options: &PostgresOptions) -> Result<Self, Error> {
        let (client, connection) = connect(options).await?;
        tokio::spawn(async move {
            // Who uses the connection learns how it ended.
            let _ = connection.await;
        });
        let path = format!("\"{}\"", options.schema.as_str());
        client.query(SETTINGS, &[&path]).await?;
        let backend = client.query_one("SELECT pg_backend_pid()", &[]).await?.try_get(0)?;
        Ok(Self { client, backend, prepared: Mutex::default() })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The statement, prepared once.
    pub(super) async fn prepare(&self, sql: &str) -> Result<Prepared, Error> {
        if let Some(prepared) = self.prepared().get(sql) {
            return Ok(prepared.clone());
        }
        let prepared = self.client.prepare(&dialect::spelled(sql)).await?;
        let mut known = self.prepared();
        if known.len() >= PREPARED_MAX {
            known.clear();
        }
        known.insert(sql.to_owned(), prepared.clone());
        Ok(prepared)
    }

    /// The rows that a statement finds.
    pub(super) async fn query(&self, statement: &Statement<'_>) -> Result<Vec<Row>, Error> {
        let prepared = self.prepare(&statement.sql).await?;
        self.client.query(&prepared, &bound(&statement.values)).await
    }

    /// The rows that each of the statements finds.
    pub(super) async fn query_each(
        &self,
        statements: &[Statement<'_>],
    ) -> Result<Vec<Vec<Row>>, Error> {
        let mut prepared = Vec::with_capacity(statements.len());
        for statement in statements {
            prepared.push((self.prepare(&statement.sql).await?, bound(&statement.values)));
        }
        let asked = prepared.iter().map(|(statement, values)| {
            let answer: BoxFuture<'_, Result<Vec<Row>, Error>> =
                Box::pin(self.client.query(statement, values));
            answer
        });
        pipeline::answers(asked.collect()).await.into_iter().collect()
    }

    fn prepared(&self) -> MutexGuard<'_, HashMap<String, Prepared>> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that nothing serves yet.
pub(super) async fn connect(
    options: &PostgresOptions,
) -> Result<(Client, Connection<Socket, Encrypted<Socket>>), Error> {
    let mut config = options.url.config.clone();
    config.application_name(application_name());
    config.connect(options.tls.clone()).await
}

/// Values as the driver takes them.
pub(super) fn bound<'a>(values: &'a [Value<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// What an administrator sees of this process, and another boathook of the one that has the journal.
pub(super) fn application_name() -> String {
    let system = uname();
    let host = system.nodename().to_string_lossy();
    let mut name = format!("boathook {} (process {})", host, getpid().as_raw_nonzero());
    if name.len() > NAME_MAX {
        let room = NAME_MAX.saturating_sub(name.len() - host.len());
        let host = host.chars().filter(char::is_ascii).take(room).collect::<String>();
        name = format!("boathook {} (process {})", host, getpid().as_raw_nonzero());
    }
    name
}
