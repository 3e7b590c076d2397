//! `boathook approve` and `reject`: an operator approves or rejects a deployment.

use clap::Args;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use crate::cli::{
    CliError, Exit, SocketArguments, messages,
    steer::Deployment,
    terminal::{Line, print},
};

/// `boathook approve`.
#[derive(Debug, Args)]
pub struct ApproveArguments {
    /// The deployment: boathook's id or the sender's deployment_id
    id: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    socket: SocketArguments,
}

/// `boathook reject`.
#[derive(Debug, Args)]
pub struct RejectArguments {
    /// The deployment: boathook's id or the sender's deployment_id
    id: String,
    /// The reason, for the record and the sender
    #[arg(long, value_name = "TEXT")]
    note: String,
    #[command(flatten)]
    socket: SocketArguments,
}

#[derive(Debug, Deserialize)]
struct Rejected {
    deployment: Deployment,
}

#[derive(Debug, Deserialize)]
struct Approved {
    deployment: Deployment,
    /// The users who approved it so far.
    given: Vec<String>,
    needed: u32,
    note: Option<String>,
}

impl ApproveArguments {
    /// Approves the deployment, and prints which one.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { id, note, socket } = self;
        let Approved { deployment, given, needed, note } =
            answer(&socket, &id, "approve", note).await?;
        print(Line(&messages::approval_recorded(&deployment.words(), &given, needed)));
        if let Some(note) = note {
            print(Line(&messages::note(&note)));
        }
        Ok(Exit::Success)
    }
}

impl RejectArguments {
    /// Rejects the deployment, and prints which one.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { id, note, socket } = self;
        let Rejected { deployment } = answer(&socket, &id, "reject", Some(note)).await?;
        print(Line(&format!("{} {}", messages::REJECTED, deployment.words())));
        Ok(Exit::Success)
    }
}

async fn answer<T: DeserializeOwned>(
    socket: &SocketArguments,
    id: &str,
    verb: &str,
    note: Option<String>,
) -> Result<T, CliError> {
    socket.post(&["deployments", id, verb], &json!({"note": note})).await
}
