//! What a shell script says badly: the load that benchmarks make, and the reading of what trials
//! recorded. `cargo xtask` runs it.

#![expect(
    clippy::disallowed_methods,
    reason = "a measurement reads the real clock and starts what it measures, and is no part of the program"
)]

mod bare;
mod failover;
mod http_client;
mod measure;
mod reaction_times;
mod recorded;
mod slow_senders;
mod time_to_cause;

use std::error::Error;

use clap::Parser;

/// Benchmarks, and the reading of what they and the trials recorded.
#[derive(Parser)]
enum Task {
    /// Makes load, measures it, and prints one JSON object
    #[command(subcommand)]
    Measure(measure::Measure),
    /// Serves a bare actix-web handler: what a refusal costs where nobody checks a signature
    Bare(bare::Bare),
    /// How much memory boathook takes while many connections send a little at a time
    SlowSenders(slow_senders::SlowSenders),
    /// How soon boathook acted on what the cluster showed: `KIND ms-until-recorded ms-until-applied`
    ReactionTimes(reaction_times::ReactionTimes),
    /// The parts of the trial of faults on three boathooks
    #[command(subcommand)]
    Failover(failover::Failover),
    /// How soon boathook named what keeps a revision from starting
    TimeToCause(time_to_cause::TimeToCause),
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match Task::parse() {
        Task::Measure(measure) => println!("{}", measure.run().await?),
        Task::Bare(bare) => bare.run().await?,
        Task::SlowSenders(senders) => senders.run().await?,
        Task::ReactionTimes(times) => times.run()?,
        Task::Failover(failover) => failover.run().await?,
        Task::TimeToCause(time) => time.run()?,
    }
    Ok(())
}
