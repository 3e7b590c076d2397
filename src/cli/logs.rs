//! `boathook logs`: every program that a deployment ran, as one would type it, with how it ended
//! and what it wrote.

use boathook_core::{clock::time_of_day, deployment::ShellWord};
use clap::Args;

use crate::{
    cli::{
        CliError, Exit, SocketArguments, messages,
        terminal::{Line, Lines},
    },
    journal::{Event, Record, seconds},
};

/// `boathook logs`.
#[derive(Debug, Args)]
pub struct LogsArguments {
    /// The deployment: boathook's id or the sender's deployment_id
    id: String,
    /// Print the records as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    socket: SocketArguments,
}

impl LogsArguments {
    /// Prints the programs.
    pub async fn run(self) -> Result<Exit, CliError> {
        let path = ["deployments", &self.id, "records"];
        let shown =
            |records: Vec<Record>| records.iter().filter_map(line).collect::<Vec<_>>().join("\n");
        self.socket.print(&path, &[], self.json, shown).await
    }
}

/// What a record says about programs, and the steps that they belong to.
fn line(record: &Record) -> Option<String> {
    let at = time_of_day(record.at);
    match &record.event {
        Event::StepStarted { step } => Some(format!("{at} {}", Line(&messages::spaced(step)))),
        Event::StepFailed { failure } => {
            Some(format!("{at} failed: {}", Line(&failure.reason().to_string())))
        }
        Event::RollbackFailed { reason } => Some(format!("{at} failed: {}", Line(reason))),
        Event::CommandStarted { command, argv } => {
            Some(format!("{at} #{command} $ {}", ShellWord::command(argv)))
        }
        Event::CommandEnded { command, exit, duration_ms, stdout, stderr } => {
            let ended = format!("{at} #{command} {} after {}", Line(exit), seconds(*duration_ms));
            Some(ended + &output("| ", stdout) + &output("! ", stderr))
        }
        Event::Accepted(_)
        | Event::Approved { .. }
        | Event::Rejected { .. }
        | Event::ApprovalExpired
        | Event::Started
        | Event::Planned { .. }
        | Event::StepLearned { .. }
        | Event::StepEnded { .. }
        | Event::Steered { .. }
        | Event::Superseded { .. }
        | Event::Ended { .. }
        | Event::Pruned { .. }
        | Event::Locked(_)
        | Event::Unlocked { .. }
        | Event::PromotionDelayed { .. }
        | Event::Promoted { .. }
        | Event::NotPromoted { .. } => None,
    }
}

fn output(mark: &str, text: &str) -> String {
    Lines(text).to_string().lines().map(|line| format!("\n         {mark}{line}")).collect()
}
