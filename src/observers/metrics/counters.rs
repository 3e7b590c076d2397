//! The counters that other modules keep.

use crate::observers::{
    github::ReportCounters,
    metrics::{GitHubPolls, ProxyEnds, RelayCounters, Requests},
    notify::DeliveryCounters,
};

/// All of them; clones share one count.
#[derive(Clone, Default)]
pub struct Counters {
    /// The results of requests.
    pub requests: Requests,
    /// The results of notifications.
    pub deliveries: DeliveryCounters,
    /// The results of statuses for GitHub.
    pub reports: ReportCounters,
    /// The ends of the proxy that reads the API server.
    pub proxy_ends: ProxyEnds,
    /// What relays brought.
    pub relays: RelayCounters,
    /// How asking GitHub for deployments goes.
    pub polls: GitHubPolls,
}
