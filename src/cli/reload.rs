//! `boathook reload`: the running boathook reads configuration and secrets again.

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::cli::{
    CliError, Exit, SocketArguments, messages,
    terminal::{Line, print},
};

/// `boathook reload`.
#[derive(Debug, Args)]
pub struct ReloadArguments {
    #[command(flatten)]
    socket: SocketArguments,
}

#[derive(Debug, Deserialize)]
struct Answer {
    needs_restart: Vec<String>,
    as_at_start: Vec<String>,
    #[serde(default)]
    warnings: Vec<String>,
}

impl ReloadArguments {
    /// Requests the reload, and prints what still needs a restart, or why nothing changed.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Answer { needs_restart, as_at_start, warnings } =
            self.socket.post(&["reload"], &json!({})).await?;
        print(messages::RELOADED);
        needs_restart.iter().for_each(|key| print(Line(&messages::needs_restart(key))));
        as_at_start.iter().for_each(|secret| print(Line(&messages::as_at_start(secret))));
        warnings.iter().for_each(|warning| print(Line(&messages::warning(warning))));
        Ok(Exit::Success)
    }
}
