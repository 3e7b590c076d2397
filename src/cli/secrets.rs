//! `boathook secrets`: each secret's environment, use, expiry, and last accepted request. Its use is
//! read as text: a boathook of another version may know more of them.

use boathook_core::clock::date_and_time;
use clap::Args;
use jiff::Timestamp;
use serde::Deserialize;

use crate::cli::{CliError, Exit, SocketArguments, messages, table::headed_table};

/// `boathook secrets`.
#[derive(Debug, Args)]
pub struct SecretsArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    socket: SocketArguments,
}

#[derive(Debug, Deserialize)]
struct Row {
    environment: String,
    id: String,
    #[serde(rename = "use")]
    key_use: String,
    not_after: Option<Timestamp>,
    ended: bool,
    deployments: u64,
    last: Option<Timestamp>,
}

impl SecretsArguments {
    /// Prints the list.
    pub async fn run(self) -> Result<Exit, CliError> {
        self.socket.print(&["secrets"], &[], self.json, shown).await
    }
}

fn shown(rows: Vec<Row>) -> String {
    let heads = ["ENVIRONMENT", "ID", "USE", "EXPIRES", "DEPLOYMENTS", "LAST"];
    let cells = rows.into_iter().map(|row| {
        let Row { environment, id, key_use, not_after, ended, deployments, last } = row;
        let until = messages::expiry(not_after, ended);
        [
            environment,
            id,
            key_use,
            until,
            deployments.to_string(),
            last.map_or_else(|| messages::NEVER.to_owned(), date_and_time),
        ]
    });
    headed_table(heads, cells)
}
