//! Opens the record where the settings say that it is.

use std::sync::Arc;

use crate::{
    config::State,
    journal::{
        self, DatabaseUrl, PostgresOptions, PostgresStore, SqliteStore, Store, StoreError,
        StoreOptions,
    },
    startup::StartError,
};

/// Opens the record. One that is in the state directory is never left behind unseen: boathook would
/// know nothing of what it deployed.
pub(super) fn open(
    state: &State,
    database: Option<&DatabaseUrl>,
) -> Result<Arc<dyn Store>, StartError> {
    let path = state.directory.join(journal::FILE);
    let (Some(postgres), Some(url)) = (&state.postgres, database) else {
        return Ok(Arc::new(SqliteStore::open(&path, StoreOptions::default())?));
    };
    if path.exists() {
        return Err(StartError::LeftBehind { path });
    }
    let options =
        PostgresOptions::new(url.clone(), postgres.ca.as_deref(), postgres.schema.clone())
            .map_err(StoreError::from)?;
    Ok(Arc::new(PostgresStore::open(options)?))
}
