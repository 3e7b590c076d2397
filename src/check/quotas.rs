//! Quotas that are used up: the new revision's pods need room beside those that serve.

use std::collections::BTreeSet;

use boathook_core::{
    deployment::Namespace,
    objects::{Document, billionths},
};

use crate::check::{CheckContext, CheckResult, folders::Folders, manifests};

const CHECK: &str = "quota";

pub(super) async fn check(context: &CheckContext, folders: &Folders<'_>) -> Vec<CheckResult> {
    let services = folders
        .readable()
        .flat_map(|folder| manifests::services(folder.settings, folder.documents));
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

fn used_up(namespace: &Namespace, quota: &Document) -> Option<CheckResult> {
    let limits = quota.0.pointer("/status/hard")?.as_object()?;
    let full = limits.iter().filter(|(resource, _)| concerns_pods(resource)).filter_map(
        |(resource, limit)| {
            let limit = limit.as_str()?;
            let used = quota.0["status"]["used"].get(resource)?.as_str()?;
            // A limit that was lowered leaves more in use than it allows.
            let is_full = billionths(used)? >= billionths(limit)?;
            is_full.then(|| format!("{resource} ({used} of {limit})"))
        },
    );
    let full: Vec<String> = full.collect();
    (!full.is_empty()).then(|| {
        CheckResult::warning(
            CHECK,
            format!("the quota {} of {namespace} is used up: {}", quota.name(), full.join(", ")),
            "the pods of a new revision cannot be created beside those that serve, and the deployment is rolled back",
            format!("raise it, or free what uses it: kubectl describe quota {} -n {namespace}", quota.name()),
        )
    })
}

/// A rollout adds pods and what they request; of other resources it adds none, or too little to
/// predict.
fn concerns_pods(resource: &str) -> bool {
    let resource = resource.trim_start_matches("requests.").trim_start_matches("limits.");
    ["pods", "count/pods", "cpu", "memory", "ephemeral-storage"].contains(&resource)
}
