//! `boathook release`: lets promotions reach a service again that was rolled back.

use boathook_core::record::ServiceHold;
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::cli::{
    CliError, Exit, messages,
    service_arguments::ServiceArguments,
    terminal::{Line, print},
};

/// `boathook release`.
#[derive(Debug, Args)]
pub struct ReleaseArguments {
    #[command(flatten)]
    order: ServiceArguments,
}

#[derive(Debug, Deserialize)]
struct Released {
    hold: ServiceHold,
}

impl ReleaseArguments {
    /// Releases the service, and prints what it was held for.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { order } = self;
        let Released { hold } = order.socket.post(&["releases"], &json!(order)).await?;
        print(Line(&messages::released(&hold)));
        Ok(Exit::Success)
    }
}
