//! After a crash: is everything there that was accepted?

use std::{error::Error, fs::read_to_string, path::PathBuf, sync::Arc};

use boathook::journal::{Filter, Journal, SqliteStore, StoreOptions};
use boathook_core::{clock::Clock, deployment::ExternalId};
use serde_json::{Value, json};

#[derive(clap::Args)]
pub struct Lost {
    /// The journal of a boathook that does not run
    journal: PathBuf,
    /// The ids that were accepted, a line each
    accepted: PathBuf,
}

impl Lost {
    pub async fn run(self) -> Result<Value, Box<dyn Error>> {
        let journal = Journal::open(
            Arc::new(SqliteStore::open(&self.journal, StoreOptions::default())?),
            Clock::system(),
        )?;
        let mut accepted = 0;
        let mut lost = Vec::new();
        for id in read_to_string(&self.accepted)?.lines() {
            accepted += 1;
            let filter =
                Filter { deployment_id: Some(ExternalId::parse(id)?), ..Filter::default() };
            if journal.list(&filter).await?.is_empty() {
                lost.push(id.to_owned());
            }
        }
        Ok(json!({"accepted": accepted, "lost": lost.len(), "which": lost}))
    }
}
