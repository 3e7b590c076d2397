//! Who gets which requests, and when.

use std::collections::BTreeMap;

use boathook_sandbox::{Behaviour, Kind};
use expect_test::expect;
use serde_json::{Value, json};

use super::stand::{REPOSITORY, Stand, condition, condition_text, image, pass, service, traffic};

/// A service with `v1` serving and `v2` Ready beside it, at 0 %.
async fn two() -> Stand {
    let stand = Stand::serving().await;
    stand.put_beside("v2").await;
    stand
}

fn split(stable: u8, candidate: u8) -> Value {
    traffic(json!([
        {"revisionName": "hello-00001", "percent": stable},
        {"revisionName": "hello-00002", "percent": candidate, "tag": "boathook"},
    ]))
}

async fn count(stand: &Stand, host: &str, requests: usize) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for _ in 0..requests {
        *counts.entry(stand.ask(host).await).or_default() += 1;
    }
    counts
}

#[tokio::test(start_paused = true)]
async fn a_hundred_requests_split_exactly() {
    let stand = two().await;
    for (stable, candidate) in [(90, 10), (50, 50), (1, 99)] {
        stand.steer(json!([split(stable, candidate)])).await;
        stand.until_ready().await;
        let counts = count(&stand, "hello.fa.example.test", 100).await;
        assert_eq!(counts["200 v1 rev=hello-00001"], usize::from(stable));
        assert_eq!(counts["200 v2 rev=hello-00002"], usize::from(candidate));
    }
    assert_eq!(stand.cluster.requests("fa", "hello-00001"), 141);
}

#[tokio::test(start_paused = true)]
async fn a_tag_has_its_own_host_until_it_is_taken_away() {
    let stand = two().await;
    assert_eq!(stand.ask("boathook-hello.fa.example.test").await, "404");
    stand.steer(json!([split(100, 0)])).await;
    let ksvc = stand.until_ready().await;
    assert_eq!(ksvc["status"]["traffic"][1]["url"], "http://boathook-hello.fa.example.test");
    assert_eq!(stand.ask("boathook-hello.fa.example.test:8443").await, "200 v2 rev=hello-00002");
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
    stand.steer(json!([traffic(json!([{"revisionName": "hello-00001", "percent": 100}]))])).await;
    stand.until_ready().await;
    assert_eq!(stand.ask("boathook-hello.fa.example.test").await, "404");
}

#[tokio::test(start_paused = true)]
async fn status_shows_the_new_traffic_before_users_have_it() {
    let stand = two().await;
    stand.steer(json!([split(0, 100)])).await;
    while stand.ksvc()["status"]["traffic"][0]["percent"] != 0 {
        pass(5).await;
    }
    assert_eq!(
        condition_text(&stand.ksvc(), "Ready"),
        "Unknown IngressNotConfigured: Ingress has not yet been reconciled."
    );
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
    stand.until_ready().await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v2 rev=hello-00002");
    expect![[r#"
        hello-00001 100
        hello-00001 0, hello-00002 100 (boathook)"#]]
    .assert_eq(&stand.cluster.traffic_history("fa", "hello").join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_is_not_ready_holds_back_pins_and_tags() {
    let stand = Stand::serving().await;
    stand.cluster.publish(REPOSITORY, "never", Behaviour::never_ready("never"));
    stand
        .steer(json!([image("never"), {
            "op": "add",
            "path": "/spec/template/metadata/name",
            "value": "hello-rel3",
        }, traffic(json!([
            {"revisionName": "hello-00001", "percent": 100, "tag": "stable"},
            {"revisionName": "hello-rel3", "percent": 0, "tag": "boathook"},
        ]))]))
        .await;
    let ksvc = stand
        .until("a held route", |ksvc| condition_text(ksvc, "RoutesReady").contains("not yet ready"))
        .await;
    assert_eq!(
        condition_text(&ksvc, "Ready"),
        "Unknown RevisionMissing: Revision \"hello-rel3\" is not yet ready."
    );
    assert_eq!(
        ksvc["status"]["traffic"],
        json!([{"latestRevision": true, "percent": 100, "revisionName": "hello-00001"}])
    );
    assert_eq!(stand.ask("stable-hello.fa.example.test").await, "404");
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
}

#[tokio::test(start_paused = true)]
async fn a_tag_on_the_latest_serves_the_old_revision_while_the_new_one_is_broken() {
    let stand = Stand::serving().await;
    stand.cluster.publish(REPOSITORY, "bad", Behaviour::crash("bad", 3, "FATAL"));
    stand
        .steer(json!([
            image("bad"),
            traffic(json!([
                {"revisionName": "hello-00001", "percent": 100},
                {"latestRevision": true, "percent": 0, "tag": "candidate"},
            ]))
        ]))
        .await;
    stand.until("effective traffic", |ksvc| condition(ksvc, "RoutesReady") == "True").await;
    assert_eq!(stand.ask("candidate-hello.fa.example.test").await, "200 v1 rev=hello-00001");
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_makes_the_host_too_long_is_an_error_of_the_route() {
    let stand = Stand::serving().await;
    let tag = "t".repeat(60);
    stand
        .steer(json!([traffic(
            json!([{"revisionName": "hello-00001", "percent": 100, "tag": tag}])
        )]))
        .await;
    let ksvc = stand.until("an error", |ksvc| condition(ksvc, "Ready") == "False").await;
    assert!(
        condition_text(&ksvc, "Ready")
            .starts_with("False ErrorConfig: domain name error: invalid domain name")
    );
    assert!(ksvc["status"].get("traffic").is_none());
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_nobody_asks_has_no_pods_and_wakes_on_the_next_request() {
    let stand = two().await;
    pass(59_000).await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
    pass(59_000).await;
    assert_eq!(stand.names(Kind::Pod).len(), 1, "the candidate's pod is gone");
    pass(3_000).await;
    assert_eq!(stand.names(Kind::Pod).len(), 0);
    let revision = stand.object(Kind::Revision, "hello-00001");
    assert_eq!(condition(&revision, "Ready"), "True");
    assert_eq!(
        condition_text(&revision, "Active"),
        "False NoTraffic: The target is not receiving traffic."
    );
    let begun = tokio::time::Instant::now();
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
    assert_eq!(begun.elapsed().as_millis(), 602);
    assert_eq!(stand.names(Kind::Pod).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_asks_for_a_pod_at_all_times_keeps_one() {
    let stand = Stand::new();
    let mut manifest = service("v1");
    manifest["spec"]["template"]["metadata"]["annotations"]["autoscaling.knative.dev/min-scale"] =
        json!("1");
    stand.write(
        "m/00-ns.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
    );
    stand.write("m/10-hello.yaml", &manifest);
    stand.kubectl("apply -f m").await;
    stand.until_ready().await;
    pass(600_000).await;
    assert_eq!(stand.names(Kind::Pod).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn ready_does_not_mean_that_it_answers() {
    let stand = two().await;
    stand.steer(json!([split(0, 100)])).await;
    stand.until_ready().await;
    stand.cluster.withdraw(&format!("{REPOSITORY}:v1"));
    stand.cluster.evict(&format!("{REPOSITORY}:v1"));
    stand.cluster.kill_pods("fa", "hello-00001");
    stand.steer(json!([split(100, 0)])).await;
    let ksvc = stand.until_ready().await;
    assert_eq!(ksvc["status"]["traffic"][0]["percent"], 100);
    assert_eq!(stand.ask("hello.fa.example.test").await, "no answer within 2000 ms");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_host_is_not_found() {
    let stand = Stand::serving().await;
    assert_eq!(stand.ask("nosuch.fa.example.test").await, "404");
    assert_eq!(stand.ask("hello.fa.example.com").await, "404");
}

#[tokio::test(start_paused = true)]
async fn a_service_for_the_inside_has_an_inside_host() {
    let stand = Stand::new();
    let mut manifest = service("v1");
    manifest["metadata"]["labels"] = json!({"networking.knative.dev/visibility": "cluster-local"});
    stand.write(
        "m/00-ns.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
    );
    stand.write("m/10-hello.yaml", &manifest);
    stand.kubectl("apply -f m").await;
    assert_eq!(stand.until_ready().await["status"]["url"], "http://hello.fa.svc.cluster.local");
    assert_eq!(stand.ask("hello.fa.svc.cluster.local").await, "200 v1 rev=hello-00001");
    assert_eq!(stand.ask("hello.fa.example.test").await, "404");
}
