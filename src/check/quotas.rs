//! Quotas that are used up: the new revision's pods need room beside those that serve.

use std::collections::BTreeSet;

use boathook_core::deployment::Namespace;

use crate::{
    check::{CheckContext, CheckResult, folders::Folders, manifests},
    cluster::Document,
};

const CHECK: &str = "quota";

pub(super) async fn check(context: &CheckContext, folders: &Folders<'_>) -> Vec<CheckResult> {
    let services = folders.readable().flat_map(|folder| manifests::services(folder.settings, folder.documents));
    let namespaces: BTreeSet<Namespace> = services.map(|key| key.namespace).collect();
    let mut results = Vec::new();
    for namespace in namespaces {
        match context.cluster.quotas(&namespace).await {
            Ok(quotas) => results.extend(quotas.iter().filter_map(|quota| used_up(&namespace, quota))),
            Err(error) if error.is_forbidden() => results.push(CheckResult::ok(
                CHECK,
                format!(
                    "not looked at: quotas of {namespace}, which boathook's role does not show (kubectl describe quota -n {namespace}), and \
                     whether a registry lets this node pull, which only a pull shows"
                ),
            )),
            // Another check reports that the API server does not answer.
            Err(_) => {}
        }
    }
    results
}

/// Both figures are in the API server's own form, so that what is used up reads the same.
fn used_up(namespace: &Namespace, quota: &Document) -> Option<CheckResult> {
    let limits = quota.0.pointer("/status/hard")?.as_object()?;
    let used = |resource: &str| quota.0["status"]["used"].get(resource);
    let full: Vec<String> = limits
        .iter()
        .filter(|(resource, limit)| used(resource) == Some(*limit) && concerns_pods(resource))
        .filter_map(|(resource, limit)| Some(format!("{resource} ({0} of {0})", limit.as_str()?)))
        .collect();
    (!full.is_empty()).then(|| {
        CheckResult::warning(
            CHECK,
            format!("the quota {} of {namespace} is used up: {}", quota.name(), full.join(", ")),
            "the pods of a new revision cannot be created beside those that serve, and the deployment is rolled back",
            format!("raise it, or free what uses it: kubectl describe quota {} -n {namespace}", quota.name()),
        )
    })
}

/// Of what else a quota counts, a rollout makes nothing or too little to tell beforehand.
fn concerns_pods(resource: &str) -> bool {
    let resource = resource.trim_start_matches("requests.").trim_start_matches("limits.");
    ["pods", "count/pods", "cpu", "memory", "ephemeral-storage"].contains(&resource)
}
