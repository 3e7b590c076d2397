//! Asks for each metric once, of a revision that does not exist: whether the server answers, and
//! reads the query.

use boathook_core::{
    clock::Clock,
    deployment::{Environment, Namespace, RevisionName, ServiceKey, ServiceName},
    health::{
        MetricNames, MetricRule, Mode, NoValue, OnInconclusive, ProbeRequest, Prober, metric_value,
    },
};
use futures_util::future::join_all;

use crate::{
    check::{CheckContext, CheckResult},
    config::{Config, EnvironmentConfig},
};

const CHECK: &str = "metrics";
/// Names that nothing has: what matters is whether there is an answer.
const NOBODY: &str = "boathook-check";

pub(super) async fn check(context: &CheckContext) -> Vec<CheckResult> {
    metrics(&context.config, context.prober.as_ref(), &context.clock).await
}

/// What the servers of all metrics answer, each question once.
pub async fn metrics(config: &Config, prober: &dyn Prober, clock: &Clock) -> Vec<CheckResult> {
    let enabled = config.in_order().into_iter().filter(|(_, settings)| settings.enabled);
    let asked = enabled
        .flat_map(|(environment, settings)| rules(settings).map(move |rule| (environment, rule)));
    join_all(asked.map(|(environment, rule)| of_metric(environment, rule, prober, clock))).await
}

/// The metrics of an environment, and those of its services that differ.
fn rules(settings: &EnvironmentConfig) -> impl Iterator<Item = &MetricRule> {
    let mut known: Vec<&MetricRule> = Vec::new();
    for rule in settings.all().flat_map(|own| &own.health.metrics) {
        if !known.contains(&rule) {
            known.push(rule);
        }
    }
    known.into_iter()
}

async fn of_metric(
    environment: Environment,
    rule: &MetricRule,
    prober: &dyn Prober,
    clock: &Clock,
) -> CheckResult {
    let MetricRule { name, prometheus, .. } = rule;
    let at = format!("{environment}: {name} at {}", prometheus.url);
    let Some(question) = question(rule) else {
        return CheckResult::ok(CHECK, at);
    };
    let sample = prober.probe(question).await;
    match metric_value(sample, clock.now()) {
        Ok(value) => CheckResult::ok(CHECK, format!("{at} answers {value}")),
        // Of a revision that does not exist there is none.
        Err(NoValue::NoData | NoValue::NotFinite(_)) => CheckResult::ok(
            CHECK,
            format!(
                "{at} answers and reads the query; it has no value for a revision that does not exist, so try it with one that serves"
            ),
        ),
        Err(why) => {
            let seen = format!("{at}: {why}");
            let fix = fix(environment, rule, &why);
            match (rule.mode, rule.on_inconclusive) {
                (Mode::Fail, OnInconclusive::Rollback) => CheckResult::error(
                    CHECK,
                    seen,
                    "without a value every deployment that holds a stage is rolled back",
                    fix,
                ),
                (Mode::Fail, OnInconclusive::Continue) | (Mode::Warn, _) => CheckResult::warning(
                    CHECK,
                    seen,
                    "without a value it judges nothing: deployments wait for it, and go on",
                    fix,
                ),
            }
        }
    }
}

fn question(rule: &MetricRule) -> Option<ProbeRequest> {
    let nobody = RevisionName::parse(NOBODY).ok()?;
    let service = ServiceKey {
        namespace: Namespace::parse(NOBODY).ok()?,
        service: ServiceName::parse(NOBODY).ok()?,
    };
    let names = MetricNames { revision: &nobody, stable: &nobody, service: &service };
    Some(rule.prometheus.request(&names))
}

fn fix(environment: Environment, rule: &MetricRule, why: &NoValue) -> String {
    let MetricRule { name, prometheus, .. } = rule;
    let key = format!("health.metrics of {environment}, `{name}`");
    match why {
        NoValue::Unanswered(_) => {
            format!(
                "curl '{}/api/v1/query?query=1'; correct prometheus.url in {key}",
                prometheus.url
            )
        }
        NoValue::Refused { status: 401 | 403, .. } => {
            format!("correct prometheus.headers in {key}")
        }
        NoValue::Refused { status: 400 | 422, .. } | NoValue::NotANumber(_) => {
            format!("correct prometheus.query in {key}")
        }
        NoValue::Several(_) | NoValue::TooLong => {
            format!("put sum() or another aggregation around prometheus.query in {key}")
        }
        NoValue::Refused { .. } | NoValue::Unreadable(_) => {
            format!("correct prometheus.url in {key}: boathook adds /api/v1/query to it")
        }
        NoValue::OtherTime { .. } => "timedatectl on this node and on the server".to_owned(),
        NoValue::Warned(_) | NoValue::NoData | NoValue::NotFinite(_) => {
            format!("see the log of {}", prometheus.url)
        }
    }
}
