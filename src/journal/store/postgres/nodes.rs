//! The boathooks on one record: each writes its own row, and reads those of the others. All of it
//! blocks.

use std::time::Duration;

use jiff::Timestamp;

use crate::journal::{
    Node, NodeProgress, Nodes, PostgresStore, StoreError, StoreReader as _,
    store::{
        columns::{self, ColumnError, Columns},
        postgres::member::Member,
        schema::NEWEST,
        statement::{Statement, Value},
    },
};

/// One that is gone for longer is forgotten. The database's clock decides.
pub const FORGOTTEN_AFTER: Duration = Duration::from_hours(7 * 24);

/// How long an answer may take.
pub(super) const DEADLINE: Duration = Duration::from_secs(4);

/// The row says whose it was before.
const NOTE: &str = "
    WITH before AS (SELECT instance FROM nodes WHERE name = ?1)
    INSERT INTO nodes AS known (name, instance, started, version, format, seen, applied, looked_before, audited, leads)
    VALUES (?1, ?2, clock_timestamp(), ?3, ?4, clock_timestamp(), ?5, ?6, ?7, ?8)
    ON CONFLICT (name) DO UPDATE
    SET instance = excluded.instance, version = excluded.version, format = excluded.format, seen = excluded.seen, applied = excluded.applied,
        looked_before = excluded.looked_before, audited = excluded.audited, leads = excluded.leads,
        started = CASE known.instance WHEN excluded.instance THEN known.started ELSE excluded.started END
    RETURNING (SELECT instance FROM before) AS before";

const LIST: &str = "
    SELECT name, version, format, applied, looked_before, audited, leads,
           (extract(epoch FROM started) * 1000000)::bigint AS started, (extract(epoch FROM seen) * 1000000)::bigint AS seen,
           greatest((extract(epoch FROM clock_timestamp() - seen) * 1000)::bigint, 0) AS seen_before
    FROM nodes ORDER BY name";

const FORGET: &str = "
    DELETE FROM nodes WHERE seen < clock_timestamp() - ?1::bigint * interval '1 millisecond' RETURNING name";

const AUDITED: &str = "SELECT min(audited) AS audited FROM nodes";

impl PostgresStore {
    /// The name of this process's node among others; none if it has the record for itself.
    #[must_use]
    pub fn node(&self) -> Option<&str> {
        self.member.as_ref().map(|member| member.node.as_str())
    }

    /// Says how far this process has come; true if another process has said so under the same name since
    /// the last time.
    pub fn note_node(&self, version: &str, progress: NodeProgress) -> Result<bool, StoreError> {
        const NOTING: &str = "write down how far this boathook has come";
        let Some(Member { node, instance, .. }) = &self.member else { return Ok(false) };
        let NodeProgress { applied, looked_before, audited, leads } = progress;
        let values = [
            node.as_str().into(),
            instance.as_str().into(),
            version.into(),
            NEWEST.into(),
            applied.into(),
            milliseconds(looked_before),
            audited.into(),
            leads.into(),
        ];
        let asking = self.asking_within(DEADLINE);
        let rows = self.of_nodes.change(&asking, NOTING, &Statement::new(NOTE, values))?;
        let before = rows.first().map(|row| row.text("before")).transpose();
        let before = before.map_err(|error| StoreError::failed(NOTING, error))?.flatten();
        Ok(before.is_some_and(|before| before != instance))
    }

    /// All of them.
    pub fn nodes(&self) -> Result<Nodes, StoreError> {
        const LISTING: &str = "read the list of boathooks";
        let mut nodes = Vec::new();
        self.find_rows(LISTING, &Statement::new(LIST, []), &mut |row| {
            nodes.push(node(row)?);
            Ok(())
        })?;
        Ok(Nodes { nodes, lease: self.lease_for_others()?, last_sequence: self.last_sequence()? })
    }

    /// Forgets those that are gone for long, and names them.
    pub fn forget_nodes(&self) -> Result<Vec<String>, StoreError> {
        const FORGETTING: &str = "forget the boathooks that are gone";
        let asking = self.asking_within(DEADLINE);
        let statement = Statement::new(FORGET, [milliseconds(FORGOTTEN_AFTER)]);
        let rows = self.of_nodes.change(&asking, FORGETTING, &statement)?;
        let names = rows.iter().map(|row| columns::text(row, "name").map(str::to_owned));
        let names = names.collect::<Result<_, ColumnError>>();
        names.map_err(|error| StoreError::failed(FORGETTING, error))
    }

    /// The last record that the audit logs of all of them have on disk.
    pub fn audited_by_all(&self) -> Result<u64, StoreError> {
        let mut audited = 0;
        let statement = Statement::new(AUDITED, []);
        self.find_rows("read what is audited", &statement, &mut |row| {
            audited = row.integer("audited")?.unwrap_or_default().unsigned_abs();
            Ok(())
        })?;
        Ok(audited)
    }
}

fn node(row: &dyn Columns) -> Result<Node, ColumnError> {
    let duration = |column| columns::sequence(row, column).map(Duration::from_millis);
    let time = |column| {
        let since = Timestamp::from_microsecond(columns::integer(row, column)?);
        since.map_err(|error| ColumnError::new(column, error))
    };
    let format = u32::try_from(columns::integer(row, "format")?);
    Ok(Node {
        name: columns::text(row, "name")?.to_owned(),
        started: time("started")?,
        version: columns::text(row, "version")?.to_owned(),
        format: format.map_err(|error| ColumnError::new("format", error))?,
        seen: time("seen")?,
        seen_before: duration("seen_before")?,
        progress: NodeProgress {
            applied: columns::sequence(row, "applied")?,
            looked_before: duration("looked_before")?,
            audited: columns::sequence(row, "audited")?,
            leads: row.flag("leads")?,
        },
    })
}

pub(super) fn milliseconds(duration: Duration) -> Value<'static> {
    Value::Integer(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
