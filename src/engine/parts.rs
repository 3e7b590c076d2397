//! Everything that deploying needs, put together by the one who starts it.

use std::{path::PathBuf, sync::Arc};

use boathook_core::{
    clock::Clock,
    deployment::{DeploymentId, Environment, ServiceKey},
    health::Prober,
};
use boathook_process::Runner;
use tokio_util::sync::CancellationToken;

use crate::{cluster::Tools, engine::executor::Executor, journal::Journal, plan::Settings, redact::Redactor};

/// The settings of a service in an environment at this moment; none where the environment is not configured any more.
pub type SettingsOf = Arc<dyn Fn(Environment, &ServiceKey) -> Option<Arc<Settings>> + Send + Sync>;

/// The programs of this moment.
pub type ToolsNow = Arc<dyn Fn() -> Arc<Tools> + Send + Sync>;

/// Everything that deploying needs.
#[derive(Clone)]
pub struct Engine {
    /// The record.
    pub journal: Journal,
    /// Runs programs.
    pub runner: Arc<dyn Runner>,
    /// Takes secrets out of what programs said.
    pub redactor: Redactor,
    /// Asks URLs.
    pub prober: Arc<dyn Prober>,
    /// The time of day.
    pub clock: Clock,
    /// Where the programs are; a step keeps to those of the moment at which it begins.
    pub tools: ToolsNow,
    /// The settings of the moment.
    pub settings: SettingsOf,
    /// The directory in which each deployment under way has one of its own.
    pub work: PathBuf,
}

impl Engine {
    /// Takes a deployment on from wherever its record stands, to its end or until boathook stops.
    pub async fn run(&self, id: &DeploymentId, stop: &CancellationToken) {
        Executor::new(self, id, stop).run().await;
    }
}
