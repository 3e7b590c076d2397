//! What the checks use.

use std::{ffi::OsString, io, sync::Arc};

use boathook_core::{
    clock::Clock,
    deployment::{Environment, ServiceKey},
    health::Prober,
    rollout::Probing,
};
use serde_json::Value;

use crate::{
    check::Outbound,
    cluster::Cluster,
    config::{Config, EnvironmentConfig},
    engine::WorkFolder,
    plan::Settings,
    redact::Redactor,
};

/// A configured boathook.
pub struct CheckContext {
    /// The settings, with the environments to check.
    pub config: Config,
    /// The cluster and the node, through programs that have a deadline.
    pub cluster: Cluster,
    /// Probes URLs.
    pub prober: Arc<dyn Prober>,
    /// The probes of a service with these settings and this template.
    pub probing: fn(Environment, &EnvironmentConfig, &Value) -> Probing,
    /// The settings by which a service is deployed.
    pub settings: fn(&Config, Environment, &ServiceKey) -> Option<Arc<Settings>>,
    /// What carries requests to GitHub, relays and issuers.
    pub outbound: Outbound,
    /// The time of day.
    pub clock: Clock,
    /// The certificate of the public listener (DER), or why it cannot be used; none if the settings
    /// name none.
    pub certificate: Option<Result<Vec<u8>, String>>,
    /// Removes secrets from the report; it must know those in the manifests.
    pub redactor: Redactor,
    /// Looks up a variable of boathook's own.
    pub variable: fn(&str) -> Option<OsString>,
    /// A folder that only this user can read, removed when the check ends; or why there is none.
    pub work: io::Result<WorkFolder>,
    /// The user that runs the check.
    pub user: u32,
}
