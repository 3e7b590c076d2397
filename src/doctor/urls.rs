//! Can probes reach the services where users do: the name resolves, the ingress answers, and the domain is Knative's.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{net::lookup_host, time::timeout};

use crate::{
    cluster::Service,
    config::{EnvironmentConfig, Scheme, UrlConfig},
    deployment::{Environment, ServiceKey, in_full},
    doctor::{Finding, Patient, manifests},
    health::{ProbeRequest, Sample},
};

const CHECK: &str = "url";
const LOOKUP: Duration = Duration::from_secs(5);
const WHY: &str = "health cannot be probed: every deployment to this environment is rolled back";

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let readable = manifests::readable(patient).await;
    let asked = readable.iter().flat_map(|(environment, settings, documents)| {
        manifests::services(documents).into_iter().map(|key| (*environment, *settings, key))
    });
    let asked: Vec<_> = asked.collect();
    let asked = asked.iter().map(|(environment, settings, key)| of_service(patient, *environment, settings, key));
    join_all(asked).await
}

async fn of_service(patient: &Patient, environment: Environment, settings: &EnvironmentConfig, key: &ServiceKey) -> Finding {
    let settings = &*settings.of_service(key);
    let served = match patient.cluster.service(key).await {
        Ok(service) => service.filter(Service::is_ready).and_then(|service| service.url().map(str::to_owned)),
        Err(_) => None,
    };
    let host = format!("{}.{}.{}", key.service, key.namespace, settings.url.domain);
    if let Some(other) = served.as_deref().and_then(host_of).filter(|served| *served != host) {
        return other_domain(environment, other, &settings.url.domain);
    }
    if settings.url.ingress_address.is_none()
        && let Err(reason) = resolve(&host).await
    {
        return unresolved(&host, &reason, settings);
    }
    let request = request(settings, &host);
    let url = request.url.clone();
    judge(environment, settings, &url, served.is_some(), &patient.prober.probe(request).await)
}

fn host_of(url: &str) -> Option<&str> {
    url.split_once("://")?.1.split(['/', ':']).next()
}

async fn resolve(host: &str) -> Result<(), String> {
    match timeout(LOOKUP, lookup_host((host, 443))).await {
        Ok(Ok(mut addresses)) => addresses.next().map(drop).ok_or_else(|| "it has no address".to_owned()),
        Ok(Err(error)) => Err(in_full(&error)),
        Err(_) => Err(format!("no answer within {LOOKUP:?}")),
    }
}

fn request(settings: &EnvironmentConfig, host: &str) -> ProbeRequest {
    let UrlConfig { scheme, domain: _, port, ingress_address } = settings.url;
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    ProbeRequest {
        url: format!("{}://{host}{port}{}", scheme.name(), settings.health.path),
        connect_to: ingress_address,
        timeout: settings.health.cold_start,
    }
}

fn other_domain(environment: Environment, served: &str, domain: &str) -> Finding {
    Finding::warning(
        CHECK,
        format!("{environment}: Knative serves {served}, and url.domain is {domain}"),
        "what boathook calls the service's address is not where users find it",
        format!("correct url.domain in {environment}.yaml; kubectl get configmap config-domain -n knative-serving -o yaml"),
    )
}

fn unresolved(host: &str, reason: &str, settings: &EnvironmentConfig) -> Finding {
    let domain = &settings.url.domain;
    Finding::error(
        CHECK,
        format!("{host} does not resolve: {reason}"),
        WHY,
        format!(
            "add a DNS record *.NAMESPACE.{domain} for the ingress, or set url.ingress_address (kubectl get svc -A | grep -i loadbalancer)"
        ),
    )
}

fn judge(environment: Environment, settings: &EnvironmentConfig, url: &str, is_served: bool, sample: &Sample) -> Finding {
    let through = settings.url.ingress_address.map(|address| format!(" through {address}")).unwrap_or_default();
    match &sample.result {
        Err(reason) => Finding::error(CHECK, format!("{environment}: {url}{through}: {reason}"), WHY, no_answer(settings)),
        Ok(answer) if !is_served => {
            Finding::ok(CHECK, format!("{environment}: the ingress answers for {url}{through} ({})", answer.status))
        }
        Ok(answer) if settings.health.expect_status.contains(&answer.status) => {
            Finding::ok(CHECK, format!("{environment}: {url}{through} answers {} within {} ms", answer.status, sample.latency.as_millis()))
        }
        Ok(answer) => Finding::error(
            CHECK,
            format!(
                "{environment}: {url}{through} answers {}, and health.expect_status is {:?}",
                answer.status, settings.health.expect_status
            ),
            "what serves now is bad by these rules, and a deployment that looks like it would be rolled back",
            format!("curl -i {url}; see health.path and health.expect_status in {environment}.yaml, and kubectl logs of the service"),
        ),
    }
}

fn no_answer(settings: &EnvironmentConfig) -> String {
    let other = match settings.url.scheme {
        Scheme::Https => "; where TLS ends outside this node, probe past it: url: {scheme: http, ingress_address: ...}",
        Scheme::Http => "",
    };
    match settings.url.ingress_address {
        Some(_) => format!("kubectl get svc -A | grep -i loadbalancer, and correct url.ingress_address{other}"),
        None => format!(
            "a node behind NAT often cannot reach its own name: set url.ingress_address to the ingress (kubectl get svc -A | grep -i loadbalancer){other}"
        ),
    }
}
