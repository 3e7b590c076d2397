//! What metrics and dashboard say of asking GitHub for deployments.

use std::time::Duration;

use boathook_testing::{
    dashboard_pages::{assert_harmless, seen},
    github::Fault,
};
use expect_test::expect;
use serde_json::json;
use tokio::time::sleep;

use crate::support::promotion_harness::Chain;

const READ_AT: &str = "boathook_github_last_poll_timestamp_seconds{repository=\"acme/game\"} ";

/// The lines of a metric, without its name, that are not 0.
async fn counts(chain: &Chain, name: &str) -> String {
    let page = chain.ask("/metrics").await.text;
    let lines = page.lines().filter_map(|line| line.strip_prefix(name));
    lines.filter(|line| !line.ends_with(" 0")).collect::<Vec<_>>().join("\n")
}

async fn read_at(chain: &Chain) -> Option<f64> {
    let page = chain.ask("/metrics").await.text;
    page.lines().find_map(|line| line.strip_prefix(READ_AT)?.parse().ok())
}

#[tokio::test(start_paused = true)]
async fn metrics_say_whether_github_answers_and_when_it_did_last() {
    let chain = Chain::on_github("", |_, _| {});
    chain.github.break_at("/repos", Fault::Away);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(read_at(&chain).await, Some(0.0), "it was never read");
    chain.github.mend();
    sleep(Duration::from_secs(34)).await;
    let last = read_at(&chain).await.unwrap();
    let age = chain.now().as_second() as f64 - last;
    assert!((0.0..11.0).contains(&age), "{age}");
    chain.github.break_at("/repos", Fault::Secondary(Some(60)));
    sleep(Duration::from_secs(20)).await;
    expect![[r#"
        {result="failed"} 1
        {result="limited"} 1
        {result="not_modified"} 2
        {result="ok"} 1"#]]
    .assert_eq(&counts(&chain, "boathook_github_polls_total").await);
    assert_eq!(read_at(&chain).await, Some(last), "a failure is no reading");
    chain.reload_with("development", |text| text.replace("[acme/game]", "[]"));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(read_at(&chain).await, None, "nobody asks for it any more");
}

#[tokio::test(start_paused = true)]
async fn what_becomes_of_deployments_on_github_is_counted_as_at_the_listener() {
    let chain = Chain::on_github("", |_, _| {});
    let good = chain.payload("development", json!({}));
    let payloads = [
        good.clone(),
        good,
        json!({"boathook": {"body": "{}", "signature": "sha256=00"}}),
        chain.payload("development", json!({"image": "registry.example/other:1"})),
        chain.payload("development", json!({"timestamp": null})),
        json!({"none of boathook's": "business"}),
    ];
    for payload in payloads {
        let body = json!({"ref": "main", "environment": "dev", "payload": payload});
        chain.github.deploy("acme/game", "ada", body);
    }
    sleep(Duration::from_secs(60)).await;
    expect![[r#"
        {result="accepted"} 1
        {result="bad_signature"} 1
        {result="conflict"} 1
        {result="malformed"} 1
        {result="repeat"} 1"#]]
    .assert_eq(&counts(&chain, "boathook_github_deployments_total").await);
}

#[tokio::test(start_paused = true)]
async fn the_dashboard_shows_when_a_repository_was_read_and_what_went_wrong_last() {
    let chain = Chain::on_github("", |_, _| {});
    let sources = async || {
        let page = chain.ask("/dashboard/environments").await.text;
        assert_harmless("the page of environments", &page);
        let seen = seen(&page);
        seen.split_once("\nSources\n").map(|(_, sources)| sources.to_owned()).unwrap_or_default()
    };
    sleep(Duration::from_secs(5)).await;
    expect![[r#"
        Where boathook fetches requests by itself, since it started.
        Repositories on GitHub and relays, and what went wrong with them last
        Source State Last failure
        GitHub acme/game read 2026-11-22 18:51:22 UTC none"#]]
    .assert_eq(&sources().await);
    chain.github.break_at("/repos", Fault::Status(403));
    sleep(Duration::from_secs(20)).await;
    expect![[r#"
        Where boathook fetches requests by itself, since it started.
        Repositories on GitHub and relays, and what went wrong with them last
        Source State Last failure
        GitHub acme/game failing last read 2026-11-22 18:51:22 UTC 2026-11-22 18:51:42 UTC GitHub forbids it (403): It is broken; give the credential the permission &quot;Deployments&quot; (read and write)"#]].assert_eq(&sources().await);
    chain.github.mend();
    sleep(Duration::from_secs(60)).await;
    expect![[r#"
        Where boathook fetches requests by itself, since it started.
        Repositories on GitHub and relays, and what went wrong with them last
        Source State Last failure
        GitHub acme/game read 2026-11-22 18:52:42 UTC 2026-11-22 18:51:42 UTC GitHub forbids it (403): It is broken; give the credential the permission &quot;Deployments&quot; (read and write)"#]].assert_eq(&sources().await);
    chain.reload_with("development", |text| text.replace("[acme/game]", "[]"));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(sources().await, "");
}
