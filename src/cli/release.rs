//! `boathook release`: lets promotions reach a service again that was rolled back.

use boathook_core::{deployment::Environment, record::ServiceHold};
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::cli::{
    CliError, Exit, SocketArguments, messages,
    terminal::{Line, print},
};

/// `boathook release`.
#[derive(Debug, Args)]
pub struct ReleaseArguments {
    /// The service
    service: String,
    /// The environment, if the service is held in more than one
    #[arg(long)]
    environment: Option<Environment>,
    /// The namespace, if more than one has a held service of this name
    #[arg(long)]
    namespace: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    socket: SocketArguments,
}

#[derive(Debug, Deserialize)]
struct Released {
    hold: ServiceHold,
}

impl ReleaseArguments {
    /// Releases the service, and prints what it was held for.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { service, environment, namespace, note, socket } = self;
        let body = json!({"service": service, "environment": environment, "namespace": namespace, "note": note});
        let Released { hold } = socket.post(&["releases"], &body).await?;
        print(Line(&messages::released(&hold)));
        Ok(Exit::Success)
    }
}
