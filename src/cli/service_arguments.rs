//! What every order about one service takes: which one, why, and where boathook listens.

use boathook_core::deployment::Environment;
use clap::Args;
use serde::Serialize;

use crate::cli::SocketArguments;

/// The service that an order is about.
#[derive(Debug, Args, Serialize)]
pub(super) struct ServiceArguments {
    /// The service
    service: String,
    /// The environment, if the service is in more than one
    #[arg(long)]
    environment: Option<Environment>,
    /// The namespace, if more than one has a service of this name
    #[arg(long)]
    namespace: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    #[serde(skip)]
    pub(super) socket: SocketArguments,
}
