//! `boathook retry`: another attempt at a deployment that has ended.

use std::{error::Error, process::ExitCode};

use clap::Args;
use serde_json::json;

use crate::cli::{
    Exit, SocketArguments, messages,
    steer::{Ordered, refused},
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
    pub async fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        match self
            .socket
            .post::<Ordered>(&["deployments", &self.id, "retry"], &json!({"note": self.note}))
            .await
        {
            Err(error) => return Ok(refused(&error)),
            Ok(Ordered { deployment }) => print(Line(&messages::tried_again(
                deployment.attempt,
                &deployment.id,
                &deployment.words(),
            ))),
        }
        Ok(Exit::Success.into())
    }
}
