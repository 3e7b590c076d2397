//! The other end of what `benches/measure.sh` measures: a client that makes load and says how long
//! it took, one JSON object a run.

#![expect(
    clippy::disallowed_methods,
    reason = "a measurement reads the real clock and starts what it measures, and is no part of the program"
)]

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

use clap::Parser;

/// Makes load, measures it, and prints one JSON object.
#[derive(Parser)]
enum Load {
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

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let measured = match Load::parse() {
        Load::Disk(disk) => disk.run()?,
        Load::Accept(accept) => accept.run().await?,
        Load::Lost(lost) => lost.run().await?,
        Load::Ask(ask) => ask.run().await?,
        Load::Readers(readers) => readers.run().await?,
        Load::Start(start) => start.run()?,
        Load::Fill(fill) => fill.run()?,
    };
    println!("{measured}");
    Ok(())
}
