//! The lock on a journal: PostgreSQL gives it to one session, for as long as that lives.

use tokio_postgres::{Error, error::SqlState};

use crate::journal::store::postgres::session::Session;

/// What boathook's locks are known by among others in the database (`boat` in ASCII).
pub(super) const CLASS: i32 = 0x626f_6174;

/// A killed boathook's session may live a little longer than its process.
const WAIT: &str = "SET lock_timeout = '3s'";
const DO_NOT_WAIT: &str = "SET lock_timeout = 0";

const LOCK: &str = "
    SELECT pg_advisory_lock($1, oid::integer) FROM pg_catalog.pg_namespace WHERE nspname = current_schema()";

const HOLDER: &str = "
    SELECT application_name, coalesce(host(client_addr), 'a Unix socket'), coalesce(usename, 'another role')
    FROM pg_catalog.pg_locks JOIN pg_catalog.pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND classid::bigint = $1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND objid = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())
    LIMIT 1";

/// An earlier session of this process that the server has not missed yet.
const END_EARLIER: &str = "
    SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
    WHERE pid = $1 AND usename = current_user AND application_name = current_setting('application_name')";

/// The sessions of a boathook that led. Those of other processes, such as one that copies the journal,
/// are left alone.
const END_LEADERS: &str = "
    SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_locks JOIN pg_catalog.pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND classid::bigint = $1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND objid = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())
      AND application_name = $2 AND pid <> pg_backend_pid()";

/// Whether the session has the lock now; otherwise, who has it.
pub(super) async fn take_or_name_holder(session: &Session) -> Result<Result<(), String>, Error> {
    let client = session.client();
    client.batch_execute(WAIT).await?;
    let locked = take(session).await;
    client.batch_execute(DO_NOT_WAIT).await?;
    match locked {
        Ok(()) => Ok(Ok(())),
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
            holder(session).await.map(Err)
        }
        Err(error) => Err(error),
    }
}

/// Waits for the lock as long as the session's settings say.
pub(super) async fn take(session: &Session) -> Result<(), Error> {
    session.client().query(LOCK, &[&CLASS]).await.map(drop)
}

/// Ends what the boathook that led still has open, by the name of its sessions.
pub(super) async fn end_leaders(session: &Session, name: &str) -> Result<(), Error> {
    let class = i64::from(CLASS);
    session.client().query(END_LEADERS, &[&class, &name]).await.map(drop)
}

/// Ends a session that this process has lost, and with it what it may still be doing.
pub(super) async fn end_earlier(session: &Session, backend: i32) -> Result<(), Error> {
    session.client().query(END_EARLIER, &[&backend]).await.map(drop)
}

/// Who has the lock.
pub(super) async fn holder(session: &Session) -> Result<String, Error> {
    let found = session.client().query_opt(HOLDER, &[&i64::from(CLASS)]).await?;
    let Some(row) = found else { return Ok("it was just closed".to_owned()) };
    let name: String = row.try_get(0)?;
    let address: String = row.try_get(1)?;
    let role: String = row.try_get(2)?;
    Ok(format!("{name}, from {address}, as {role}"))
}
