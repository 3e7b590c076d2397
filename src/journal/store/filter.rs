//! Which deployments a list shows.

use boathook_core::{
    deployment::{DeploymentId, Environment, ExternalId, Namespace, ServiceName},
    record::Status,
};

/// The default limit of rows in a list.
const LIMIT: u32 = 50;

/// Which deployments to list; absent fields match everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// To these environments only; to any if none is named.
    pub environments: Vec<Environment>,
    /// In this namespace only.
    pub namespace: Option<Namespace>,
    /// Of this service only.
    pub service: Option<ServiceName>,
    /// With this external id only.
    pub deployment_id: Option<ExternalId>,
    /// With this status only.
    pub status: Option<Status>,
    /// With all of these in what a list shows of it, in upper or lower case.
    pub words: Vec<String>,
    /// Paused only.
    pub paused: bool,
    /// Let past closed deployment windows, and not acknowledged, only.
    pub unacknowledged: bool,
    /// Accepted before this one only: the last of the page before.
    pub before: Option<DeploymentId>,
    /// The maximum number of rows.
    pub limit: u32,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            environments: Vec::new(),
            namespace: None,
            service: None,
            deployment_id: None,
            status: None,
            words: Vec::new(),
            paused: false,
            unacknowledged: false,
            before: None,
            limit: LIMIT,
        }
    }
}
