//! The kinds that a rollback may delete.

use super::cluster_scoped::group_of;

/// They hold nothing that the manifests would not make anew.
const DELETABLE: [&str; 11] = [
    "ConfigMap",
    "CronJob",
    "Deployment",
    "DomainMapping",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "Service",
    "ServiceAccount",
];

/// Whether an object of that kind may be deleted where the settings say so: whatever they say,
/// nothing is deleted that holds data, or that others may need.
#[must_use]
pub fn is_deletable(api_version: &str, kind: &str) -> bool {
    DELETABLE.contains(&kind) && is_well_known(group_of(api_version))
}

/// Whether a group is Kubernetes' own, or Knative's: another may use the same names for what holds
/// data.
fn is_well_known(group: &str) -> bool {
    !group.contains('.') || group.ends_with(".k8s.io") || group == "serving.knative.dev"
}
