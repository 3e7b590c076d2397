//! GETs, one after the other on one connection.

use std::{error::Error, time::Instant};

use serde_json::{Value, json};

use crate::measure::{latencies::Latencies, server::Server};

#[derive(clap::Args)]
pub struct Ask {
    #[command(flatten)]
    server: Server,
    /// Asked for in turn
    #[arg(required = true)]
    paths: Vec<String>,
    #[arg(long, default_value_t = 500)]
    count: usize,
}

impl Ask {
    pub async fn run(self) -> Result<Value, Box<dyn Error>> {
        let client = self.server.client()?;
        let mut latencies = Latencies::default();
        let mut bytes = 0;
        let begun = Instant::now();
        for path in self.paths.iter().cycle().take(self.count) {
            let one = Instant::now();
            let response =
                client.get(self.server.url.join(path)?).send().await?.error_for_status()?;
            bytes += response.bytes().await?.len();
            latencies.note(one.elapsed());
        }
        let mut measured = latencies.over(begun.elapsed());
        measured["bytes_each"] = json!(bytes / self.count);
        Ok(measured)
    }
}
