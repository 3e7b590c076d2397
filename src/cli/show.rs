//! `boathook show`: one deployment, its steps, and what serves; with `--follow`, what happens to
//! it, as it happens.

use boathook_core::deployment::DryRunReport;
use clap::Args;
use serde_json::json;

use crate::{
    cli::{
        CliError, Exit, SocketArguments,
        dry_run_report::{exit_of_dry_run, print_dry_run},
        follow::{Reporter, exit_of, print_outcome},
        messages,
        object_changes::object_changes,
        table::table,
        terminal::{has_colours, print},
    },
    journal::{DeploymentView, StepView},
};

/// `boathook show`.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The deployment: boathook's id or the sender's deployment_id
    id: String,
    /// Print what happens as it happens, to standard error, to the end of the deployment, then the
    /// outcome to standard output; exit as `boathook send` does
    #[arg(long)]
    follow: bool,
    /// Show what it would change, found by a dry run now: for a deployment that waits for approval or
    /// for its window; exit 1 if there are problems
    #[arg(long, conflicts_with = "follow")]
    preview: bool,
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
        if self.preview {
            return self.preview().await;
        }
        if self.follow {
            return self.follow(&path).await;
        }
        self.socket.print(&path, &[], self.json, |history| shown(&history)).await
    }

    async fn preview(&self) -> Result<Exit, CliError> {
        let path = ["deployments", &self.id, "preview"];
        let report: DryRunReport = self.socket.post(&path, &json!({})).await?;
        if self.json {
            print(json!(report));
        } else {
            print_dry_run(&report);
        }
        Ok(exit_of_dry_run(&report))
    }

    async fn follow(&self, path: &[&str]) -> Result<Exit, CliError> {
        let found: DeploymentView = self.socket.read(path, &[]).await?;
        let client = self.socket.client()?;
        let reporter = Reporter::to_stderr();
        let followed = self.socket.follow(&client, &found.id, &reporter).to_the_end(None).await;
        reporter.finish();
        let ended = followed.unwrap_or(found);
        if self.json {
            print(json!(ended));
        } else {
            print_outcome(&ended);
        }
        Ok(exit_of(ended.status))
    }
}

fn shown(history: &DeploymentView) -> String {
    let facts = table(&messages::facts(history));
    let changes = object_changes(&history.changes, has_colours()).join("\n");
    let parts = [facts, changes, steps(history)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// The steps of a deployment.
pub(super) fn steps(history: &DeploymentView) -> String {
    table(&history.steps.iter().map(step).collect::<Vec<_>>())
}

fn step(step: &StepView) -> [String; 4] {
    [
        format!("{}{}", step.mark(), step.title),
        step.status.name().to_owned(),
        step.took(),
        step.reason.clone().unwrap_or_default(),
    ]
}
