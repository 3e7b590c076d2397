//! From what an operator configured to what a plan needs.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    deployment::{Environment, ServiceKey, Strategy},
    health::{Header, HeaderValue, Rules},
    rollout::{ClusterLocal, Probing, Timeouts},
};
use serde_json::Value;

use crate::{
    cluster::Tools,
    config::{
        self, ClusterLocalUrl, EnvironmentConfig, GrpcHealth, HeaderText, HealthConfig, Paths,
        PromotionConfig, Pull, UrlConfig, When,
    },
    plan::{Next, PullMode, Require, Settings, Stage, Waits},
};

/// The maximum interval of reading the pods of a candidate that is not Ready yet, so that a crash
/// is reported within seconds.
const PODS_EVERY: Duration = Duration::from_millis(1500);
/// The header with the host name that the application sees.
const FORWARDED_HOST: &str = "X-Forwarded-Host";
/// Probing without a verdict ends this many intervals after the time that the needed samples take.
const SPARE_INTERVALS: u32 = 10;

/// The settings of a service in an environment; none if that is not configured.
pub(super) fn settings(
    config: &config::Config,
    environment: Environment,
    service: &ServiceKey,
) -> Option<Arc<Settings>> {
    let config = config.environments.get(&environment)?;
    Some(Arc::new(of_environment(environment, &config.of_service(service))))
}

/// The probes of a service with these settings and this template at its own URL.
pub(super) fn probing_of(
    environment: Environment,
    config: &EnvironmentConfig,
    template: &Value,
) -> Probing {
    of_environment(environment, config).asking(template).0.verify
}

fn of_environment(environment: Environment, config: &EnvironmentConfig) -> Settings {
    let EnvironmentConfig {
        manifests,
        allow,
        container,
        containers,
        traffic,
        pull,
        timeouts,
        waits,
        health,
        url,
        require,
        promotion,
        ..
    } = config;
    let stages = |strategy| {
        traffic.stages.get(&strategy).map_or(&[][..], Vec::as_slice).iter().map(stage).collect()
    };
    let rules = rules(health);
    let verify = verify(health, &rules);
    Settings {
        environment,
        manifests: manifests.clone(),
        remote_bases: allow.remote_bases,
        pull: pulling(pull),
        container: container.clone(),
        containers: containers.clone(),
        rolling: stages(Strategy::Rolling),
        blue_green: stages(Strategy::BlueGreen),
        delay: health.delay,
        probing: probing(rules, url),
        verify: probing(verify, url),
        timeouts: of_timeouts(timeouts),
        waits: of_waits(waits),
        require: require
            .proven
            .map(|config::Proven { environment, within }| Require { environment, within }),
        next: promotion.as_ref().and_then(next),
    }
}

fn next(promotion: &PromotionConfig) -> Option<Next> {
    let PromotionConfig { to, when, url: _, namespace, service_name, secret: _ } =
        promotion.clone();
    match when {
        When::Never => None,
        When::Automatic | When::Approval => {
            Some(Next { to, namespace, service_name, approval: when == When::Approval })
        }
    }
}

fn stage(stage: &config::Stage) -> Stage {
    let config::Stage { percent, hold } = *stage;
    Stage { percent, hold }
}

fn pulling(pull: &Pull) -> PullMode {
    match pull {
        Pull { enabled: false, command: _ } => PullMode::Off,
        Pull { enabled: true, command: None } => PullMode::Crictl,
        Pull { enabled: true, command: Some(words) } => PullMode::By(words.clone()),
    }
}

fn rules(health: &HealthConfig) -> Rules {
    let HealthConfig {
        path,
        method,
        host,
        headers,
        grpc,
        expect_status,
        expect_body,
        timeout,
        cold_start,
        interval,
        delay: _,
        consecutive_failures,
        window,
        latency,
        min_samples,
        verify: _,
    } = health.clone();
    Rules {
        paths: path.map(|Paths(paths)| paths).unwrap_or_default(),
        method,
        headers: of_headers(host, headers),
        grpc: grpc.map(|GrpcHealth { service }| service),
        expect_status,
        expect_body,
        timeout,
        cold_start,
        interval,
        consecutive_failures,
        window,
        latency,
        min_samples,
    }
}

/// The headers that are named, and the host for the application, unless a header of that name says
/// another. A secret stays a reference.
fn of_headers(host: Option<String>, headers: config::Headers) -> Vec<Header> {
    let mut all: Vec<Header> = headers
        .into_iter()
        .map(|(name, value)| match value {
            HeaderText::Text(value) => Header { name, value: HeaderValue::Value(value) },
            HeaderText::Secret(source) => {
                Header { name, value: HeaderValue::SecretOf(source.place()) }
            }
        })
        .collect();
    let host = host
        .map(|host| Header::new(FORWARDED_HOST, &host))
        .filter(|host| !all.iter().any(|header| header.is(&host.name)));
    all.extend(host);
    all
}

fn verify(health: &HealthConfig, rules: &Rules) -> Rules {
    let Some(config::Verify { samples, interval, expect_body, latency }) = health.verify.clone()
    else {
        return rules.clone();
    };
    let expect_body = expect_body.or_else(|| rules.expect_body.clone());
    Rules { min_samples: samples, interval, expect_body, latency, ..rules.clone() }
}

fn probing(rules: Rules, url: &UrlConfig) -> Probing {
    let UrlConfig { scheme, domain, port, ingress_address, cluster_local } = url;
    let cluster_local = cluster_local.map(|ClusterLocalUrl { ingress_address, scheme }| {
        ClusterLocal { scheme: scheme.name().to_owned(), connect_to: ingress_address }
    });
    let deadline =
        rules.cold_start + (rules.interval + rules.timeout) * (rules.min_samples + SPARE_INTERVALS);
    Probing {
        rules,
        scheme: scheme.name().to_owned(),
        port: *port,
        connect_to: *ingress_address,
        domain: domain.clone(),
        cluster_local,
        deadline,
    }
}

fn of_timeouts(timeouts: &config::Timeouts) -> Timeouts {
    let config::Timeouts { pull, inspect, get, apply, patch, watch, logs, delete, kustomize } =
        *timeouts;
    Timeouts { pull, inspect, get, apply, patch, watch, logs, delete, kustomize }
}

fn of_waits(waits: &config::Waits) -> Waits {
    let config::Waits {
        ready,
        traffic,
        unready_grace,
        first_deployment_restarts,
        retry_for,
        rollback,
        verdict,
        poll_interval,
    } = *waits;
    Waits {
        retry_for,
        revision: traffic,
        ready,
        grace: unready_grace,
        first_deployment_restarts,
        traffic,
        rollback,
        patience: verdict,
        poll_interval: poll_interval.min(PODS_EVERY),
        poll_interval_in_holds: poll_interval,
    }
}

/// Where the programs are, and their environment.
pub fn tools(config: &config::Config) -> Tools {
    config.tools.tools(&config.state.directory, |name| std::env::var(name).ok())
}
