//! What is wrong with metrics that someone configured.

use crate::{
    fault::Fault,
    health::{MetricRule, Mode, OnInconclusive, Prometheus, RelativeLimit, metric_query},
};

/// The maximum number of metrics: each is asked again and again.
const METRICS_MAX: usize = 10;
/// The maximum length of a name.
const NAME_MAX: usize = 63;
/// The maximum length of a query in bytes; in a URL it may be three times as long, and proxies take
/// 8 KiB.
const QUERY_MAX: usize = 2048;
/// The maximum number of headers of a question.
const HEADERS_MAX: usize = 20;
/// The maximum of points: more would never come together in a hold.
const POINTS_MAX: u32 = 1000;

/// What cannot be used of a list of metrics.
pub(super) fn faults(rules: &[MetricRule]) -> Vec<Fault> {
    let mut faults = Fault::of([(rules.len() <= METRICS_MAX, "metrics", "must be at most 10")]);
    for (index, rule) in rules.iter().enumerate() {
        let section = format!("metrics[{index}]");
        faults.extend(Fault::inside(&section, faults_of(rule)));
        if rules[..index].iter().any(|before| before.name == rule.name) {
            let message = format!("is taken: two metrics cannot be `{}`", rule.name);
            faults.push(Fault::new(format!("{section}.name"), message));
        }
    }
    faults
}

fn faults_of(rule: &MetricRule) -> Vec<Fault> {
    let MetricRule {
        name,
        prometheus,
        max,
        min,
        relative_to_stable,
        interval,
        points,
        consecutive_failures,
        mode,
        on_inconclusive,
    } = rule;
    let is_range = max.zip(*min).is_none_or(|(max, min)| min <= max);
    let is_factor = |RelativeLimit { times, at_least }: &RelativeLimit| {
        times.get() >= 1.0 && at_least.get() >= 0.0
    };
    let mut faults = Fault::of([
        (is_name(name), "name", "must be 1 to 63 of a-z, 0-9, `-` and `_`"),
        (rule.has_limit(), "", "needs a limit: `max`, `min` or `relative_to_stable`"),
        (is_range, "min", "must not exceed `max`"),
        (
            relative_to_stable.as_ref().is_none_or(is_factor),
            "relative_to_stable",
            "must have `times` of 1 or more and `at_least` of 0 or more",
        ),
        (
            relative_to_stable.is_none() || metric_query::names_revision(&prometheus.query),
            "relative_to_stable",
            "needs {{revision}} in the query, where stable's name takes its place",
        ),
        ((1..=POINTS_MAX).contains(points), "points", "must be from 1 to 1000"),
        (*consecutive_failures > 0, "consecutive_failures", "must be more than 0"),
        (
            consecutive_failures <= points,
            "consecutive_failures",
            "must not exceed `points`, the values that do for a verdict",
        ),
        (
            *mode == Mode::Fail || *on_inconclusive == OnInconclusive::Continue,
            "on_inconclusive",
            "cannot be `rollback` with `mode: warn`, which never rolls back",
        ),
        (
            prometheus.timeout <= *interval,
            "prometheus.timeout",
            "must not exceed `interval`, after which the next question is due",
        ),
    ]);
    faults.extend(Fault::inside("prometheus", faults_of_prometheus(prometheus)));
    faults
}

fn faults_of_prometheus(prometheus: &Prometheus) -> Vec<Fault> {
    let Prometheus { url, query, headers, timeout: _ } = prometheus;
    let mut faults = Fault::of([
        (
            is_server(url),
            "url",
            "must be as http://127.0.0.1:9090, with a path if the server has one, and without credentials, ? and #; \
             boathook adds /api/v1/query",
        ),
        (!query.trim().is_empty(), "query", "must be PromQL"),
        (query.len() <= QUERY_MAX, "query", "must be at most 2048 bytes"),
        (headers.len() <= HEADERS_MAX, "headers", "must be at most 20"),
    ]);
    faults.extend(metric_query::fault(query).map(|message| Fault::new("query", message)));
    faults.extend(headers.iter().filter_map(|header| {
        Some(Fault::new(format!("headers.{}", header.name), header.fault()?))
    }));
    faults
}

fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
}

fn is_server(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && rest.bytes().all(|b| b.is_ascii_graphic() && !b"?#@\\\"<>".contains(&b))
    })
}
