//! What `boathook check` says of the servers that metrics are asked of.

use std::sync::Arc;

use boathook::check;
use boathook_core::clock::Clock;
use boathook_sandbox::{Cluster, FakeProber, Settings};
use boathook_testing::{
    delivery::NOW,
    fake_prometheus::{FakePrometheus, PROMETHEUS, QueryAnswer},
};
use expect_test::{Expect, expect};

use crate::support::check_harness::{DEFAULT, config, lines};

async fn found(besides: &str, says: QueryAnswer) -> (String, usize) {
    let clock = Clock::following_tokio(NOW.parse().unwrap());
    let others = Arc::new(FakeProber::new(Cluster::new(Settings::default())));
    let says = std::sync::Mutex::new(Some(says));
    let prometheus = FakePrometheus::new(others, clock.clone(), move |query| {
        assert_eq!(query, "x{r=\"boathook-check\"}");
        says.lock().unwrap().take().unwrap()
    });
    let metric = format!(
        "[{{name: errors, prometheus: {{url: '{PROMETHEUS}', query: 'x{{r=\"{{{{revision}}}}\"}}'}}, max: 1{besides}}}]"
    );
    let development = format!(
        "secrets: [{{id: ci, env: SECRET}}]
allow: {{images: ['*'], namespaces: ['*'], services: ['*']}}
health: {{metrics: {metric}}}
services: {{game: {{health: {{path: /game}}}}}}"
    );
    let config = config(DEFAULT, &development);
    let found = check::metrics(&config, &prometheus, &clock).await;
    (lines(&found), prometheus.asked().len())
}

async fn says(answer: QueryAnswer, expected: Expect) {
    expected.assert_eq(&found("", answer).await.0);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_is_well_though_it_has_no_value_yet() {
    let (no_data, _) = found("", QueryAnswer::NoData).await;
    let (not_a_number, _) = found("", QueryAnswer::Value("NaN")).await;
    assert_eq!(no_data, not_a_number);
    expect![[r#"
        Ok metrics: development: errors at http://prometheus.test:9090 answers and reads the query; it has no value for a revision that does not exist, so try it with one that serves
    "#]]
    .assert_eq(&no_data);
    says(
        QueryAnswer::Value("0.5"),
        expect![[r#"
        Ok metrics: development: errors at http://prometheus.test:9090 answers 0.5
    "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_metric_that_an_environment_and_its_services_share_is_asked_for_once() {
    assert_eq!(found("", QueryAnswer::NoData).await.1, 1);
}

#[tokio::test(start_paused = true)]
async fn each_thing_that_is_wrong_says_what_fixes_it() {
    let refused = r#"{"status":"error","errorType":"bad_data","error":"1:2: parse error"}"#;
    let several = r#"{"status":"success","data":{"resultType":"vector","result":[{},{}]}}"#;
    says(QueryAnswer::Away, expect![[r#"
        Warning metrics: development: errors at http://prometheus.test:9090: connection refused
          -> curl 'http://prometheus.test:9090/api/v1/query?query=1'; correct prometheus.url in health.metrics of development, `errors`
    "#]]).await;
    says(QueryAnswer::Hangs, expect![[r#"
        Warning metrics: development: errors at http://prometheus.test:9090: no answer within 5s
          -> curl 'http://prometheus.test:9090/api/v1/query?query=1'; correct prometheus.url in health.metrics of development, `errors`
    "#]]).await;
    says(QueryAnswer::Body(400, refused.to_owned()), expect![[r#"
        Warning metrics: development: errors at http://prometheus.test:9090: the server answered 400: bad_data: 1:2: parse error
          -> correct prometheus.query in health.metrics of development, `errors`
    "#]]).await;
    says(
        QueryAnswer::Body(401, String::new()),
        expect![[r#"
        Warning metrics: development: errors at http://prometheus.test:9090: the server answered 401
          -> correct prometheus.headers in health.metrics of development, `errors`
    "#]],
    )
    .await;
    says(QueryAnswer::Body(404, "404 page not found".to_owned()), expect![[r#"
        Warning metrics: development: errors at http://prometheus.test:9090: the server answered 404
          -> correct prometheus.url in health.metrics of development, `errors`: boathook adds /api/v1/query to it
    "#]]).await;
    says(QueryAnswer::Body(200, several.to_owned()), expect![[r#"
        Warning metrics: development: errors at http://prometheus.test:9090: 2 series came; the query must come to one number, by sum() for example
          -> put sum() or another aggregation around prometheus.query in health.metrics of development, `errors`
    "#]]).await;
    says(QueryAnswer::Body(200, "<html>".to_owned()), expect![[r#"
        Warning metrics: development: errors at http://prometheus.test:9090: what answered is no Prometheus: <html>
          -> correct prometheus.url in health.metrics of development, `errors`: boathook adds /api/v1/query to it
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn where_no_value_rolls_back_it_is_an_error() {
    expect![[r#"
        Error metrics: development: errors at http://prometheus.test:9090: connection refused
          -> curl 'http://prometheus.test:9090/api/v1/query?query=1'; correct prometheus.url in health.metrics of development, `errors`
    "#]].assert_eq(&found(", on_inconclusive: rollback", QueryAnswer::Away).await.0);
}
