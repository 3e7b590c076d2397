//! What holds at the moment of a scrape, by the configuration: limits, and when credentials end.

use boathook_core::deployment::Environment;
use jiff::Timestamp;

/// What the page shows beside what was recorded.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Deployments that may wait.
    pub queue_limit: usize,
    /// The secrets that end, by environment and id.
    pub secrets: Vec<(Environment, String, Timestamp)>,
    /// When the public listener's certificate ends; none if there is none, or it cannot be read.
    pub certificate: Option<Timestamp>,
    /// When what the kubeconfig holds ends; none if nothing is said of that.
    pub kubeconfig: Option<Timestamp>,
}
