//! `boathook show`: one deployment, its steps, and what serves.

use std::{error::Error, process::ExitCode};

use clap::Args;
use serde_json::Value;

use crate::{
    cli::{
        Exit, SocketArguments, messages,
        table::table,
        terminal::{fail, print},
    },
    journal::{DeploymentView, StepView},
};

/// `boathook show`.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The deployment: boathook's id or the sender's deployment_id
    id: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    socket: SocketArguments,
}

impl ShowArguments {
    /// Prints the deployment.
    pub async fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        match self.socket.ask::<Value>(&[&self.id], &[]).await {
            Err(error) => return Ok(fail(&error, error.exit())),
            Ok(history) if self.json => print(format_args!("{history:#}")),
            Ok(history) => print(shown(&serde_json::from_value(history)?)),
        }
        Ok(Exit::Success.into())
    }
}

fn shown(history: &DeploymentView) -> String {
    let facts = table(&messages::facts(history));
    let steps = history.steps.iter().map(step).collect::<Vec<_>>();
    if steps.is_empty() { facts } else { format!("{facts}\n\n{}", table(&steps)) }
}

fn step(step: &StepView) -> [String; 4] {
    [
        format!("{}{}", step.mark(), step.title),
        step.status.name().to_owned(),
        step.took(),
        step.reason.clone().unwrap_or_default(),
    ]
}
