//! Checks that probes reach the services as users do: the name resolves, the ingress answers, and
//! the domain is Knative's.

use std::{fmt, net::SocketAddr, time::Duration};

use boathook_core::{
    deployment::{Environment, ServiceKey, error_chain},
    health::Judged,
    objects::Document,
    rollout::{Scheme, is_cluster_local},
};
use futures_util::future::join_all;
use tokio::{net::lookup_host, time::timeout};

use crate::{
    check::{
        CheckContext, CheckResult,
        folders::{Folders, Readable},
        manifests,
    },
    cluster::Service,
    config::EnvironmentConfig,
    steps::probe,
};

const CHECK: &str = "url";
const LOOKUP: Duration = Duration::from_secs(5);
const WHY: &str = "health cannot be probed: every deployment to this environment is rolled back";

pub(super) async fn check(context: &CheckContext, folders: &Folders<'_>) -> Vec<CheckResult> {
    let asked = folders.readable().flat_map(|Readable { environment, settings, documents }| {
        let of_document = move |document| {
            manifests::keys(settings, document)
                .into_iter()
                .map(move |key| (environment, settings, key, document))
        };
        documents.iter().filter(|document| document.is_knative_service()).flat_map(of_document)
    });
    let asked: Vec<_> = asked.collect();
    let asked = asked.iter().map(|(environment, settings, key, document)| {
        of_service(context, *environment, settings, key, document)
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// The address is the one in the service's status, whatever `domain-template` in config-network is.
/// For a service that does not exist yet, it follows Knative's default template.
async fn of_service(
    context: &CheckContext,
    environment: Environment,
    settings: &EnvironmentConfig,
    key: &ServiceKey,
    manifest: &Document,
) -> Option<CheckResult> {
    let settings = settings.of_service(key);
    let served = match context.cluster.service(key).await {
        Ok(service) => {
            service.filter(Service::is_ready).and_then(|service| service.url().map(str::to_owned))
        }
        Err(_) => None,
    };
    let host = served.as_deref().and_then(host_of).map_or_else(
        || format!("{}.{}.{}", key.service, key.namespace, settings.url.domain),
        str::to_owned,
    );
    let is_local = served
        .as_deref()
        .map_or(manifest.is_cluster_local(), |url| is_cluster_local(url, &settings.url.domain));
    if is_local && settings.url.cluster_local.is_none() {
        // The check of the manifests reports those that want it so.
        let is_reported = manifest.is_cluster_local();
        return (!is_reported).then(|| no_local_gateway(environment, key));
    }
    if !is_local && !host.ends_with(&format!(".{}", settings.url.domain)) {
        return Some(other_domain(environment, &host, &settings.url.domain));
    }
    let url = if is_local {
        format!("http://{}.{}.svc.cluster.local", key.service, key.namespace)
    } else {
        format!("http://{host}")
    };
    let through = if is_local {
        settings.url.cluster_local.and_then(|local| local.ingress_address)
    } else {
        settings.url.ingress_address
    };
    if through.is_none()
        && let Some(host) = host_of(&url)
        && let Err(reason) = resolve(host).await
    {
        return Some(if is_local {
            local_unresolved(environment, host, &reason)
        } else {
            unresolved(host, &reason, settings)
        });
    }
    let probing = (context.probing)(environment, settings, &manifest.0["spec"]["template"]);
    let sample = probe(&probing, context.prober.as_ref(), &url, true).await;
    let at = Place { environment, url: probing.shown(&url), through };
    Some(judge(&at, settings, served.is_some(), &sample))
}

/// The probe and its target.
struct Place {
    environment: Environment,
    url: String,
    through: Option<SocketAddr>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.environment, self.url)?;
        self.through.map_or(Ok(()), |address| write!(f, " through {address}"))
    }
}

fn host_of(url: &str) -> Option<&str> {
    url.split_once("://")?.1.split(['/', ':']).next()
}

async fn resolve(host: &str) -> Result<(), String> {
    match timeout(LOOKUP, lookup_host((host, 443))).await {
        Ok(Ok(mut addresses)) => {
            addresses.next().map(drop).ok_or_else(|| "it has no address".to_owned())
        }
        Ok(Err(error)) => Err(error_chain(&error)),
        Err(_) => Err(format!("no answer within {LOOKUP:?}")),
    }
}

fn no_local_gateway(environment: Environment, key: &ServiceKey) -> CheckResult {
    CheckResult::error(
        CHECK,
        format!(
            "{environment}: {key} is reached from inside the cluster only, and url.cluster_local names no gateway to probe it through"
        ),
        "every deployment of it ends before it has done anything",
        format!(
            "in {environment}.yaml: url: {{cluster_local: {{ingress_address: \"IP:80\", scheme: http}}}} (kubectl get svc -A | grep -i internal)"
        ),
    )
}

fn other_domain(environment: Environment, served: &str, domain: &str) -> CheckResult {
    CheckResult::warning(
        CHECK,
        format!("{environment}: Knative serves {served}, and url.domain is {domain}"),
        "what boathook calls the service's address is not where users find it",
        format!(
            "correct url.domain in {environment}.yaml; kubectl get configmap config-domain -n knative-serving -o yaml"
        ),
    )
}

fn unresolved(host: &str, reason: &str, settings: &EnvironmentConfig) -> CheckResult {
    let domain = &settings.url.domain;
    CheckResult::error(
        CHECK,
        format!("{host} does not resolve: {reason}"),
        WHY,
        format!(
            "add a DNS record *.NAMESPACE.{domain} for the ingress, or set url.ingress_address (kubectl get svc -A | grep -i loadbalancer)"
        ),
    )
}

/// Names of the cluster resolve in its pods, and seldom on the node itself.
fn local_unresolved(environment: Environment, host: &str, reason: &str) -> CheckResult {
    CheckResult::error(
        CHECK,
        format!("{environment}: {host} does not resolve: {reason}"),
        WHY,
        format!(
            "in {environment}.yaml name the gateway inside the cluster: url: {{cluster_local: {{ingress_address: \"IP:80\", scheme: http}}}} (kubectl get svc -A | grep -i internal)"
        ),
    )
}

fn judge(
    at: &Place,
    settings: &EnvironmentConfig,
    is_served: bool,
    sample: &Judged,
) -> CheckResult {
    let Place { environment, url, .. } = at;
    match &sample.failure {
        Some(reason) if !sample.answered => {
            CheckResult::error(CHECK, format!("{at}: {reason}"), WHY, no_answer(settings))
        }
        _ if !is_served => CheckResult::ok(CHECK, format!("{at}: the ingress answers")),
        None => {
            CheckResult::ok(CHECK, format!("{at} is well within {} ms", sample.latency.as_millis()))
        }
        Some(reason) => CheckResult::error(
            CHECK,
            format!("{at}: {reason}"),
            "what serves now is bad by these rules, and a deployment that looks like it would be rolled back",
            format!(
                "curl -i {url}; see `health` in {environment}.yaml, and kubectl logs of the service"
            ),
        ),
    }
}

fn no_answer(settings: &EnvironmentConfig) -> String {
    let other = match settings.url.scheme {
        Scheme::Https => {
            "; where TLS ends outside this node, probe past it: url: {scheme: http, ingress_address: ...}"
        }
        Scheme::Http => "",
    };
    match settings.url.ingress_address {
        Some(_) => format!(
            "kubectl get svc -A | grep -i loadbalancer, and correct url.ingress_address{other}"
        ),
        None => format!(
            "a node behind NAT often cannot reach its own name: set url.ingress_address to the ingress (kubectl get svc -A | grep -i loadbalancer){other}"
        ),
    }
}
