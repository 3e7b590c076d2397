//! The other end of what `benches/measure.sh` measures: clients that make load and say how long it
//! took.

mod accept;
mod ask;
mod disk;
mod fill;
mod latencies;
mod lost;
mod readers;
mod server;
mod start;

use std::error::Error;

use serde_json::Value;

#[derive(clap::Subcommand)]
pub enum Measure {
    /// How often a second this disk takes 4 KiB for good
    Disk(disk::Disk),
    /// Distinct deployments, each accepted before the next one of the same client
    Accept(accept::Accept),
    /// Whether the record has every deployment that was accepted
    Lost(lost::Lost),
    /// One GET after the other
    Ask(ask::Ask),
    /// Readers of a deployment's events, all at once
    Readers(readers::Readers),
    /// From the start of a process to its first answer
    Start(start::Start),
    /// Copies a deployment of a journal many times
    Fill(fill::Fill),
}

impl Measure {
    pub async fn run(self) -> Result<Value, Box<dyn Error>> {
        Ok(match self {
            Self::Disk(disk) => disk.run()?,
            Self::Accept(accept) => accept.run().await?,
            Self::Lost(lost) => lost.run().await?,
            Self::Ask(ask) => ask.run().await?,
            Self::Readers(readers) => readers.run().await?,
            Self::Start(start) => start.run()?,
            Self::Fill(fill) => fill.run()?,
        })
    }
}
