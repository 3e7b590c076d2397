//! `boathook retry`: another attempt at a deployment that has ended.

use clap::Args;
use serde_json::json;

use crate::cli::{
    CliError, Exit, SocketArguments, messages,
    steer::Ordered,
    terminal::{Line, print},
};

/// `boathook retry`.
#[derive(Debug, Args)]
pub struct RetryArguments {
    /// The deployment: boathook's id or the sender's deployment_id
    id: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    socket: SocketArguments,
}

impl RetryArguments {
    /// Requests the attempt, and prints what was accepted.
    pub async fn run(self) -> Result<Exit, CliError> {
        let body = json!({"note": self.note});
        let Ordered { deployment } =
            self.socket.post(&["deployments", &self.id, "retry"], &body).await?;
        print(Line(&messages::tried_again(
            deployment.attempt,
            &deployment.id,
            &deployment.words(),
        )));
        print(Line(&messages::follow(&deployment.id)));
        Ok(Exit::Success)
    }
}
