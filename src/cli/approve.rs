//! `boathook approve` and `reject`: an operator approves or rejects a deployment.

use clap::Args;
use serde_json::json;

use crate::cli::{
    CliError, Exit, SocketArguments, messages,
    steer::Ordered,
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

impl ApproveArguments {
    /// Approves the deployment, and prints which one.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { id, note, socket } = self;
        answer(&socket, &id, "approve", note, messages::APPROVED).await
    }
}

impl RejectArguments {
    /// Rejects the deployment, and prints which one.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { id, note, socket } = self;
        answer(&socket, &id, "reject", Some(note), messages::REJECTED).await
    }
}

async fn answer(
    socket: &SocketArguments,
    id: &str,
    verb: &str,
    note: Option<String>,
    done: &str,
) -> Result<Exit, CliError> {
    let Ordered { deployment } =
        socket.post(&["deployments", id, verb], &json!({"note": note})).await?;
    print(Line(&format!("{done} {}", deployment.words())));
    Ok(Exit::Success)
}
