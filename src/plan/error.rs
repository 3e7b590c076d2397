//! Why no plan can be made.

use boathook_core::{
    deployment::{Environment, Namespace, RevisionName, ServiceKey},
    rollout::JobName,
};

use crate::plan::UnsettledTraffic;

/// Why no plan can be made. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// It is not clear who is to serve.
    #[error("{0}; settle it first, such as with: {fix}", fix = .0.fix())]
    Unsettled(UnsettledTraffic),
    /// The service is cluster-local, and no gateway inside the cluster is configured.
    #[error(
        "{service} is reached from inside the cluster only (visibility cluster-local), and {environment}.yaml names no gateway to probe it through; set \
         url.cluster_local: {{ingress_address: \"IP:80\", scheme: http}} with the address from: kubectl get svc -A | grep -i internal"
    )]
    ClusterLocal {
        /// The service.
        service: ServiceKey,
        /// The environment without that setting.
        environment: Environment,
    },
    /// The revision to restore already serves.
    #[error("{revision} serves already; there is nothing to roll back to")]
    ServesAlready {
        /// The revision.
        revision: RevisionName,
    },
    /// The manifests do not contain the service.
    #[error("{directory} holds no Knative service `{service}`; it holds {}", listed(.holds))]
    NoManifest {
        /// The directory.
        directory: String,
        /// The requested service.
        service: ServiceKey,
        /// The Knative services in it.
        holds: Vec<String>,
    },
    /// A Job that must succeed has no manifest.
    #[error(
        "{directory} holds no {job} in namespace {namespace}, which `before` or `after` in the config names"
    )]
    NoJob {
        /// The directory.
        directory: String,
        /// The Job.
        job: JobName,
        /// The service's namespace.
        namespace: Namespace,
    },
    /// The service has more than one manifest.
    #[error("{directory} holds the Knative service `{service}` {count} times")]
    ManyManifests {
        /// The directory.
        directory: String,
        /// The requested service.
        service: ServiceKey,
        /// How often.
        count: usize,
    },
    /// Kubernetes would not take the service's labels or annotations.
    #[error("the manifest of {service} cannot be used: {reason}")]
    Metadata {
        /// The service.
        service: ServiceKey,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The template has no container for the image.
    #[error("the manifest of {service} has no container for the image: {reason}")]
    NoContainer {
        /// The service.
        service: ServiceKey,
        /// What is wrong, and what to do.
        reason: String,
    },
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
