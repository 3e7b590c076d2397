//! How far a service and its revisions are.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::time::Instant;

use crate::{
    Behaviour,
    names::ObjectName,
    runs::{Condition, Exposure, Finding, PodRun},
};

/// A Knative service with its configuration and its route.
#[derive(Debug)]
pub(crate) struct ServiceRun {
    pub uid: String,
    /// The newest generation that Knative has seen; 0 is none.
    pub observed: u64,
    /// How often in a row its configuration's name was found taken.
    pub looks: u32,
    /// Reached from inside the cluster only.
    pub is_local: bool,
    pub configuration: ConfigurationRun,
    pub route: RouteRun,
    pub configurations_ready: Condition,
    pub routes_ready: Condition,
    pub ready: Condition,
}

/// The part that makes revisions.
#[derive(Debug, Default)]
pub(crate) struct ConfigurationRun {
    pub uid: String,
    /// Counts changes of the template; revisions are numbered by it.
    pub generation: u64,
    pub template: Value,
    pub created: Option<String>,
    pub ready: Option<String>,
}

/// The part that sends requests to revisions.
#[derive(Debug, Default)]
pub(crate) struct RouteRun {
    /// `spec.traffic` as last seen.
    pub wanted: Vec<Value>,
    /// `status.traffic`: what the route reports.
    pub reported: Option<Vec<Value>>,
    /// How often in a row its name was found taken.
    pub looks: u32,
    /// When it retries a taken name by itself.
    pub due: Option<Instant>,
    /// What the service asked for.
    pub exposure: Exposure,
    /// Whether the public gateway does not know the service.
    pub is_closed: bool,
    /// Whether the public gateway sends every request on to https.
    pub redirects: bool,
    /// What the data plane does.
    pub live: Vec<Value>,
    /// Counts the times that the route was worked out; a step of an earlier time is stale.
    pub attempt: u64,
    /// Weights of the rotation, by revision.
    pub turns: BTreeMap<String, i64>,
}

/// A revision with its pod.
#[derive(Debug)]
pub(crate) struct RevisionRun {
    pub uid: String,
    pub service: ObjectName,
    /// The configuration's generation that it was made from.
    pub generation: u64,
    /// By container name, what its image was resolved to (`repository@digest`).
    pub digests: Vec<(String, String)>,
    /// What the container with the port does.
    pub behaviour: Option<Behaviour>,
    pub pod: Option<PodRun>,
    /// Pods so far; the number of the present one.
    pub pods: u64,
    /// How often in a row resolving its image, or creating its deployment, failed.
    pub failures: u32,
    /// Whether it was made to fail: then the registry is not asked again.
    pub is_failed: bool,
    /// How often in a row a pod was refused.
    pub refusals: u32,
    pub last_request: Instant,
    pub was_ready: bool,
    pub active: Option<Condition>,
    pub container_healthy: Condition,
    pub resources_available: Condition,
    pub ready: Condition,
}

impl ServiceRun {
    pub(crate) fn new(uid: &str, now: &str) -> Self {
        let open = || Condition::new(Finding::open(), now.to_owned());
        Self {
            uid: uid.to_owned(),
            observed: 0,
            looks: 0,
            is_local: false,
            configuration: ConfigurationRun::default(),
            route: RouteRun::default(),
            configurations_ready: open(),
            routes_ready: open(),
            ready: open(),
        }
    }
}

impl ServiceRun {
    /// The host under which the service is reached; a tag goes in front of it with a dash.
    pub(crate) fn host(&self, name: &ObjectName, domain: &str) -> String {
        let domain = if self.is_local { "svc.cluster.local" } else { domain };
        format!("{}.{}.{domain}", name.name, name.namespace)
    }
}

impl RouteRun {
    /// Whether some target follows the newest revision.
    pub(crate) fn follows_latest(&self) -> bool {
        self.wanted.iter().any(|target| target["latestRevision"] == true)
    }
}

impl RevisionRun {
    pub(crate) fn new(
        uid: &str,
        service: &ObjectName,
        generation: u64,
        born: Instant,
        now: &str,
    ) -> Self {
        let resolving = || Condition::new(Finding::unknown("ResolvingDigests", ""), now.to_owned());
        Self {
            uid: uid.to_owned(),
            service: service.clone(),
            generation,
            digests: Vec::new(),
            behaviour: None,
            pod: None,
            pods: 0,
            failures: 0,
            is_failed: false,
            refusals: 0,
            last_request: born,
            was_ready: false,
            active: None,
            container_healthy: Condition::new(Finding::open(), now.to_owned()),
            resources_available: resolving(),
            ready: resolving(),
        }
    }
}
