//! Where boathook is: its public address, or its operator's socket.

use std::{path::PathBuf, time::Duration};

use reqwest::{Client, Url};

use crate::http_client::http_client;

/// How long one answer may take, beyond what was asked for, before the measurement has failed.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(clap::Args, Clone)]
pub struct Server {
    /// Where it listens
    #[arg(long, default_value = "http://boathook")]
    pub url: Url,
    /// The operator's socket, in place of an address
    #[arg(long)]
    pub socket: Option<PathBuf>,
}

impl Server {
    /// A client that keeps its connection.
    pub fn client(&self) -> reqwest::Result<Client> {
        self.client_that_waits(Duration::ZERO)
    }

    /// The same, for requests that the server may keep for so long before it answers.
    pub fn client_that_waits(&self, wait: Duration) -> reqwest::Result<Client> {
        let client = http_client(PATIENCE).read_timeout(PATIENCE + wait);
        match &self.socket {
            Some(socket) => client.unix_socket(socket.as_path()).build(),
            None => client.build(),
        }
    }
}
