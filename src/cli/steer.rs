//! `boathook pause`, `resume` and `abort`: what an operator asks of a deployment under way.

use boathook_core::rollout::Action;
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::cli::{
    CliError, Exit, SocketArguments, messages,
    terminal::{Line, print},
};

/// `boathook pause`, `resume` and `abort`.
#[derive(Debug, Args)]
pub struct SteerArguments {
    /// The deployment: boathook's id or the sender's deployment_id
    pub(super) id: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub(super) note: Option<String>,
    #[command(flatten)]
    pub(super) socket: SocketArguments,
}

/// boathook's answer to a command.
#[derive(Debug, Deserialize)]
pub struct Ordered {
    /// The deployment it was about, or that it created.
    pub deployment: Deployment,
}

/// A deployment in one line.
#[derive(Debug, Deserialize)]
pub struct Deployment {
    /// boathook's own id of it.
    pub id: String,
    /// Which attempt it is.
    pub attempt: u32,
    deployment_id: String,
    environment: String,
    namespace: String,
    service: String,
}

impl Deployment {
    /// Its name, and where it goes.
    pub fn words(&self) -> String {
        format!("{}, {}", self.deployment_id, self.place())
    }

    pub fn place(&self) -> String {
        let Self { environment, namespace, service, .. } = self;
        format!("{namespace}/{service} in {environment}")
    }

    /// What releases its service.
    pub fn release(&self) -> String {
        let Self { environment, service, .. } = self;
        format!("boathook release {service} --environment {environment}")
    }
}

impl SteerArguments {
    /// Asks for an action, and prints what was done.
    pub async fn run(self, action: Action) -> Result<Exit, CliError> {
        let (verb, full) = match action {
            Action::Pause => ("pause", false),
            Action::Resume => ("resume", false),
            Action::Promote => ("promote", false),
            Action::PromoteFully => ("promote", true),
            Action::Abort => ("abort", false),
        };
        let body = json!({"full": full, "note": self.note});
        let Ordered { deployment } =
            self.socket.post(&["deployments", &self.id, verb], &body).await?;
        print(Line(&format!("{} {}", messages::asked(action), deployment.words())));
        Ok(Exit::Success)
    }
}
