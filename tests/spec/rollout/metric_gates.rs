//! Metrics as a gate: what Prometheus says of the candidate while a stage is held.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use boathook::{health::Revealing, journal::DeploymentView, plan::Settings};
use boathook_core::{
    current::Current,
    deployment::Requester,
    health::{
        Finite, Header, HeaderValue, MetricNumbers, MetricRule, Mode, OnInconclusive, RelativeLimit,
    },
    record::{DeploymentEvent, Event, Outcome},
    rollout::{Action, Observation},
    source::Source,
};
use boathook_sandbox::{Behaviour, FakeProber};
use boathook_testing::{
    fake_prometheus::{FakePrometheus, QueryAnswer, metric},
    rollout_harness::{Harness, REPOSITORY, RolloutResult, blue_green, request, settings},
};
use expect_test::expect;

const QUERY: &str = r#"errors{revision_name="{{revision}}"}"#;

fn finite(number: f64) -> Finite {
    Finite::new(number).unwrap()
}

fn errors() -> MetricRule {
    MetricRule { max: Some(finite(0.05)), ..metric("errors", QUERY) }
}

fn relative() -> MetricRule {
    let limit = RelativeLimit { times: finite(1.5), at_least: finite(0.01) };
    MetricRule { relative_to_stable: Some(limit), ..metric("errors", QUERY) }
}

/// A service on `v1`, and a Prometheus that is asked for these metrics.
struct Gated {
    harness: Harness,
    prometheus: Arc<FakePrometheus>,
}

impl Gated {
    async fn new(
        metrics: Vec<MetricRule>,
        answers: impl Fn(&str) -> QueryAnswer + Send + Sync + 'static,
    ) -> Self {
        Self::with(Settings { metrics, ..settings() }, answers).await
    }

    async fn with(
        settings: Settings,
        answers: impl Fn(&str) -> QueryAnswer + Send + Sync + 'static,
    ) -> Self {
        let mut harness = Harness::serving(settings).await;
        let prober = Arc::new(FakeProber::new(harness.cluster.clone()));
        let clock = harness.engine.clock.clone();
        let prometheus = Arc::new(FakePrometheus::new(prober, clock, answers));
        harness.engine.prober = Arc::clone(&prometheus) as _;
        Self { harness, prometheus }
    }

    async fn blue_green(&self) -> RolloutResult {
        self.harness.deploy_request(blue_green("2", "b-1")).await
    }

    fn queries(&self) -> Vec<String> {
        let mut queries: Vec<String> =
            self.prometheus.asked().into_iter().map(|asked| asked.query).collect();
        queries.sort();
        queries.dedup();
        queries
    }
}

/// What a metric came to in each hold.
fn numbers(result: &RolloutResult) -> Vec<MetricNumbers> {
    let of = |finding| match finding {
        Observation::Metric { name, numbers } if name == "errors" => Some(numbers),
        _ => None,
    };
    result.findings().into_iter().filter_map(of).collect()
}

fn notes(result: &RolloutResult) -> String {
    let view = DeploymentView::of(&result.records).unwrap().unwrap();
    let notes = view.notes.into_iter().filter(|note| note.contains("metric"));
    notes.collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_answers_every_probe_and_fails_real_requests_is_rolled_back() {
    let gated = Gated::new(vec![errors()], |_| QueryAnswer::Value("0.2")).await;
    let result = gated.blue_green().await;
    gated.harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    expect!["metric errors: 0.2, at most 0.05 is allowed, 2 times in a row"]
        .assert_eq(result.reason());
    let gave = gated.harness.cluster.traffic_history("game", "game");
    assert!(gave.iter().all(|split| !split.contains("game-00002 50")), "{gave:?}");
    let view = DeploymentView::of(&result.records).unwrap().unwrap();
    expect!["0.2, 2 of 2 values beyond the limit"].assert_eq(&view.metrics["errors"].to_string());
    assert_eq!(view.health.unwrap().failures, 0);
}

#[tokio::test(start_paused = true)]
async fn a_metric_within_its_limit_is_asked_for_in_every_hold_and_passes() {
    let gated = Gated::new(vec![errors()], |_| QueryAnswer::Value("0.01")).await;
    let result = gated.blue_green().await;
    gated.harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    let points: Vec<u64> = numbers(&result).iter().map(|numbers| numbers.points).collect();
    assert_eq!(points.len(), 3);
    assert_eq!(result.holds(), [120, 120, 60]);
    assert!(points.iter().all(|points| *points >= 3), "{points:?}");
    expect![[r#"errors{revision_name="game-00002"}"#]].assert_eq(&gated.queries().join("\n"));
    assert_eq!(notes(&result), "");
}

#[tokio::test(start_paused = true)]
async fn placeholders_are_the_names_of_both_revisions_of_the_service_and_of_its_namespace() {
    let query = "a{{revision}} {{ stable }} {{service}}.{{namespace}}b";
    let rule = MetricRule { max: Some(finite(1.0)), ..metric("errors", query) };
    let gated = Gated::new(vec![rule], |_| QueryAnswer::Value("0")).await;
    gated.blue_green().await.assert_end(Outcome::Succeeded);
    expect!["agame-00002 game-00001 game.gameb"].assert_eq(&gated.queries().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_value_once_beyond_the_limit_is_not_bad_yet() {
    let asked = std::sync::atomic::AtomicU32::new(0);
    let gated = Gated::new(vec![errors()], move |_| {
        let count = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        QueryAnswer::Value(if count.is_multiple_of(2) { "0.2" } else { "0" })
    });
    let result = gated.await.blue_green().await;
    result.assert_end(Outcome::Succeeded);
    assert!(numbers(&result).iter().all(|numbers| numbers.failures > 0));
}

#[tokio::test(start_paused = true)]
async fn a_metric_can_be_compared_with_stable_below_100_percent() {
    let answers =
        |query: &str| QueryAnswer::Value(if query.contains("00002") { "0.05" } else { "0.02" });
    let gated = Gated::new(vec![relative()], answers).await;
    let result = gated.blue_green().await;
    gated.harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    expect!["metric errors: 0.05, more than 1.5 times stable's 0.02, 2 times in a row"]
        .assert_eq(result.reason());
    expect![[r#"
        errors{revision_name="game-00001"}
        errors{revision_name="game-00002"}"#]]
    .assert_eq(&gated.queries().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_difference_below_the_least_that_counts_is_no_breach_and_100_percent_compares_nothing() {
    let answers =
        |query: &str| QueryAnswer::Value(if query.contains("00002") { "0.009" } else { "0" });
    let gated = Gated::new(vec![relative()], answers).await;
    let result = gated.blue_green().await;
    gated.harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    assert_eq!(numbers(&result).len(), 2);
    let rolling = gated.harness.deploy_request(request("1", "r-1")).await;
    rolling.assert_end(Outcome::Succeeded);
    expect![
        "metric errors is not asked for: it is relative to stable, and no stage below 100 % is held"
    ]
    .assert_eq(&notes(&rolling));
}

#[tokio::test(start_paused = true)]
async fn without_data_the_hold_waits_for_a_verdict_and_then_goes_on_with_a_note() {
    let gated = Gated::new(vec![errors()], |_| QueryAnswer::NoData).await;
    let result = gated.blue_green().await;
    gated.harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    expect![[r#"
        not judged: metric errors: 0 of at least 3 values; without one 18 times, the last: no data
        not judged: metric errors: 0 of at least 3 values; without one 12 times, the last: no data"#]]
    .assert_eq(&notes(&result));
    assert_eq!(result.holds(), [180, 180, 120]);
}

#[tokio::test(start_paused = true)]
async fn where_the_rule_says_so_no_verdict_rolls_back() {
    for (says, why) in [
        ((|| QueryAnswer::NoData) as fn() -> QueryAnswer, "no data"),
        (|| QueryAnswer::Away, "connection refused"),
        (|| QueryAnswer::Hangs, "no answer within 5s"),
        (|| QueryAnswer::Value("NaN"), "the value is NaN, as where nothing was counted yet"),
    ] {
        let rule = MetricRule { on_inconclusive: OnInconclusive::Rollback, ..errors() };
        let gated = Gated::new(vec![rule], move |_| says()).await;
        let result = gated.blue_green().await;
        gated.harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
        let reason = result.reason();
        assert!(reason.starts_with(
            "no verdict at the end of the hold: metric errors: 0 of at least 3 values"
        ));
        assert!(reason.ends_with(&format!("the last: {why}")), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_rule_warns_a_breach_is_a_note() {
    let rule = MetricRule { mode: Mode::Warn, ..errors() };
    let gated = Gated::new(vec![rule], |_| QueryAnswer::Value("0.2")).await;
    let result = gated.blue_green().await;
    gated.harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    expect!["metric errors: 0.2, at most 0.05 is allowed, 2 times in a row"]
        .assert_eq(&notes(&result));
}

/// How long a rollout of `behaviour` takes until it is rolled back.
async fn until_rolled_back(
    metrics: Vec<MetricRule>,
    behaviour: Behaviour,
    answers: impl Fn(&str) -> QueryAnswer + Send + Sync + 'static,
) -> u64 {
    let gated = Gated::new(metrics, answers).await;
    gated.harness.cluster.publish(REPOSITORY, "2", behaviour);
    let result = gated.blue_green().await;
    gated.harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    result.took().as_secs()
}

#[tokio::test(start_paused = true)]
async fn a_prometheus_that_hangs_delays_no_probe() {
    let fails_later = || Behaviour::failing_after("v2", Duration::from_secs(50), 100);
    let rule = || MetricRule { interval: Duration::from_secs(5), ..errors() };
    let hanging = until_rolled_back(vec![rule()], fails_later(), |_| QueryAnswer::Hangs).await;
    let without = until_rolled_back(Vec::new(), fails_later(), |_| QueryAnswer::Hangs).await;
    assert_eq!(hanging, without);
}

#[tokio::test(start_paused = true)]
async fn a_metric_without_an_answer_delays_no_other() {
    let mut slow = MetricRule { max: Some(finite(1.0)), ..metric("slow", "slow") };
    slow.prometheus.timeout = Duration::from_secs(300);
    let answers =
        |query: &str| if query == "slow" { QueryAnswer::Hangs } else { QueryAnswer::Value("0.2") };
    let beside = until_rolled_back(vec![slow, errors()], Behaviour::good("v2"), answers).await;
    let alone = until_rolled_back(vec![errors()], Behaviour::good("v2"), answers).await;
    assert_eq!(beside, alone);
}

#[tokio::test(start_paused = true)]
async fn probes_that_take_long_delay_no_metric() {
    let bad = |_: &str| QueryAnswer::Value("0.2");
    let slow = Behaviour::slow("v2", Duration::from_secs(3));
    let slowly = until_rolled_back(vec![errors()], slow, bad).await;
    let quickly = until_rolled_back(vec![errors()], Behaviour::good("v2"), bad).await;
    assert!(slowly < quickly + 60, "{slowly} s with slow probes, {quickly} s without");
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_a_hold_lasts_as_long_as_its_metrics_need() {
    let rule = MetricRule { interval: Duration::from_secs(40), ..errors() };
    let gated = Gated::new(vec![rule], |_| QueryAnswer::Value("0.01")).await;
    let deploying = gated.harness.start(blue_green("2", "b-1")).await;
    gated.harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    tokio::time::sleep(Duration::from_secs(115)).await;
    let result = deploying.restart().await.end().await;
    gated.harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    assert!(numbers(&result).iter().all(|numbers| numbers.points >= 3), "{:?}", numbers(&result));
    assert!(!notes(&result).contains("not judged"), "{}", notes(&result));
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_an_operator_skips_says_what_was_not_judged() {
    let gated = Gated::new(vec![errors()], |_| QueryAnswer::Value("0.01")).await;
    let deploying = gated.harness.start(blue_green("2", "b-1")).await;
    gated.harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    tokio::time::sleep(Duration::from_secs(15)).await;
    let promoted =
        DeploymentEvent::Steered { action: Action::Promote, by: Requester::operator("ada") };
    let journal = &gated.harness.journal;
    journal.append(&deploying.id, Event::Deployment(promoted)).await.unwrap();
    let result = deploying.end().await;
    result.assert_end(Outcome::Succeeded);
    expect!["not judged, since the hold was skipped: metric errors: 1 of at least 3 values"]
        .assert_eq(&notes(&result));
}

#[tokio::test(start_paused = true)]
async fn a_first_deployment_asks_for_nothing_and_says_why() {
    let gated = Gated::new(vec![errors()], |_| QueryAnswer::Value("9")).await;
    gated.harness.delete_service();
    gated.harness.settle().await;
    let result = gated.harness.deploy_request(request("1", "f-1")).await;
    gated.harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    expect!["metric errors is not asked for: there is nothing to go back to"]
        .assert_eq(&notes(&result));
    assert!(gated.queries().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_plan_says_which_metric_is_not_asked_for_and_which_hold_is_too_short() {
    let slow = MetricRule { interval: Duration::from_secs(60), ..errors() };
    let gated = Gated::new(vec![slow], |_| QueryAnswer::Value("0")).await;
    let result = gated.blue_green().await;
    expect![[r#"
        the hold at 10 % takes 3m and not 2m: metric errors needs 3 values, one in 1m
        the hold at 50 % takes 3m and not 2m: metric errors needs 3 values, one in 1m
        metric errors cannot be judged in the hold at 100 %, which lasts 1m: it needs 3 values, one in 1m, which take 3m
        not judged: metric errors: 2 of at least 3 values"#]]
    .assert_eq(&notes(&result));
    let mut unheld = settings();
    unheld.metrics = vec![errors()];
    unheld.stages.values_mut().flatten().for_each(|stage| stage.hold = Duration::ZERO);
    let gated = Gated::with(unheld, |_| QueryAnswer::Value("9")).await;
    let result = gated.blue_green().await;
    result.assert_end(Outcome::Succeeded);
    expect!["metric errors is not asked for: no stage is held"].assert_eq(&notes(&result));
}

#[tokio::test(start_paused = true)]
async fn a_secret_header_reaches_prometheus_and_no_record() {
    let mut rule = errors();
    let place = "the variable TOKEN";
    let value = HeaderValue::SecretOf(Source::of_place(place));
    rule.prometheus.headers = vec![Header { name: "Authorization".to_owned(), value }];
    let secret = "Bearer of-nobody-else";
    let refused = format!("{{\"status\":\"error\",\"error\":\"{secret} is unknown\"}}");
    let mut gated = Gated::new(vec![rule], move |_| QueryAnswer::Body(401, refused.clone())).await;
    gated.harness.engine.redactor.learn([secret]);
    let secrets = BTreeMap::from([(place.to_owned(), secret.to_owned())]);
    gated.harness.engine.prober = Arc::new(Revealing::new(
        Arc::clone(&gated.prometheus) as _,
        Current::fixed(secrets),
        gated.harness.engine.redactor.clone(),
    ));
    let result = gated.blue_green().await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(gated.prometheus.asked()[0].headers, [Header::new("Authorization", secret)]);
    let record = format!("{:?}", result.records);
    assert!(record.contains("the server answered 401"), "{record}");
    assert!(!record.contains("of-nobody-else"), "{record}");
}
