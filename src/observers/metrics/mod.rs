//! Metrics in Prometheus' text format. Counters hold what was recorded since the program started;
//! gauges show the journal as it is.
//!
//! No label ever holds a sender's text: each comes from a closed set, or from the configuration.

mod commands;
mod counter;
mod counters;
mod counts;
mod disk;
mod github_polls;
mod known;
mod leadership;
#[expect(clippy::module_inception, reason = "a file is named after the one thing in it")]
mod metrics;
mod names;
mod page;
mod process;
mod proxy_ends;
mod relays;
mod requests;
mod source_failure;

pub use counters::Counters;
pub use github_polls::{GitHubPolls, PollResult, RepositoryState};
pub use known::Known;
pub use leadership::Leadership;
pub use metrics::{Metrics, Sources};
pub use proxy_ends::ProxyEnds;
pub use relays::{RelayCounters, RelayState};
pub use requests::{Endpoint, Requests};
pub use source_failure::SourceFailure;
