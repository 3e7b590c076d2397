//! `boathook health`: whether a boathook here takes deployments, for the health check of a
//! container.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use boathook_core::duration_text;
use clap::Args;
use reqwest::{ClientBuilder, Url};

use crate::{
    cli::{CliError, ConfigArguments, Exit, http::unreached, terminal::print},
    config::{Config, Examined, Server},
    http_client,
};

const PATH: &str = "/health";

/// `boathook health`.
#[derive(Debug, Args)]
pub struct HealthArguments {
    /// The health check of the public listener [default: where the configuration says that it
    /// listens; without a public listener, the operator's socket]
    #[arg(long, env = "BOATHOOK_HEALTH_URL")]
    url: Option<String>,
    /// How long the answer may take.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration_text::parse_positive)]
    timeout: Duration,
    #[command(flatten)]
    config: ConfigArguments,
}

/// What is asked, and the client that knows the way.
struct Target {
    url: String,
    client: ClientBuilder,
}

impl HealthArguments {
    /// Asks once. Exits with 0 or 1 only, as container health checks must.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { url, timeout, config } = self;
        let Target { url, client } = match url {
            Some(url) => Target { client: http_client::direct(&url), url },
            None => Target::of(&configured(&config.directory)?),
        };
        let client = client.timeout(timeout).build().map_err(CliError::NoClient)?;
        let response = client
            .get(&url)
            .send()
            .await
            .map_err(|error| CliError::NotHealthy { url, why: unreached(&error, timeout) })?;
        let status = response.status();
        print(status);
        Ok(if status.is_success() { Exit::Success } else { Exit::Failure })
    }
}

/// The listener's settings. What else is wrong with the configuration is no matter of health: a
/// boathook that runs goes on with the one that it has.
fn configured(config: &Path) -> Result<Config, CliError> {
    let Examined { config, problems } = Config::examine(config, std::env::vars_os());
    match (config, problems.into_iter().next()) {
        (Some(config), _) => Ok(config),
        (None, problem) => Err(CliError::NoHealthUrl(problem)),
    }
}

impl Target {
    /// The public listener; where there is none, the operator's socket.
    fn of(config: &Config) -> Self {
        match config.server.listen {
            Some(address) => Self::public(&config.server, address),
            None => Self::socket(&config.operator.socket),
        }
    }

    fn socket(path: &Path) -> Self {
        // The host has no meaning on a socket.
        let url = format!("http://boathook/v1{PATH}");
        Self { client: http_client::direct(&url).unix_socket(path), url }
    }

    /// The listener, asked by the name that its certificate has.
    fn public(server: &Server, listen: SocketAddr) -> Self {
        let ip = match listen.ip() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let address = SocketAddr::new(ip, listen.port());
        if server.tls.is_none() {
            let url = format!("http://{address}{PATH}");
            return Self { client: http_client::direct(&url), url };
        }
        let public = Url::parse(&server.public_url).ok();
        let name = public.as_ref().and_then(Url::host_str).map(str::to_owned);
        let name = name.unwrap_or_else(|| ip.to_string());
        let url = format!("https://{name}:{}{PATH}", address.port());
        Self { client: http_client::direct(&url).resolve(&name, address), url }
    }
}
