//! The pod as a whole.

use serde_json::Value;

use crate::{
    admission::{
        Change,
        pod_check::{container, volume},
    },
    names::random_end,
};

/// Why the API server refuses the pod of a revision.
pub(in crate::admission) fn refusal(spec: &Value, change: &Change<'_>) -> Option<String> {
    let account = spec["serviceAccountName"].as_str().filter(|name| !name.is_empty());
    if let Some(account) = account.filter(|account| !(change.has_account)(account)) {
        let why = no_account(change.namespace, account);
        return Some(format!("pods \"dry-run-validation\" is forbidden: {why}"));
    }
    let wrong = wrong(spec);
    let name = format!("dry-run-validation{}", random_end(change.seed));
    match wrong.as_slice() {
        [] => None,
        [one] => Some(format!("Pod \"{name}\" is invalid: {one}")),
        several => Some(format!("Pod \"{name}\" is invalid: [{}]", several.join(", "))),
    }
}

/// The error for a pod without its service account, in a dry run or not.
pub(crate) fn no_account(namespace: &str, account: &str) -> String {
    format!(
        "error looking up service account {namespace}/{account}: serviceaccount \"{account}\" not \
         found"
    )
}

/// Every error of the pod, in the order in which Kubernetes validates.
pub(crate) fn wrong(spec: &Value) -> Vec<String> {
    let (volumes, mut wrong) = volume::check(spec);
    let containers = spec["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, one) in containers.iter().enumerate() {
        let serves = containers.len() == 1 || one.get("ports").is_some();
        wrong.extend(container::check(one, &format!("spec.containers[{index}]"), &volumes, serves));
    }
    wrong
}
