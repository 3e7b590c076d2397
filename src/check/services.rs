//! Checks the services in the cluster: they exist, are Ready, and have traffic that boathook can
//! manage.

use boathook_core::deployment::{RevisionName, ServiceKey, error_chain};
use futures_util::future::join_all;

use crate::{
    check::{CheckContext, CheckResult, folders::Folders, manifests},
    cluster::{ClusterError, Service},
    diagnosis::{self, Diagnosis, Facts, diagnose, of_route, unanswered_probe},
    plan::{self, PlanError},
};

const CHECK: &str = "service";

pub(super) async fn check(context: &CheckContext, folders: &Folders<'_>) -> Vec<CheckResult> {
    let keys: Vec<ServiceKey> = folders
        .readable()
        .flat_map(|folder| manifests::services(folder.settings, folder.documents))
        .collect();
    join_all(keys.iter().map(|key| of_service(context, key))).await.into_iter().flatten().collect()
}

async fn of_service(context: &CheckContext, key: &ServiceKey) -> Vec<CheckResult> {
    match context.cluster.service(key).await {
        Ok(None) => vec![CheckResult::ok(
            CHECK,
            format!("{key} does not exist yet; its first deployment makes it"),
        )],
        Ok(Some(service)) => match deleted(context, key, &service).await {
            Some(deleted) => vec![deleted],
            None => vec![settled(key, &service), ready(context, key, &service).await]
                .into_iter()
                .flatten()
                .collect(),
        },
        // The check of permissions reports this.
        Err(error) if error.is_forbidden() => Vec::new(),
        Err(error) => vec![unread(key, &error)],
    }
}

fn unread(key: &ServiceKey, error: &ClusterError) -> CheckResult {
    let said = error_chain(error);
    let fix = if matches!(error, ClusterError::NoKind(_)) {
        "install Knative Serving: https://knative.dev/docs/install/yaml-install/serving/"
    } else {
        "kubectl get ksvc -A; systemctl status k3s"
    };
    CheckResult::error(
        CHECK,
        format!("{key}: {said}"),
        "deployments begin with a look at the service",
        fix,
    )
}

/// A revision that has the traffic and was deleted. Knative recreates only the newest one, and the
/// one that the template names.
async fn deleted(
    context: &CheckContext,
    key: &ServiceKey,
    service: &Service,
) -> Option<CheckResult> {
    let stable = plan::stable(key, service, None).ok()??;
    let Ok(None) = context.cluster.revision(&key.namespace, &stable).await else { return None };
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

/// Traffic that someone split by hand; without boathook's tag, no rollout is under way.
fn settled(key: &ServiceKey, service: &Service) -> Option<CheckResult> {
    let steered = service.wanted_traffic().tagged().is_some();
    let error =
        plan::stable(key, service, None).err().filter(|_| !steered && service.is_observed())?;
    let (seen, fix) = match error {
        PlanError::Unsettled(traffic) => (traffic.to_string(), traffic.fix()),
        other => (other.to_string(), "kubectl get ksvc -o yaml".to_owned()),
    };
    Some(CheckResult::error(
        CHECK,
        seen,
        "the next deployment refuses to guess who is to serve",
        fix,
    ))
}

async fn ready(context: &CheckContext, key: &ServiceKey, service: &Service) -> Option<CheckResult> {
    if service.is_ready() {
        return Some(CheckResult::ok(CHECK, format!("{key} is ready")));
    }
    let describe = || {
        format!(
            "kubectl describe ksvc,revision,pod -n {}; boathook list --service {}",
            key.namespace, key.service
        )
    };
    let (cause, fix) = match cause(context, key, service).await {
        None => (String::new(), describe()),
        Some(Cause::Port(words)) => (
            format!("; {words}"),
            format!("correct containerPort in the manifest of {}, and deploy again", key.service),
        ),
        Some(Cause::Found(of, found)) => (
            format!("; {of}{}", found.words()),
            found.advice().map_or_else(describe, str::to_owned),
        ),
    };
    let seen = format!("{key} is not ready: {}{cause}", service.in_words());
    Some(CheckResult::warning(
        CHECK,
        seen,
        "what serves now goes on, if anything does; nothing newer came up",
        fix,
    ))
}

/// Why a service is not ready.
enum Cause {
    /// The newest revision does not answer its readiness probe, in words.
    Port(String),
    /// What the cluster shows, and of which revision.
    Found(String, Diagnosis),
}

/// The cause in the newest revision, or in the service if there is none.
async fn cause(context: &CheckContext, key: &ServiceKey, service: &Service) -> Option<Cause> {
    let Some(name) = service.latest_created().and_then(|name| RevisionName::parse(name).ok())
    else {
        return diagnosis::of_service(service).map(|found| Cause::Found(String::new(), found));
    };
    let revision = context.cluster.revision(&key.namespace, &name).await.ok()??;
    let Some(condition) = revision.condition("Ready").filter(|ready| !ready.is_true()) else {
        return of_route(service).map(|found| Cause::Found(String::new(), found));
    };
    let pods = context.cluster.pods(&key.namespace, &name).await.unwrap_or_default();
    if let Some(port) = unanswered_probe(&revision, &pods, &[]) {
        return Some(Cause::Port(format!("{name}: {}; {port}", condition.in_words())));
    }
    // Without events, states have to be enough.
    let events = context.cluster.warnings(&key.namespace).await.unwrap_or_default();
    let of_service = diagnosis::of_service(service);
    let facts = Facts {
        name: &name,
        of_service: of_service.as_ref(),
        revision: Some(&revision),
        pods: &pods,
        events: &events,
    };
    let found = diagnose(&facts)?;
    Some(Cause::Found(format!("{name}: "), found))
}
