//! How metrics are written, and what is said when that is wrong.

use std::time::Duration;

use boathook::config::load_header_secrets;
use boathook_core::health::{MetricRule, Mode, OnInconclusive};
use boathook_testing::setup::Setup;
use expect_test::expect;

fn metrics(text: &str) -> Result<Vec<MetricRule>, String> {
    Setup::new()
        .file("production.yaml", &format!("health: {{metrics: {text}}}"))
        .load()
        .map(|mut config| config.environments.pop_last().unwrap().1.health.metrics)
}

fn problem(text: &str) -> String {
    metrics(text).unwrap_err()
}

/// One metric with these settings of its `prometheus`, and these besides.
fn one(prometheus: &str, besides: &str) -> String {
    format!("[{{name: errors, prometheus: {{{prometheus}}}, {besides}}}]")
}

const SERVER: &str = "url: 'http://127.0.0.1:9090', query: 'x{r=\"{{revision}}\"}'";

#[test]
fn a_metric_needs_a_name_a_server_a_query_and_a_limit_and_the_rest_has_defaults() {
    let [rule] = metrics(&one(SERVER, "max: 0.01")).unwrap().try_into().unwrap();
    assert_eq!(rule.prometheus.query, r#"x{r="{{revision}}"}"#);
    assert_eq!(rule.max.unwrap().get(), 0.01);
    assert_eq!(
        (rule.interval, rule.prometheus.timeout),
        (Duration::from_secs(30), Duration::from_secs(5))
    );
    assert_eq!((rule.points, rule.consecutive_failures), (3, 2));
    assert_eq!((rule.mode, rule.on_inconclusive), (Mode::Fail, OnInconclusive::Continue));
    assert_eq!(metrics(&one(SERVER, "max: 1")).unwrap()[0].max.unwrap().get(), 1.0);
    expect!["config/production.yaml: health.metrics[0]: needs a limit: `max`, `min` or `relative_to_stable`"].assert_eq(&problem(&one(SERVER, "")));
    expect![
        "config/production.yaml: health.metrics[0].prometheus.query: missing, and it has no default"
    ]
    .assert_eq(&problem(&one("url: 'http://127.0.0.1:9090'", "max: 1")));
    expect!["config/production.yaml: health.metrics[0].name: missing, and it has no default"]
        .assert_eq(&problem("[{prometheus: {url: 'http://a', query: x}, max: 1}]"));
}

#[test]
fn a_limit_is_a_number() {
    expect![[r#"config/production.yaml: health.metrics[0].max: expected a number such as 0.01, found "1 %""#]].assert_eq(&problem(&one(SERVER, "max: '1 %'")));
    expect!["config/production.yaml: Parsing .inf as floating point number failed"]
        .assert_eq(&problem(&one(SERVER, "max: .inf")));
    expect!["config/production.yaml: health.metrics[0].min: must not exceed `max`"]
        .assert_eq(&problem(&one(SERVER, "min: 2, max: 1")));
    expect!["config/production.yaml: health.metrics[0].relative_to_stable: must have `times` of 1 or more and `at_least` of 0 or more"].assert_eq(&problem(&one(SERVER, "relative_to_stable: {times: 0.5, at_least: 0}")));
    expect!["config/production.yaml: health.metrics[0].relative_to_stable.at_least: missing, and it has no default"].assert_eq(&problem(&one(SERVER, "relative_to_stable: {times: 2}")));
    expect!["config/production.yaml: health.metrics[0].relative_to_stable: needs {{revision}} in the query, where stable's name takes its place"].assert_eq(&problem(&one(
        "url: 'http://127.0.0.1:9090', query: 'x{r=\"{{service}}\"}'",
        "relative_to_stable: {times: 2, at_least: 0}",
    )));
}

#[test]
fn an_unknown_placeholder_is_refused() {
    let query =
        |query: &str| one(&format!("url: 'http://127.0.0.1:9090', query: '{query}'"), "max: 1");
    assert!(metrics(&query("{{ revision }}{{stable}}{{service}}{{namespace}}")).is_ok());
    expect!["config/production.yaml: health.metrics[0].prometheus.query: has the unknown placeholder {{reversion}}; known: {{revision}}, {{stable}}, {{service}}, {{namespace}}"].assert_eq(&problem(&query("x{{reversion}}")));
    expect!["config/production.yaml: health.metrics[0].prometheus.query: has {{ without }}"]
        .assert_eq(&problem(&query("x{r=\"{{revision\"}")));
    expect!["config/production.yaml: health.metrics[0].prometheus.query: must be PromQL"]
        .assert_eq(&problem(&query("  ")));
}

#[test]
fn a_server_is_a_url_without_what_would_be_a_secret_or_the_query_itself() {
    let server = |url: &str| one(&format!("url: '{url}', query: x"), "max: 1");
    for good in
        ["http://127.0.0.1:9090", "https://metrics.example.com/prometheus/", "http://[::1]:9090"]
    {
        assert!(metrics(&server(good)).is_ok(), "{good}");
    }
    let result = problem(&server("127.0.0.1:9090"));
    expect!["config/production.yaml: health.metrics[0].prometheus.url: must be as http://127.0.0.1:9090, with a path if the server has one, and without credentials, ? and #; boathook adds /api/v1/query"].assert_eq(&result);
    for wrong in [
        "http://",
        "https:///x",
        "http://me:secret@prometheus",
        "http://a/?x=1",
        "http://a#b",
        "http://a b",
    ] {
        assert_eq!(problem(&server(wrong)), result, "{wrong}");
    }
}

#[test]
fn what_can_never_come_to_a_verdict_is_refused() {
    expect!["config/production.yaml: health.metrics[0].points: must be from 1 to 1000"]
        .assert_eq(&problem(&one(SERVER, "max: 1, points: 0")));
    expect!["config/production.yaml: health.metrics[0].consecutive_failures: must not exceed `points`, the values that do for a verdict"].assert_eq(&problem(&one(SERVER, "max: 1, points: 1, consecutive_failures: 2")));
    expect!["config/production.yaml: health.metrics[0].consecutive_failures: must be more than 0"]
        .assert_eq(&problem(&one(SERVER, "max: 1, consecutive_failures: 0")));
    expect![[r#"config/production.yaml: health.metrics[0].interval: expected a duration longer than 0, such as "5s", found "0s""#]].assert_eq(&problem(&one(SERVER, "max: 1, interval: 0s")));
    expect![[
        r#"config/production.yaml: health.metrics[0].mode: expected warn or fail, found "maybe""#
    ]]
    .assert_eq(&problem(&one(SERVER, "max: 1, mode: maybe")));
    expect!["config/production.yaml: health.metrics[0].on_inconclusive: cannot be `rollback` with `mode: warn`, which never rolls back"].assert_eq(&problem(&one(SERVER, "max: 1, mode: warn, on_inconclusive: rollback")));
    expect!["config/production.yaml: health.metrics[0].prometheus.timeout: must not exceed `interval`, after which the next question is due"].assert_eq(&problem(&one(&format!("{SERVER}, timeout: 31s"), "max: 1")));
    expect![[r#"config/production.yaml: health.metrics[0].on_inconclusive: expected continue or rollback, found "wait""#]].assert_eq(&problem(&one(SERVER, "max: 1, on_inconclusive: wait")));
}

#[test]
fn a_service_has_its_own_metrics_in_place_of_the_environments() {
    let text = format!(
        "allow: {{services: ['*'], namespaces: ['*']}}
health: {{metrics: {}}}
services: {{game: {{health: {{metrics: []}}}}, shop: {{}}}}",
        one(SERVER, "max: 1")
    );
    let mut config = Setup::new().file("production.yaml", &text).config();
    let environment = config.environments.pop_last().unwrap().1;
    let counts: Vec<usize> =
        environment.services.values().map(|service| service.health.metrics.len()).collect();
    assert_eq!(counts, [0, 1]);
}

#[test]
fn names_are_short_and_each_is_taken_once() {
    let named = |name: &str| format!("{{name: '{name}', prometheus: {{{SERVER}}}, max: 1}}");
    expect![
        "config/production.yaml: health.metrics[0].name: must be 1 to 63 of a-z, 0-9, `-` and `_`"
    ]
    .assert_eq(&problem(&format!("[{}]", named("Errors per second"))));
    expect![
        "config/production.yaml: health.metrics[1].name: is taken: two metrics cannot be `errors`"
    ]
    .assert_eq(&problem(&format!("[{}, {}]", named("errors"), named("errors"))));
    let many: Vec<String> = (0..11).map(|index| named(&format!("m{index}"))).collect();
    expect!["config/production.yaml: health.metrics: must be at most 10"]
        .assert_eq(&problem(&format!("[{}]", many.join(", "))));
}

#[test]
fn a_secret_header_is_read_from_its_place_and_the_wrong_ones_are_refused() {
    let with = |headers: &str| one(&format!("{SERVER}, headers: {{{headers}}}"), "max: 1");
    let text = format!("health: {{metrics: {}}}", with("Authorization: {env: TOKEN}"));
    let config = Setup::new().file("production.yaml", &text).config();
    let loaded =
        load_header_secrets(&config, |name| (name == "TOKEN").then(|| "Bearer 1234567".into()));
    assert_eq!(loaded.unwrap()["the variable TOKEN"], "Bearer 1234567");
    expect![
        "the header Authorization for probes of production cannot be read from the variable TOKEN"
    ]
    .assert_eq(&load_header_secrets(&config, |_| None).unwrap_err().to_string());
    expect!["config/production.yaml: health.metrics[0].prometheus.headers.Authorization: must name exactly one of `env`, `file` and `credential`"].assert_eq(&problem(&with("Authorization: {env: A, file: /b}")));
    expect!["config/production.yaml: health.metrics[0].prometheus.headers.Host: would lead the probe to another service: the ingress goes by it; say `health.host`, which the application sees as X-Forwarded-Host"].assert_eq(&problem(&with("Host: elsewhere")));
}
