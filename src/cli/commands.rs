//! `boathook commands`: every program that a deployment ran, as one would type it, with how it ended
//! and what it wrote.

use boathook_core::{
    clock::time_of_day_utc,
    deployment::ShellWord,
    record::{CommandEvent, Event, Record, StepEvent},
};
use clap::Args;

use crate::{
    cli::{
        CliError, Exit, SocketArguments, messages,
        terminal::{Line, Lines},
    },
    journal::seconds,
};

/// `boathook commands`.
#[derive(Debug, Args)]
pub struct CommandsArguments {
    /// The deployment: boathook's id or the sender's deployment_id
    id: String,
    /// Print the records as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    socket: SocketArguments,
}

impl CommandsArguments {
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
    let at = time_of_day_utc(record.at);
    let line = match &record.event {
        Event::Step(event) => of_step(event)?,
        Event::Command(event) => of_command(event),
        Event::Deployment(_)
        | Event::Promotion(_)
        | Event::Watch(_)
        | Event::Lock(_)
        | Event::Hold(_)
        | Event::Withdrawal(_) => return None,
    };
    Some(format!("{at} {line}"))
}

fn of_step(event: &StepEvent) -> Option<String> {
    let started = event.started().map(|step| Line(&messages::spaced(step)).to_string());
    started.or_else(|| Some(format!("failed: {}", Line(&event.failure()?))))
}

fn of_command(event: &CommandEvent) -> String {
    match event {
        CommandEvent::CommandStarted { command, argv } => {
            format!("#{command} $ {}", ShellWord::command(argv))
        }
        CommandEvent::CommandEnded { command, exit, duration_ms, stdout, stderr } => {
            let took = seconds(*duration_ms);
            format!("#{command} {} after {took}", Line(&exit.to_string()))
                + &output("| ", stdout)
                + &output("! ", stderr)
        }
    }
}

fn output(mark: &str, text: &str) -> String {
    Lines(text).to_string().lines().map(|line| format!("\n         {mark}{line}")).collect()
}
