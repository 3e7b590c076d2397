//! Everything that the engine needs; the caller assembles it.

use std::{path::PathBuf, sync::Arc};

use boathook_core::{
    clock::Clock,
    deployment::{Environment, ServiceKey},
    health::Prober,
};
use boathook_process::Runner;

use crate::{cluster::Tools, journal::Journal, plan::Settings, redact::Redactor};

/// The current settings of a service in an environment; none if the environment is no longer
/// configured.
pub type SettingsOf = Arc<dyn Fn(Environment, &ServiceKey) -> Option<Arc<Settings>> + Send + Sync>;

/// The current programs.
pub type CurrentTools = Arc<dyn Fn() -> Arc<Tools> + Send + Sync>;

/// Runs deployments.
#[derive(Clone)]
pub struct Engine {
    /// The record.
    pub journal: Journal,
    /// Runs programs.
    pub runner: Arc<dyn Runner>,
    /// Removes secrets from the output of programs.
    pub redactor: Redactor,
    /// Probes URLs.
    pub prober: Arc<dyn Prober>,
    /// The time of day.
    pub clock: Clock,
    /// Where the programs are; a step uses those that are current when it begins.
    pub tools: CurrentTools,
    /// The current settings.
    pub settings: SettingsOf,
    /// The directory that holds one work directory for each deployment under way.
    pub work: PathBuf,
}
