//! What the cluster says of the services: there, ready, and with traffic that boathook can take up.

use futures_util::future::join_all;

use crate::{
    check::{CheckContext, CheckResult, manifests},
    cluster::{ClusterError, Service},
    deployment::{RevisionName, ServiceKey, error_chain},
    diagnosis::unanswered_probe,
    plan,
};

const CHECK: &str = "service";

pub(super) async fn look(patient: &CheckContext) -> Vec<CheckResult> {
    let documents = manifests::readable(patient).await;
    let keys: Vec<ServiceKey> = documents.iter().flat_map(|(.., documents)| manifests::services(documents)).collect();
    join_all(keys.iter().map(|key| of_service(patient, key))).await.into_iter().flatten().collect()
}

async fn of_service(patient: &CheckContext, key: &ServiceKey) -> Vec<CheckResult> {
    match patient.cluster.service(key).await {
        Ok(None) => vec![CheckResult::ok(CHECK, format!("{key} does not exist yet; its first deployment makes it"))],
        Ok(Some(service)) => match deleted(patient, key, &service).await {
            Some(deleted) => vec![deleted],
            None => vec![settled(key, &service), ready(patient, key, &service).await].into_iter().flatten().collect(),
        },
        // Said of the permissions already.
        Err(error) if error.is_forbidden() => Vec::new(),
        Err(error) => vec![unread(key, &error)],
    }
}

fn unread(key: &ServiceKey, error: &ClusterError) -> CheckResult {
    let said = error_chain(error);
    let is_absent = said.contains("doesn't have a resource type");
    let mend = if is_absent {
        "install Knative Serving: https://knative.dev/docs/install/yaml-install/serving/"
    } else {
        "kubectl get ksvc -A; systemctl status k3s"
    };
    CheckResult::error(CHECK, format!("{key}: {said}"), "deployments begin with a look at the service", mend)
}

/// A revision that has the traffic and was deleted. Knative makes only the newest one anew, and what the template names.
async fn deleted(patient: &CheckContext, key: &ServiceKey, service: &Service) -> Option<CheckResult> {
    let stable = plan::stable(key, service, None).ok()??;
    let Ok(None) = patient.cluster.revision(&key.namespace, &stable).await else { return None };
    let ServiceKey { namespace, service } = key;
    Some(CheckResult::error(
        CHECK,
        format!("{stable} has the traffic of {key} and was deleted"),
        "users get 404, and that does not end by itself",
        format!(
            "boathook rollback {service} --namespace {namespace} brings back what served last, from the record; a new deployment replaces it"
        ),
    ))
}

/// Traffic that someone split by hand. While boathook steers, its tag is there.
fn settled(key: &ServiceKey, service: &Service) -> Option<CheckResult> {
    let steered = service.wanted_traffic().tagged().is_some();
    let error = plan::stable(key, service, None).err().filter(|_| !steered && service.is_observed())?;
    let said = error.to_string();
    let (seen, mend) = said.split_once("; settle it first, such as with: ").unwrap_or((&said, "kubectl get ksvc -o yaml"));
    Some(CheckResult::error(CHECK, seen, "the next deployment refuses to guess who is to serve", mend))
}

async fn ready(patient: &CheckContext, key: &ServiceKey, service: &Service) -> Option<CheckResult> {
    if service.is_ready() {
        return Some(CheckResult::ok(CHECK, format!("{key} is ready")));
    }
    let hint = hint(patient, key, service).await;
    let mend = hint.as_ref().map_or_else(
        || format!("kubectl describe ksvc,revision,pod -n {}; boathook list --service {}", key.namespace, key.service),
        |_| format!("correct containerPort in the manifest of {}, and deploy again", key.service),
    );
    let seen = format!("{key} is not ready: {}{}", service.in_words(), hint.map(|hint| format!("; {hint}")).unwrap_or_default());
    Some(CheckResult::warning(CHECK, seen, "what serves now goes on, if anything does; nothing newer came up", mend))
}

/// What the newest revision suffers from, where its pods show it.
async fn hint(patient: &CheckContext, key: &ServiceKey, service: &Service) -> Option<String> {
    let name = RevisionName::parse(service.latest_created()?).ok()?;
    let revision = patient.cluster.revision(&key.namespace, &name).await.ok()??;
    let condition = revision.condition("Ready").filter(|ready| !ready.is_true())?;
    let pods = patient.cluster.pods(&key.namespace, &name).await.ok()?;
    unanswered_probe(&revision, &pods, &[]).map(|port| format!("{name}: {}; {port}", condition.in_words()))
}
