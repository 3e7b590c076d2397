//! Reads how fit a database is for the journal; changes nothing, also while boathook has it open.

use std::sync::Arc;

use crate::journal::{
    PostgresError, PostgresOptions, StoreError,
    store::{
        postgres::{
            driver::Driver,
            open::{Asking, DEADLINE},
        },
        schema::{Format, NEWEST},
    },
};

const SERVER: &str = "
    SELECT current_setting('server_version'), current_setting('fsync') = 'on', current_setting('full_page_writes') = 'on',
           CASE WHEN to_regnamespace($1) IS NULL THEN has_database_privilege(current_database(), 'CREATE')
                ELSE has_schema_privilege($1, 'USAGE') AND has_schema_privilege($1, 'CREATE') END";

/// What is known of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectedDatabase {
    /// The schema and the database.
    pub place: String,
    /// The server's version.
    pub version: String,
    /// Whether what the server confirms survives a crash of its machine.
    pub is_durable: bool,
    /// Whether boathook may make and change what it needs.
    pub is_permitted: bool,
    /// Whether what is sent there can be read on the way.
    pub is_exposed: bool,
    /// The journal's format, if there is one.
    pub format: Option<u32>,
    /// The newest format known here.
    pub newest: u32,
}

/// Looks at a database; an error if boathook could not use it. Blocks.
pub fn inspect_database(options: &PostgresOptions) -> Result<InspectedDatabase, StoreError> {
    let driver =
        Driver::start().map_err(|error| PostgresError::Thread { source: Arc::new(error) })?;
    let asking = Asking { driver: &driver, options, deadline: DEADLINE };
    let session = asking.connect()?;
    let schema = options.schema.as_str();
    let server =
        asking.ask("look at the server", session.client().query_one(SERVER, &[&schema]))?;
    let (version, fsync, full_pages, is_permitted) = asking.read(|| {
        Ok((server.try_get(0)?, server.try_get(1)?, server.try_get(2)?, server.try_get(3)?))
    })?;
    let format = match asking.format(&session)? {
        Format::Empty => None,
        Format::Known(found) => Some(found),
        other => return Err(asking.unusable(other).into()),
    };
    let is_durable = fsync && full_pages;
    let place = asking.place();
    let is_exposed = options.is_exposed();
    Ok(InspectedDatabase {
        place,
        version,
        is_durable,
        is_permitted,
        is_exposed,
        format,
        newest: NEWEST,
    })
}
