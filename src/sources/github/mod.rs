//! Deployments on GitHub, which boathook asks for: each repository by itself, one conditional request
//! an interval, however many environments it has.
//!
//! A deployment is believed because of the signature in its payload, not because it is on GitHub.
//! How far a repository was read is in the journal, and advances only once the answer to a
//! deployment is final.

mod github_source;
mod listed;
mod poll_error;
mod poller;
mod refusing;
mod reporting;
mod repository_poller;
mod seen;
mod taking;
mod trouble;

pub use github_source::GitHubSource;
pub use poller::Poller;
