//! What the record says of a digest in a service, one thing at a time.

use jiff::Timestamp;

use crate::deployment::{BundleDigest, Digest, Environment, ServiceKey};

/// One thing that happened to a digest in a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub service: ServiceKey,
    pub at: Timestamp,
    pub what: What,
    /// The bundle of manifests that it happened with, if it did: that of the deployment, and of what
    /// serves again.
    pub bundle: Option<BundleDigest>,
}

/// The same with where it happened to which digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestFact {
    pub digest: Digest,
    pub environment: Environment,
    pub fact: Fact,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A deployment of it succeeded: it serves 100 %. A redeploy and an operator's rollback to it are
    /// such deployments too.
    Succeeded,
    /// A deployment of something else, or of other manifests, was rolled back, and it serves 100 %
    /// again.
    Returned,
    /// A deployment of it with other manifests, which the fact names, began to change the service.
    Reconfigured,
    /// boathook goes on watching it until then.
    Watched { until: Timestamp },
    /// boathook found it unhealthy while it served, or a later deployment of it failed.
    Unhealthy,
    /// A deployment of something else began to change the service, or someone else changed it.
    Replaced,
}
