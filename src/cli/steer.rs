//! `boathook pause`, `resume`, `promote` and `abort`: what an operator asks of a deployment under
//! way.

use std::{error::Error, process::ExitCode};

use boathook_core::rollout::Action;
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::cli::{
    AskError, Exit, SocketArguments, messages,
    terminal::{Line, fail, print},
};

/// `boathook pause`, `resume` and `abort`.
#[derive(Debug, Args)]
pub struct SteerArguments {
    /// The deployment: boathook's id or the sender's deployment_id
    id: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    socket: SocketArguments,
}

/// `boathook promote`.
#[derive(Debug, Args)]
pub struct PromoteArguments {
    /// Skip everything before 100 %
    #[arg(long)]
    full: bool,
    /// What it is about.
    #[command(flatten)]
    steer: SteerArguments,
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
    /// The image as requested.
    pub image: String,
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
}

impl SteerArguments {
    /// Asks for an action, and prints what was done.
    pub async fn run(self, action: Action) -> Result<ExitCode, Box<dyn Error>> {
        let (verb, full) = match action {
            Action::Pause => ("pause", false),
            Action::Resume => ("resume", false),
            Action::Promote => ("promote", false),
            Action::PromoteFully => ("promote", true),
            Action::Abort => ("abort", false),
        };
        let body = json!({"full": full, "note": self.note});
        match self.socket.post::<Ordered>(&["deployments", &self.id, verb], &body).await {
            Err(error) => return Ok(refused(&error)),
            Ok(Ordered { deployment }) => {
                print(Line(&format!("{} {}", messages::asked(action), deployment.words())))
            }
        }
        Ok(Exit::Success.into())
    }
}

impl PromoteArguments {
    /// Asks for the promotion, and prints what was done.
    pub async fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        self.steer.run(if self.full { Action::PromoteFully } else { Action::Promote }).await
    }
}

/// A refusal exits with 2, like any refused request.
pub fn refused(error: &AskError) -> ExitCode {
    let exit = if matches!(error, AskError::Refused(_)) { Exit::Refused } else { error.exit() };
    fail(error, exit)
}
