//! Requests for a revision that has no pod to answer them.

use std::time::Duration;

use boathook_sandbox::{Behaviour, Kind, Outcome, Visit};
use serde_json::json;
use tokio::time::Instant;

use super::stand::{REPOSITORY, Stand, condition, image, pass, service, traffic};

const HOST: &str = "hello.fa.example.test";
const HELD: &str = "504 activator request timeout";

/// One request by a client that waits for as long as it takes; the answer, and how long it took.
async fn patient(stand: &Stand, host: &str) -> (String, Duration) {
    let begun = Instant::now();
    let answer = match stand.cluster.ask(&Visit::get(host)).await {
        Outcome::Answer { status, body } => format!("{status} {body}"),
        other => format!("{other:?}"),
    };
    (answer, begun.elapsed())
}

/// A service whose only revision was Ready, and then ends again and again until its restarts are
/// minutes apart.
async fn crash_looping(timeout_seconds: Option<u64>) -> Stand {
    let stand = Stand::new();
    stand.cluster.publish(
        REPOSITORY,
        "leaky",
        Behaviour::crash_after("v7", Duration::from_secs(5), 137),
    );
    stand.write(
        "m/00-ns.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
    );
    let mut manifest = service("leaky");
    manifest["spec"]["template"]["metadata"]["annotations"]["autoscaling.knative.dev/min-scale"] =
        json!("1");
    if let Some(seconds) = timeout_seconds {
        manifest["spec"]["template"]["spec"]["timeoutSeconds"] = json!(seconds);
    }
    stand.write("m/10-hello.yaml", &manifest);
    assert!(stand.kubectl("apply -f m").await.is_success());
    stand.until_ready().await;
    while restarts(&stand) < 6 || !waits(&stand) {
        pass(500).await;
    }
    stand
}

fn restarts(stand: &Stand) -> u64 {
    stand.all(Kind::Pod)[0]["status"]["containerStatuses"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["restartCount"].as_u64())
        .sum()
}

fn waits(stand: &Stand) -> bool {
    let pods = stand.all(Kind::Pod);
    let mut all = pods[0]["status"]["containerStatuses"].as_array().unwrap().iter();
    all.any(|one| one["state"]["waiting"]["reason"] == "CrashLoopBackOff")
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_was_ready_and_crashes_again_and_again_holds_a_request_for_its_timeout() {
    let stand = crash_looping(Some(30)).await;
    assert_eq!(patient(&stand, HOST).await, (HELD.to_owned(), Duration::from_secs(30)));
    assert_eq!(condition(&stand.object(Kind::Revision, "hello-00001"), "Ready"), "False");
}

#[tokio::test(start_paused = true)]
async fn a_held_request_is_answered_as_soon_as_the_container_runs_again() {
    let stand = crash_looping(None).await;
    let before = restarts(&stand);
    let (answer, took) = patient(&stand, HOST).await;
    assert_eq!(answer, "200 v7 rev=hello-00001");
    assert!(took > Duration::from_secs(10) && took < Duration::from_secs(300), "{took:?}");
    assert_eq!(restarts(&stand), before + 1);
    assert_eq!(
        stand.cluster.requests("fa", "hello-00001"),
        1,
        "it is one request, however long it waits"
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_300_s_where_no_pod_can_start_and_the_service_does_not_say_how_long() {
    let stand = Stand::serving().await;
    stand.cluster.withdraw(&format!("{REPOSITORY}:v1"));
    stand.cluster.evict(&format!("{REPOSITORY}:v1"));
    stand.cluster.kill_pods("fa", "hello-00001");
    pass(1_000).await;
    assert_eq!(patient(&stand, HOST).await, (HELD.to_owned(), Duration::from_secs(300)));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_was_never_ready_answers_404_at_once() {
    let stand = Stand::new();
    stand.cluster.publish(REPOSITORY, "bad", Behaviour::crash("bad", 3, "FATAL"));
    stand.write(
        "m/00-ns.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
    );
    stand.write("m/10-hello.yaml", &service("bad"));
    assert!(stand.kubectl("apply -f m").await.is_success());
    pass(120_000).await;
    assert_eq!(patient(&stand, HOST).await, ("404 ".to_owned(), Duration::from_millis(1)));
}

#[tokio::test(start_paused = true)]
async fn a_tag_of_a_revision_that_was_never_ready_answers_404_at_once() {
    let stand = Stand::serving().await;
    stand.cluster.publish(REPOSITORY, "bad", Behaviour::crash("bad", 3, "FATAL"));
    let targets = json!([
        {"revisionName": "hello-00001", "percent": 100},
        {"revisionName": "hello-00002", "percent": 0, "tag": "candidate"},
    ]);
    stand.steer(json!([image("bad"), traffic(targets)])).await;
    pass(120_000).await;
    assert_eq!(
        patient(&stand, "candidate-hello.fa.example.test").await,
        ("404 ".to_owned(), Duration::from_millis(1))
    );
    assert_eq!(stand.ask(HOST).await, "200 v1 rev=hello-00001");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_revision_that_only_a_tag_points_to_answers_404_under_the_tag_and_users_notice_nothing()
 {
    let stand = Stand::serving().await;
    let targets = json!([
        {"latestRevision": true, "percent": 100},
        {"revisionName": "hello-00001", "percent": 0, "tag": "old"},
    ]);
    stand.steer(json!([image("v2"), traffic(targets)])).await;
    stand.until_ready().await;
    assert_eq!(stand.ask("old-hello.fa.example.test").await, "200 v1 rev=hello-00001");
    assert!(stand.kubectl("delete revision hello-00001 -n fa").await.is_success());
    for wait in [0, 1_000, 600_000] {
        pass(wait).await;
        let said = "404 Error getting active endpoint: revision.serving.knative.dev \
                    \"hello-00001\" not found";
        assert_eq!(stand.ask("old-hello.fa.example.test").await, said, "after {wait} ms");
        assert_eq!(stand.ask(HOST).await, "200 v2 rev=hello-00002", "after {wait} ms");
    }
}
