//! `boathook override` and `acknowledge`: let a deployment past closed deployment windows, and end the
//! mark that this leaves.

use clap::Args;
use serde_json::json;

use crate::cli::{
    CliError, Exit, SocketArguments, messages,
    steer::Ordered,
    terminal::{Line, print},
};

/// `boathook override`.
#[derive(Debug, Args)]
pub struct OverrideArguments {
    /// The deployment: boathook's id or the sender's deployment_id
    id: String,
    /// The reason, for the record and everyone who is notified
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    socket: SocketArguments,
}

/// `boathook acknowledge`.
#[derive(Debug, Args)]
pub struct AcknowledgeArguments {
    /// The deployment: boathook's id or the sender's deployment_id
    id: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    socket: SocketArguments,
}

impl OverrideArguments {
    /// Lets the deployment begin, and prints which one.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { id, reason, socket } = self;
        let Ordered { deployment } =
            socket.post(&["deployments", &id, "override"], &json!({"reason": reason})).await?;
        print(Line(&messages::overridden(&deployment.words(), &deployment.id)));
        Ok(Exit::Success)
    }
}

impl AcknowledgeArguments {
    /// Ends the mark, and prints of which deployment.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { id, note, socket } = self;
        let Ordered { deployment } =
            socket.post(&["deployments", &id, "acknowledge"], &json!({"note": note})).await?;
        print(Line(&messages::acknowledged(&deployment.words())));
        Ok(Exit::Success)
    }
}
