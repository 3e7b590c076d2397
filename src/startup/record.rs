//! Opens the record where the settings say that it is.

use std::{path::PathBuf, sync::Arc, time::Duration};

use boathook_core::{clock::Clock, deployment::error_chain};
use tokio::{task::spawn_blocking, time::sleep};
use tracing::{info, warn};

use crate::{
    config::State,
    journal::{
        self, CopyMark, DatabaseUrl, Journal, NodeName, PostgresOptions, PostgresStore,
        SqliteStore, StoreError, StoreOptions, inspect_database,
    },
    startup::{StartError, end_signals::EndSignals, systemd},
};

/// How often a database is asked for that is away at the start.
const INTERVAL: Duration = Duration::from_secs(2);
/// How long one more attempt may take, as systemd is told.
const ATTEMPT: Duration = Duration::from_secs(60);

/// Opens the record: in the database, which others may write, or in the state directory.
pub(super) fn open(
    state: &State,
    shared: Option<&Arc<PostgresStore>>,
    clock: Clock,
) -> Result<Journal, StartError> {
    match shared {
        Some(store) => Ok(Journal::follow(Arc::clone(store) as _, clock)?),
        None => {
            let path = state.directory.join(journal::FILE);
            let store = SqliteStore::open(&path, StoreOptions::default())?;
            Ok(Journal::open(Arc::new(store), clock)?)
        }
    }
}

/// How a boathook came to its database.
pub(super) enum Joined {
    /// The record is in the state directory.
    NotNeeded,
    To(Arc<PostgresStore>),
    /// It was asked to stop before.
    Stopped,
}

/// Waits for a database that is away. What waiting does not mend is an error at once.
pub(super) async fn join(
    state: &State,
    database: Option<&DatabaseUrl>,
    end: &mut EndSignals,
) -> Result<Joined, StartError> {
    let Some((options, moved)) = options(state, database)? else {
        return Ok(Joined::NotNeeded);
    };
    let node = match &state.node {
        Some(node) => node.clone(),
        None => NodeName::of_host().map_err(StartError::Node)?,
    };
    let mut is_logged = false;
    loop {
        let tried = options.clone();
        let node = node.clone();
        let moved = moved.clone();
        let joined = spawn_blocking(move || {
            moved.map_or(Ok(()), |moved| moved.arrived_in(&tried))?;
            PostgresStore::join(tried, node)
        });
        match joined.await.unwrap_or(Err(StoreError::Stopped)) {
            Ok(store) => return Ok(Joined::To(Arc::new(store))),
            Err(StoreError::Postgres(error)) if error.may_pass() => {
                if !is_logged {
                    warn!(reason = error_chain(&error), "Waiting for the database of the record");
                }
                is_logged = true;
            }
            Err(error) => return Err(error.into()),
        }
        systemd::still_starting(ATTEMPT);
        tokio::select! {
            signal = end.received() => {
                info!(signal, "Stopping: the database of the record could not be used");
                return Ok(Joined::Stopped);
            }
            () = sleep(INTERVAL) => {}
        }
    }
}

/// The database, if the record is in one, and where the file says that its record went. A record that
/// is in the state directory is never left behind unseen: boathook would know nothing of what it
/// deployed.
fn options(
    state: &State,
    database: Option<&DatabaseUrl>,
) -> Result<Option<(PostgresOptions, Option<Moved>)>, StartError> {
    let (Some(postgres), Some(url)) = (&state.postgres, database) else { return Ok(None) };
    let path = state.directory.join(journal::FILE);
    let moved = match journal::copy_mark_of(&path) {
        Some(CopyMark::Moved { to }) => Some(Moved { path, to }),
        // The record is still where it was copied from.
        Some(CopyMark::Unfinished { .. }) => None,
        None if path.exists() => return Err(StartError::LeftBehind { path }),
        None => None,
    };
    let options =
        PostgresOptions::new(url.clone(), postgres.ca.as_deref(), postgres.schema.clone());
    Ok(Some((options.map_err(StoreError::from)?, moved)))
}

/// A record that was in the state directory.
#[derive(Clone)]
struct Moved {
    path: PathBuf,
    to: String,
}

impl Moved {
    /// An error if it went elsewhere and the database has none, so that no empty one takes its place. A
    /// database may have another name by now. Blocks.
    fn arrived_in(self, options: &PostgresOptions) -> Result<(), StoreError> {
        let Self { path, to } = self;
        let place = options.to_string();
        if to == place || inspect_database(options)?.format.is_some() {
            return Ok(());
        }
        Err(StoreError::MovedElsewhere { place, path, to })
    }
}
