//! Readers of events, who stay until they are told to go.

use std::{
    error::Error,
    io::{Read as _, stdin},
    time::{Duration, Instant},
};

use reqwest::Client;
use serde_json::{Value, json};
use tokio::{
    sync::mpsc::{Sender, channel},
    task::{JoinSet, spawn_blocking},
    time::timeout,
};

use crate::measure::{latencies::Latencies, server::Server};

#[derive(clap::Args)]
pub struct Readers {
    #[command(flatten)]
    server: Server,
    /// What they read
    path: String,
    #[arg(long, default_value_t = 1000)]
    count: usize,
}

impl Readers {
    /// Prints `reading` once all have the first bytes, and goes when standard input ends.
    pub async fn run(self) -> Result<Value, Box<dyn Error>> {
        let mut tasks = JoinSet::new();
        let begun = Instant::now();
        let url = self.server.url.join(&self.path)?;
        let (arrived, mut arrivals) = channel(self.count);
        for _ in 0..self.count {
            // A client of its own for each: a connection of its own.
            let client = self.server.client()?;
            let url = url.clone();
            let arrived = arrived.clone();
            tasks.spawn(async move { read(&client, url, arrived).await });
        }
        let mut latencies = Latencies::default();
        while latencies.count() < self.count {
            tokio::select! {
                Some(took) = arrivals.recv() => latencies.note(took),
                Some(ended) = tasks.join_next() => return Err(format!("a reader ended early: {:?}", ended?).into()),
            }
        }
        let elapsed = begun.elapsed();
        println!("reading");
        spawn_blocking(|| stdin().read_to_end(&mut Vec::new())).await??;
        let gone = std::iter::from_fn(|| tasks.try_join_next()).count();
        let mut measured = latencies.over(elapsed);
        measured["ended_early"] = json!(gone);
        Ok(measured)
    }
}

async fn read(
    client: &Client,
    url: reqwest::Url,
    arrived: Sender<Duration>,
) -> reqwest::Result<()> {
    let begun = Instant::now();
    let mut response = client.get(url).send().await?.error_for_status()?;
    response.chunk().await?;
    // Who counts has stopped where that many have come; there is nobody to tell.
    let _ = arrived.send(begun.elapsed()).await;
    while let Ok(Ok(Some(_))) = timeout(Duration::from_secs(60), response.chunk()).await {}
    Ok(())
}
