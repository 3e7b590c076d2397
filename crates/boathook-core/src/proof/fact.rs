//! What the record says of a digest in a service, one thing at a time.

use jiff::Timestamp;

use crate::deployment::ServiceKey;

/// One thing that happened to a digest in a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub service: ServiceKey,
    pub at: Timestamp,
    pub what: What,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A deployment of it succeeded: it serves 100 %. A redeploy and an operator's rollback to it are
    /// such deployments too.
    Succeeded,
    /// boathook goes on watching it until then.
    Watched { until: Timestamp },
    /// boathook found it unhealthy while it served.
    Unhealthy,
    /// A deployment of something else succeeded there, or someone else changed the service.
    Replaced,
}
