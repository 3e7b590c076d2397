//! `boathook health`: whether a boathook here takes deployments, for the health check of a
//! container.

use std::time::Duration;

use clap::Args;

use crate::{
    cli::{CliError, Exit, http::unreached, terminal::print},
    http_client,
};

/// `boathook health`.
#[derive(Debug, Args)]
pub struct HealthArguments {
    /// The health check of the public listener.
    #[arg(long, env = "BOATHOOK_HEALTH_URL", default_value = "http://127.0.0.1:8080/health")]
    url: String,
    /// How many seconds the answer may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    timeout: u64,
}

impl HealthArguments {
    /// Asks once. Exits with 0 or 1 only, as container health checks must.
    pub async fn run(self) -> Result<Exit, CliError> {
        let client = http_client::direct(&self.url)
            .timeout(Duration::from_secs(self.timeout))
            .build()
            .map_err(CliError::NoClient)?;
        let not_healthy =
            |error| CliError::NotHealthy { url: self.url.clone(), why: unreached(&error) };
        let response = client.get(&self.url).send().await.map_err(not_healthy)?;
        let status = response.status();
        print(status);
        Ok(if status.is_success() { Exit::Success } else { Exit::Failure })
    }
}
