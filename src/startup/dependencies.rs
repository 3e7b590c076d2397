//! What is outside of boathook: the real things, or simulated ones in tests.

use std::sync::Arc;

use boathook_core::{api_server::ApiServer, clock::Clock, health::Prober};
use boathook_process::Runner;

use crate::journal::PostgresStore;

/// What boathook acts on.
pub struct Dependencies {
    /// Runs programs.
    pub runner: Arc<dyn Runner>,
    /// Reads the cluster; without it, a `kubectl proxy` that `runner` starts does.
    pub api_server: Option<Arc<dyn ApiServer>>,
    /// Probes URLs.
    pub prober: Arc<dyn Prober>,
    /// The time of day.
    pub clock: Clock,
    /// The database of the record, if others share it.
    pub shared: Option<Arc<PostgresStore>>,
}
