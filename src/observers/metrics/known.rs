//! Values from the configuration at the time of a scrape: limits, and when credentials expire.

use boathook_core::deployment::Environment;
use jiff::Timestamp;

/// What the page shows besides records.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Deployments that may wait.
    pub queue_limit: usize,
    /// The environments that are configured.
    pub environments: Vec<Environment>,
    /// The secrets that end, by environment and id.
    pub secrets: Vec<(Environment, String, Timestamp)>,
    /// When the public listener's certificate ends; none if there is none, or it cannot be read.
    pub certificate: Option<Timestamp>,
    /// When the kubeconfig's credentials expire, if known.
    pub kubeconfig: Option<Timestamp>,
}
