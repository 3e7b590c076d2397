//! `boathook show`: one deployment, its steps, and what serves.

use clap::Args;

use crate::{
    cli::{CliError, Exit, SocketArguments, messages, table::table},
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
    pub async fn run(self) -> Result<Exit, CliError> {
        let path = ["deployments", &self.id];
        self.socket.print(&path, &[], self.json, |history| shown(&history)).await
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
