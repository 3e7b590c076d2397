//! The lease on the lead: who has it and until when, by the clock of the database alone.

use std::time::Duration;

use jiff::Timestamp;
use tokio_postgres::{Error, Row, error::SqlState, types::ToSql};

use crate::journal::{
    PostgresError,
    store::{
        columns::{self, ColumnError, Columns},
        postgres::{
            lock,
            member::Member,
            open::{Asking, FORMAT, JournalPosition, OPEN, bring_to_newest, place},
            session::Session,
        },
        schema::{self, Format},
        statement::{Statement, Value},
    },
};

/// How long the lease lasts from each renewal on.
pub const LEASE_LASTS: Duration = Duration::from_secs(10);

const QUERY: &str = "
    SELECT holder, node, lease.epoch AS epoch, (extract(epoch FROM since) * 1000000)::bigint AS since, format,
           greatest((extract(epoch FROM ends - clock_timestamp()) * 1000)::bigint, 0) AS left_for
    FROM lease CROSS JOIN journal";

/// Who has it already did not hear that the transaction was kept.
const IS_FREE: &str =
    "SELECT session, ends <= clock_timestamp() OR holder = $1 FROM lease FOR UPDATE";

const TAKE: &str = "
    UPDATE lease SET holder = $1, node = $2, session = $3, epoch = $4, since = clock_timestamp(),
                     ends = clock_timestamp() + $5::bigint * interval '1 millisecond'
    RETURNING (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// It lasts from when the renewal was sent, not from when it came: one that the network held up may
/// come after its sender has ended. An earlier one that comes later shortens nothing.
const RENEW: &str = "
    UPDATE lease SET ends = least(clock_timestamp() + ?3::bigint * interval '1 millisecond',
                                  greatest(ends, coalesce(to_timestamp(?4::bigint / 1000000.0), clock_timestamp())
                                                 + ?3::bigint * interval '1 millisecond'))
    WHERE holder = ?1 AND epoch = ?2 AND ends > clock_timestamp()
    RETURNING (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now";

/// And announces it, once the transaction is kept.
const RELEASE: &str = "
    WITH released AS (
        UPDATE lease SET ends = clock_timestamp()
        WHERE holder = ?1 AND epoch = ?2 AND ends > clock_timestamp() RETURNING epoch)
    SELECT pg_notify('boathook', current_schema() || ':lead') FROM released";

/// For a row or a lock that someone else has.
const WAIT: &str = "SET LOCAL lock_timeout = '3s'";

/// Who leads, as the database says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The process that leads or led last; empty if none ever did.
    pub holder: String,
    /// The node of the one that leads or led last; empty if none ever did.
    pub node: String,
    /// Since when.
    pub since: Timestamp,
    /// How often the lead was taken.
    pub epoch: u64,
    /// How long it still lasts; zero if it has ended.
    pub left: Duration,
    /// The format of the record.
    pub format: u32,
}

impl Lease {
    /// Whether nobody leads.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.left.is_zero()
    }
}

pub(super) fn query() -> Statement<'static> {
    Statement::new(QUERY, [])
}

/// Whether the record must not be used any more.
pub(super) fn was_moved(row: &dyn Columns) -> Result<bool, ColumnError> {
    Ok(columns::integer(row, "format")? < 0)
}

pub(super) fn read(row: &dyn Columns) -> Result<Lease, ColumnError> {
    let since = Timestamp::from_microsecond(columns::integer(row, "since")?);
    let format = u32::try_from(columns::integer(row, "format")?);
    Ok(Lease {
        holder: columns::text(row, "holder")?.to_owned(),
        node: columns::text(row, "node")?.to_owned(),
        since: since.map_err(|error| ColumnError::new("since", error))?,
        epoch: columns::sequence(row, "epoch")?,
        left: Duration::from_millis(columns::sequence(row, "left_for")?),
        format: format.map_err(|error| ColumnError::new("format", error))?,
    })
}

/// Returns the time of the renewal if the lease still was that one's, and lasts on. The renewal is sent
/// at `sent` at the latest, by the database's clock in microseconds, if that is known.
pub(super) fn renew(member: &Member, epoch: i64, sent: Option<i64>) -> Statement<'_> {
    let values = [
        member.instance.as_str().into(),
        Value::Integer(epoch),
        Value::Integer(lasts()),
        sent.map_or(Value::Null, Value::Integer),
    ];
    Statement::new(RENEW, values)
}

/// When a renewal was done, by the database's clock in microseconds.
pub(super) fn renewed_at(row: &dyn Columns) -> Result<i64, ColumnError> {
    columns::integer(row, "now")
}

pub(super) fn release(member: &Member, epoch: i64) -> Statement<'_> {
    Statement::new(RELEASE, [member.instance.as_str().into(), Value::Integer(epoch)])
}

fn lasts() -> i64 {
    i64::try_from(LEASE_LASTS.as_millis()).unwrap_or(i64::MAX)
}

/// Takes the lease if nobody has it, and with it the lock on the journal, which is then in the newest
/// format. Nobody who led before writes to it from then on. Says too when it was taken, by the
/// database's clock in microseconds.
pub(super) fn take(
    asking: &Asking<'_>,
    member: &Member,
) -> Result<Option<(Session, JournalPosition, i64)>, PostgresError> {
    let session = asking.connect()?;
    let found = asking.format(&session)?;
    let patient = asking.patient(asking.changes(found)?);
    let taken = patient.ask("take the lead", try_to_take(&session, member, found))?;
    match taken {
        Taken::Lead { opened, at } => Ok(Some((session, asking.read(|| place(&opened))?, at))),
        Taken::HeldByAnother => Ok(None),
        Taken::Locked => {
            let holder = asking.ask("see who has the journal", lock::holder(&session))?;
            Err(PostgresError::InUse { place: asking.place(), holder })
        }
    }
}

enum Taken {
    /// The row of the journal, and when, by the database's clock in microseconds.
    Lead { opened: Row, at: i64 },
    /// Or another one has led since the format was read.
    HeldByAnother,
    /// A process that was not the leader has the journal's lock.
    Locked,
}

/// After an error the session is not used any more, and with it the lock is free.
async fn try_to_take(session: &Session, member: &Member, format: Format) -> Result<Taken, Error> {
    let Member { node, instance, session: name } = member;
    let client = session.client();
    client.batch_execute("BEGIN").await?;
    client.batch_execute(WAIT).await?;
    let found = match client.query_one(IS_FREE, &[instance]).await {
        Ok(row) if row.try_get(1)? => row,
        Ok(_) => return roll_back(session, Taken::HeldByAnother).await,
        Err(error) if is_late(&error) => return roll_back(session, Taken::HeldByAnother).await,
        Err(error) => return Err(error),
    };
    // Nobody else changes it while this one has the row of the lease.
    let now: i64 = client.query_one(FORMAT, &[]).await?.try_get(0)?;
    if u32::try_from(now).map(Format::Known) != Ok(format) {
        return roll_back(session, Taken::HeldByAnother).await;
    }
    lock::end_leaders(session, found.try_get(0)?).await?;
    match lock::take(session).await {
        Ok(()) => {}
        Err(error) if is_late(&error) => return roll_back(session, Taken::Locked).await,
        Err(error) => return Err(error),
    }
    bring_to_newest(client, schema::POSTGRES.changes(format)).await?;
    let opened = client.query_one(OPEN, &[]).await?;
    let JournalPosition { epoch, .. } = place(&opened)?;
    let taken: [&(dyn ToSql + Sync); 5] = [instance, &node.as_str(), name, &epoch, &lasts()];
    let at = client.query_one(TAKE, &taken).await?.try_get(0)?;
    client.batch_execute("COMMIT").await?;
    Ok(Taken::Lead { opened, at })
}

async fn roll_back(session: &Session, taken: Taken) -> Result<Taken, Error> {
    session.client().batch_execute("ROLLBACK").await?;
    Ok(taken)
}

fn is_late(error: &Error) -> bool {
    error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
}
