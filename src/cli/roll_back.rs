//! `boathook rollback`: what served before is to serve again.

use std::{error::Error, process::ExitCode};

use clap::Args;
use serde_json::json;

use crate::{
    cli::{
        Exit, SocketArguments, messages,
        steer::{Ordered, refused},
        terminal::{Line, print},
    },
    deployment::Environment,
};

/// `boathook rollback`.
#[derive(Debug, Args)]
pub struct RollbackArguments {
    /// The service
    service: String,
    /// The deployment whose revision serves again, by boathook's id or the sender's [default: the one before]
    #[arg(long, value_name = "DEPLOYMENT")]
    to: Option<String>,
    /// Where, if the service is deployed to more than one
    #[arg(long)]
    environment: Option<Environment>,
    /// The service's namespace, if more than one has such a service
    #[arg(long)]
    namespace: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Which boathook is asked.
    #[command(flatten)]
    socket: SocketArguments,
}

impl RollbackArguments {
    /// Orders the rollback, and prints what was accepted.
    pub async fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let Self { service, to, environment, namespace, note, socket } = self;
        let body = json!({"service": service, "to": to, "environment": environment, "namespace": namespace, "note": note});
        match socket.tell::<Ordered>(&["rollbacks"], &body).await {
            Err(error) => return Ok(refused(&error)),
            Ok(Ordered { deployment }) => {
                print(Line(&messages::going_back(&deployment.job, &deployment.image, &deployment.place())));
            }
        }
        Ok(Exit::Success.into())
    }
}
