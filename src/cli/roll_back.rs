//! `boathook rollback`: an operator returns a service to an earlier revision.

use boathook_core::deployment::Environment;
use clap::Args;
use serde_json::json;

use crate::cli::{
    CliError, Exit, SocketArguments, messages,
    steer::Ordered,
    terminal::{Line, print},
};

/// `boathook rollback`.
#[derive(Debug, Args)]
pub struct RollbackArguments {
    /// The service
    service: String,
    /// The deployment to return to, by boathook's id or the sender's [default: the one before]
    #[arg(long, value_name = "DEPLOYMENT")]
    to: Option<String>,
    /// The environment, if the service is deployed to more than one
    #[arg(long)]
    environment: Option<Environment>,
    /// The namespace, if more than one has a service of this name
    #[arg(long)]
    namespace: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    socket: SocketArguments,
}

impl RollbackArguments {
    /// Requests the rollback, and prints what was accepted.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { service, to, environment, namespace, note, socket } = self;
        let body = json!({"service": service, "to": to, "environment": environment, "namespace": namespace, "note": note});
        let Ordered { deployment } = socket.post(&["rollbacks"], &body).await?;
        print(Line(&messages::rolling_back(
            &deployment.id,
            &deployment.image,
            &deployment.place(),
        )));
        Ok(Exit::Success)
    }
}
