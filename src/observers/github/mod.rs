//! Statuses on GitHub: reports to it what became of each deployment, at least once and in order.
//!
//! The journal is the queue: the reporter has a position in it. GitHub may be away for days; it then
//! gets the newest status of each deployment, and no deployment waits for it.

mod calls;
mod description;
mod github_state;
mod github_status;
mod pending;
mod publisher;
mod repeat;
mod report;
mod report_counters;
mod report_reader;
mod reporter;
mod reporting;
mod subject;

pub use description::description;
pub use report_counters::{ReportCounters, ReportResult};
pub use reporter::Reporter;
pub use reporting::Reporting;

/// The folder of the position in the state directory.
pub const FOLDER: &str = "github";
