//! Opens the record where the settings say that it is.

use std::{sync::Arc, time::Duration};

use boathook_core::deployment::error_chain;
use tokio::{task::spawn_blocking, time::sleep};
use tracing::{info, warn};

use crate::{
    config::State,
    journal::{
        self, DatabaseUrl, PostgresOptions, PostgresStore, SqliteStore, Store, StoreError,
        StoreOptions,
    },
    startup::{StartError, end_signals::EndSignals, systemd},
};

/// How often a database is asked for that is away at the start.
const INTERVAL: Duration = Duration::from_secs(2);
/// How long one more attempt may take, as systemd is told.
const ATTEMPT: Duration = Duration::from_secs(60);

/// Opens the record.
pub(super) fn open(
    state: &State,
    database: Option<&DatabaseUrl>,
) -> Result<Arc<dyn Store>, StartError> {
    match options(state, database)? {
        Some(options) => Ok(Arc::new(PostgresStore::open(options)?)),
        None => {
            let path = state.directory.join(journal::FILE);
            Ok(Arc::new(SqliteStore::open(&path, StoreOptions::default())?))
        }
    }
}

/// Waits for a database that is away, or whose journal another boathook has; false if boathook is
/// asked to stop meanwhile. What waiting does not mend is an error at once.
pub(super) async fn await_database(
    state: &State,
    database: Option<&DatabaseUrl>,
    end: &mut EndSignals,
) -> Result<bool, StartError> {
    let Some(options) = options(state, database)? else { return Ok(true) };
    let mut is_told = false;
    loop {
        let tried = options.clone();
        let opened = spawn_blocking(move || PostgresStore::open(tried).map(drop));
        match opened.await.unwrap_or(Err(StoreError::Stopped)) {
            Ok(()) => return Ok(true),
            Err(StoreError::Postgres(error)) if error.may_pass() => {
                if !is_told {
                    warn!(reason = error_chain(&error), "Waiting for the database of the record");
                }
                is_told = true;
            }
            Err(error) => return Err(error.into()),
        }
        systemd::still_starting(ATTEMPT);
        tokio::select! {
            signal = end.received() => {
                info!(signal, "Stopping: the database of the record could not be used");
                return Ok(false);
            }
            () = sleep(INTERVAL) => {}
        }
    }
}

/// The database, if the record is in one. A record that is in the state directory is never left
/// behind unseen: boathook would know nothing of what it deployed.
fn options(
    state: &State,
    database: Option<&DatabaseUrl>,
) -> Result<Option<PostgresOptions>, StartError> {
    let (Some(postgres), Some(url)) = (&state.postgres, database) else { return Ok(None) };
    let path = state.directory.join(journal::FILE);
    if path.exists() {
        return Err(StartError::LeftBehind { path });
    }
    let options =
        PostgresOptions::new(url.clone(), postgres.ca.as_deref(), postgres.schema.clone());
    Ok(Some(options.map_err(StoreError::from)?))
}
