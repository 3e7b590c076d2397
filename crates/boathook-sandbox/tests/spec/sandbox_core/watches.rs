//! Watching: every change in order, and an end without a word.

use boathook_process::{Exit, Runner as _};
use boathook_sandbox::{Caller, EventType, Fault, Kind, Selector, Times};
use expect_test::expect;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::stand::{Stand, condition_text, deployer, image, pass};

const WATCH: [&str; 9] = ["kubectl", "get", "ksvc", "hello", "-n", "fa", "-o", "json", "--watch"];

#[tokio::test(start_paused = true)]
async fn a_watch_streams_one_event_a_line_from_what_is_there() {
    let stand = Stand::serving().await;
    let (sender, mut lines) = mpsc::channel(100);
    let mut list = WATCH.to_vec();
    list.push("--output-watch-events");
    let mut command = stand.command(&list);
    command.timeout = std::time::Duration::from_secs(600);
    let tools = stand.tools.clone();
    let running = tokio::spawn(async move { tools.run(command, Some(sender)).await.unwrap() });
    let first: Value = serde_json::from_str(&lines.recv().await.unwrap()).unwrap();
    assert_eq!(
        (&first["type"], &first["object"]["metadata"]["generation"]),
        (&json!("ADDED"), &json!(1))
    );

    stand.steer(json!([image("v2")])).await;
    let mut seen = Vec::new();
    loop {
        let event: Value = serde_json::from_str(&lines.recv().await.unwrap()).unwrap();
        seen.push(format!("{} {}", event["type"], condition_text(&event["object"], "Ready")));
        if event["object"]["status"]["traffic"][0]["revisionName"] == "hello-00002"
            && seen.last().unwrap().contains("True")
        {
            break;
        }
    }
    expect![[r#"
        "MODIFIED" True : 
        "MODIFIED" Unknown OutOfDate: The Configuration is still working to reflect the latest desired specification.
        "MODIFIED" Unknown : 
        "MODIFIED" Unknown TrafficNotMigrated: Traffic is not yet migrated to the latest revision.
        "MODIFIED" Unknown IngressNotConfigured: Ingress has not yet been reconciled.
        "MODIFIED" Unknown Uninitialized: Waiting for load balancer to be ready
        "MODIFIED" True : "#]]
    .assert_eq(&seen.join("\n"));
    drop(lines);
    let finished = running.await.unwrap();
    assert_eq!((finished.exit, finished.stdout.text().as_ref()), (Exit::Stopped, ""));
}

#[tokio::test(start_paused = true)]
async fn without_the_event_flag_an_object_is_printed_over_many_lines() {
    let stand = Stand::serving().await;
    let mut list = WATCH.to_vec();
    list.push("--request-timeout=5s");
    let finished = stand.run_list(&list).await;
    assert_eq!(finished.exit, Exit::Code(0));
    assert_eq!(finished.duration.as_secs(), 5);
    assert!(finished.stdout.text().starts_with("{\n    \"apiVersion\""));
}

#[tokio::test(start_paused = true)]
async fn a_watch_on_nothing_is_not_found() {
    let stand = Stand::serving().await;
    let finished = stand.run("kubectl get ksvc nosuch -n fa -o json --watch").await;
    assert_eq!(
        super::stand::transcript(&finished),
        "Error from server (NotFound): services.serving.knative.dev \"nosuch\" not found\n\
         (exit code 1)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_broken_watch_ends_well_and_says_nothing() {
    let stand = Stand::serving().await;
    stand.cluster.fail("kubectl get ksvc", Times::Next(1), Fault::WatchEnds);
    let finished = stand.run_list(&WATCH).await;
    assert_eq!(
        (finished.exit, finished.stdout.text().as_ref(), finished.stderr.text().as_ref()),
        (Exit::Code(0), "", "")
    );

    let mut watch = stand
        .cluster
        .watch(&Caller::admin(), Kind::Service, Some("fa"), Selector::named("hello"), None)
        .unwrap();
    assert_eq!(watch.next().await.unwrap().event, EventType::Added);
    let cluster = stand.cluster.clone();
    let waiting = tokio::spawn(async move { watch.next().await });
    tokio::task::yield_now().await;
    cluster.break_watches();
    assert_eq!(waiting.await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_watch_wakes_when_something_is_due_and_ends_after_its_time() {
    let stand = Stand::serving().await;
    let selector = Selector::labels("serving.knative.dev/service=hello").unwrap();
    let mut watch =
        stand.cluster.watch(&Caller::admin(), Kind::Pod, Some("fa"), selector, None).unwrap();
    assert_eq!(watch.next().await.unwrap().event, EventType::Added);
    let gone = watch.next().await.unwrap();
    assert_eq!(gone.event, EventType::Deleted, "the revision scales to zero");
    assert_eq!(watch.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_watch_goes_on_from_a_version() {
    let stand = Stand::serving().await;
    let version: u64 =
        stand.ksvc()["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
    stand.steer(json!([image("v2")])).await;
    pass(100).await;
    let mut watch = stand
        .cluster
        .watch(&Caller::admin(), Kind::Service, Some("fa"), Selector::everything(), Some(version))
        .unwrap();
    let event = watch.next().await.unwrap();
    assert_eq!(
        (event.event, &event.object["metadata"]["generation"]),
        (EventType::Modified, &json!(2))
    );
    assert_eq!(event.to_json()["type"], "MODIFIED");
    let refused = stand.cluster.watch(
        &deployer("other", "x"),
        Kind::Service,
        Some("fa"),
        Selector::everything(),
        None,
    );
    assert_eq!(refused.unwrap_err().code, 403);
}
