//! `boathook holds`: the services that are held since an operator rolled them back.

use boathook_core::{clock::date_and_time, record::ServiceHold};
use clap::Args;

use crate::cli::{CliError, Exit, SocketArguments, messages, table::headed_table};

/// `boathook holds`.
#[derive(Debug, Args)]
pub struct HoldsArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    socket: SocketArguments,
}

impl HoldsArguments {
    /// Prints the list.
    pub async fn run(self) -> Result<Exit, CliError> {
        self.socket.print(&["holds"], &[], self.json, shown).await
    }
}

fn shown(holds: Vec<ServiceHold>) -> String {
    if holds.is_empty() {
        return messages::NONE_HELD.to_owned();
    }
    let heads = ["ENVIRONMENT", "SERVICE", "TAKES NO", "BY", "SINCE", "ROLLBACK"];
    let cells = holds.into_iter().map(|hold| {
        let ServiceHold { id: _, environment, service, deployment, keeps_out, by, since } = hold;
        [
            environment.to_string(),
            service.to_string(),
            keeps_out.to_string(),
            by.to_string(),
            date_and_time(since),
            deployment.to_string(),
        ]
    });
    headed_table(heads, cells)
}
