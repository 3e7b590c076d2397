//! The real kubectl against the sandbox: it sees what it would see on a real cluster.

use std::time::Duration;

use boathook::process::Exit;
use expect_test::expect;
use serde_json::{Value, json};

use crate::sandbox_room::{Ran, Room, kubectls};

const V1: &str = "ghcr.io/your-org/hello:v1";
const V2: &str = "ghcr.io/your-org/hello:v2";

/// Applies the service `web` and waits until it is Ready.
async fn ready_service(room: &Room) -> String {
    let folder = room.manifests("web", V1, "hi");
    room.succeed(&["apply", "-f", &folder]).await;
    wait_ready(room).await;
    folder
}

async fn wait_ready(room: &Room) {
    room.succeed(&["wait", "--for=condition=Ready", "ksvc/web", "-n", "web", "--timeout=30s"]).await;
}

async fn service(room: &Room) -> Value {
    room.object(&["ksvc", "web", "-n", "web"]).await
}

async fn patch(room: &Room, kind: &str, patch: &Value) -> Ran {
    room.kubectl(&["patch", "ksvc", "web", "-n", "web", "--type", kind, "-p", &patch.to_string()]).await
}

async fn revisions(room: &Room) -> Vec<String> {
    let list = room.object(&["revisions", "-n", "web"]).await;
    let names = list["items"].as_array().into_iter().flatten().filter_map(|item| item["metadata"]["name"].as_str());
    names.map(str::to_owned).collect()
}

/// What was said without the warning that every write of a service brings.
fn without_warning(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("Warning: Kubernetes default value is insecure")).map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn every_kubectl_at_hand_walks_the_main_path() {
    for kubectl in kubectls() {
        let room = Room::open_with(kubectl, |_| {});
        let folder = room.manifests("web", V1, "hi");
        let said = room.succeed(&["apply", "-f", &folder]).await;
        assert_eq!(said, "namespace/web created\nservice.serving.knative.dev/web created\n", "{:?}", room.kubectl);
        wait_ready(&room).await;
        let said = room.succeed(&["apply", "-f", &folder]).await;
        assert_eq!(said, "namespace/web unchanged\nservice.serving.knative.dev/web configured\n", "{:?}", room.kubectl);
        let change = json!([
            {"op": "test", "path": "/metadata/generation", "value": 1},
            {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": V2},
            {"op": "add", "path": "/spec/template/metadata/labels", "value": {"boathook.dev/deployment": "1-1"}},
        ]);
        let patched = patch(&room, "json", &change).await;
        assert_eq!(patched.stdout, "service.serving.knative.dev/web patched\n", "{patched:?}");
        wait_ready(&room).await;
        let found = room.object(&["revisions", "-n", "web", "-l", "boathook.dev/deployment=1-1"]).await;
        assert_eq!(found["items"][0]["metadata"]["name"], "web-00002", "{:?}", room.kubectl);
        assert_eq!(room.succeed(&["auth", "can-i", "patch", "ksvc", "-n", "web"]).await, "yes\n");
        room.visit_until("web.web.sandbox.test", "v2").await;
        assert_eq!(service(&room).await["metadata"]["generation"], 2);
    }
}

#[tokio::test]
async fn applying_the_same_folder_again_prints_configured_and_changes_nothing() {
    let room = Room::open();
    let folder = ready_service(&room).await;
    let said = room.kubectl(&["apply", "-f", &folder]).await;
    expect![""].assert_eq(&format!("{}{}", said.stdout, said.stderr));
    assert_eq!(service(&room).await["metadata"]["generation"], 1);
    assert_eq!(revisions(&room).await, ["web-00001"]);
}

#[tokio::test]
async fn a_moved_tag_is_deployed_only_with_a_change_in_the_template() {
    let room = Room::open();
    let folder = ready_service(&room).await;
    room.succeed(&["apply", "-f", &folder]).await;
    assert_eq!(revisions(&room).await, ["web-00001"]);
    let label = json!([{"op": "add", "path": "/spec/template/metadata/labels", "value": {"boathook.dev/deployment": "again"}}]);
    patch(&room, "json", &label).await;
    wait_ready(&room).await;
    assert_eq!(revisions(&room).await, ["web-00001", "web-00002"]);
    let labels = room.object(&["revision", "web-00002", "-n", "web"]).await["metadata"]["labels"].take();
    assert_eq!(labels["boathook.dev/deployment"], "again");
}

#[tokio::test]
async fn a_changed_variable_in_the_manifest_makes_one_new_revision() {
    let room = Room::open();
    ready_service(&room).await;
    let folder = room.manifests("web", V1, "moin");
    room.succeed(&["apply", "-f", &folder]).await;
    wait_ready(&room).await;
    assert_eq!(revisions(&room).await, ["web-00001", "web-00002"]);
    room.visit_until("web.web.sandbox.test", "moin").await;
}

#[tokio::test]
async fn an_absent_image_is_reported_and_the_old_revision_goes_on_serving() {
    let room = Room::open();
    ready_service(&room).await;
    let change = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "ghcr.io/your-org/hello:absent"}]);
    assert_eq!(patch(&room, "json", &change).await.exit, Exit::Code(0));
    room.succeed(&["wait", "--for=condition=Ready=False", "ksvc/web", "-n", "web", "--timeout=30s"]).await;
    let conditions = room.succeed(&["get", "ksvc", "web", "-n", "web", "--no-headers"]).await;
    assert!(conditions.contains("web-00002") && conditions.contains("False") && conditions.contains("RevisionFailed"), "{conditions}");
    assert_eq!(room.visit("web.web.sandbox.test").await.0, 200);
}

#[tokio::test]
async fn a_crash_at_start_shows_in_the_pods_and_their_log() {
    let room = Room::open();
    ready_service(&room).await;
    let change = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "ghcr.io/your-org/hello:crash"}]);
    patch(&room, "json", &change).await;
    let selector = "serving.knative.dev/revision=web-00002";
    let jsonpath = "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=CrashLoopBackOff";
    room.succeed(&["wait", "--for=create", "revision/web-00002", "-n", "web", "--timeout=30s"]).await;
    room.succeed(&["wait", jsonpath, "pod", "-l", selector, "-n", "web", "--timeout=30s"]).await;
    let pods = room.object(&["pods", "-n", "web", "-l", selector]).await;
    let name = pods["items"][0]["metadata"]["name"].as_str().unwrap_or_default();
    let log = room.succeed(&["logs", name, "-n", "web", "-c", "user-container", "--previous", "--tail=5"]).await;
    assert!(log.contains("FATAL: cannot read config"), "{log}");
}

#[tokio::test]
async fn a_manifest_for_a_missing_namespace_is_refused() {
    let room = Room::open();
    let folder = room.manifests("web", V1, "hi");
    let refused = room.kubectl(&["apply", "-f", &format!("{folder}/10-service.yaml")]).await;
    assert_eq!(refused.exit, Exit::Code(1));
    assert!(refused.stderr.ends_with("namespaces \"web\" not found\n"), "{}", refused.stderr);
}

#[tokio::test]
async fn patches_are_refused_in_the_words_of_a_real_cluster() {
    let room = Room::open();
    ready_service(&room).await;
    let image = |value: &str| json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": value}]);
    let traffic = |targets: Value| json!({"spec": {"traffic": targets}});
    let cases = [
        ("json", json!([{"op": "test", "path": "/metadata/generation", "value": 7}])),
        ("json", json!([{"op": "replace", "path": "/spec/template/spec/containers/7/image", "value": "x"}])),
        ("json", image("Bad Image!")),
        ("merge", json!({"metadata": {"resourceVersion": "1"}, "spec": {"template": {"spec": {"timeoutSeconds": 100}}}})),
        ("merge", traffic(json!([{"revisionName": "web-00001", "percent": 95}]))),
        ("merge", traffic(json!([{"latestRevision": false, "percent": 100}]))),
        ("merge", json!({"spec": {"template": {"metadata": {"name": "other-x"}}}})),
        ("strategic", json!({"spec": {"template": {"spec": {"timeoutSeconds": 100}}}})),
        ("merge", json!({"spec": {"template": {"spec": {"nosuchField": 1}}}})),
    ];
    let mut said = String::new();
    for (kind, body) in cases {
        let ran = patch(&room, kind, &body).await;
        said += &format!("{kind} {body}\n{} {}{}\n", ran.exit, ran.stdout, without_warning(&ran.stderr));
    }
    expect![""].assert_eq(&said);
    assert_eq!(service(&room).await["metadata"]["generation"], 1);
}

#[tokio::test]
async fn an_unknown_field_in_a_manifest_is_refused() {
    let room = Room::open();
    ready_service(&room).await;
    let manifest = json!({
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": "other", "namespace": "web"},
        "spec": {"template": {"spec": {"contaners": [], "containers": [{"image": V1}]}}},
    });
    let path = room.file("unknown.json", &manifest.to_string());
    let refused = room.kubectl(&["apply", "-f", &path]).await;
    assert_eq!(refused.exit, Exit::Code(1));
    assert!(refused.stderr.contains("strict decoding error: unknown field \"spec.template.spec.contaners\""), "{}", refused.stderr);
}

#[tokio::test]
async fn a_dry_run_on_the_server_says_what_would_be_and_keeps_nothing() {
    let room = Room::open();
    ready_service(&room).await;
    let change = json!({"spec": {"template": {"spec": {"timeoutSeconds": 100}}}}).to_string();
    let words = ["patch", "ksvc", "web", "-n", "web", "--type", "merge", "-p", &change, "--dry-run=server", "-o", "json"];
    let shown: Value = serde_json::from_str(&room.succeed(&words).await).unwrap_or_default();
    assert_eq!(shown["spec"]["template"]["spec"]["timeoutSeconds"], 100);
    assert_eq!(service(&room).await["spec"]["template"]["spec"]["timeoutSeconds"], 300);
}

#[tokio::test]
async fn a_watch_sees_every_change_and_ends_in_silence() {
    let room = Room::open();
    ready_service(&room).await;
    let mut lines = room.follow(&["get", "ksvc", "web", "-n", "web", "-o", "json", "--watch", "--output-watch-events"]);
    let first: Value = serde_json::from_str(&lines.recv().await.unwrap_or_default()).unwrap_or_default();
    assert_eq!((&first["type"], &first["object"]["metadata"]["generation"]), (&json!("ADDED"), &json!(1)));
    patch(&room, "json", &json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": V2}])).await;
    loop {
        let event: Value = serde_json::from_str(&lines.recv().await.unwrap_or_default()).unwrap_or_default();
        assert_eq!(event["type"], "MODIFIED", "the watch ended before the new revision was ready");
        if event["object"]["status"]["latestReadyRevisionName"] == "web-00002" {
            break;
        }
    }
    room.sandbox.cluster.break_watches();
    while lines.recv().await.is_some() {}
    let watch = ["get", "ksvc", "web", "-n", "web", "--watch", "--request-timeout=1s"];
    let ended = room.kubectl(&watch).await;
    assert_eq!((ended.exit, ended.stderr.as_str()), (Exit::Code(0), ""));
}

#[tokio::test]
async fn waiting_for_what_never_comes_times_out() {
    let room = Room::open_with(kubectls().swap_remove(0), |timings| timings.start_pod = Duration::from_secs(3600));
    let folder = room.manifests("web", V1, "hi");
    room.succeed(&["apply", "-f", &folder]).await;
    let waited = room.kubectl(&["wait", "--for=condition=Ready", "ksvc/web", "-n", "web", "--timeout=1s"]).await;
    assert_eq!(waited.exit, Exit::Code(1));
    assert_eq!(waited.stderr, "error: timed out waiting for the condition on services/web\n");
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let room = Room::open();
    ready_service(&room).await;
    let mut said = String::new();
    for words in [&["get", "ksvc", "nosuch", "-n", "web"][..], &["get", "ksvc", "web", "-n", "nosuch"], &["get", "ksvc", "-n", "nosuch"]] {
        let ran = room.kubectl(words).await;
        said += &format!("{}\n{}: {}{}", words.join(" "), ran.exit, ran.stdout, ran.stderr);
    }
    expect![""].assert_eq(&said);
}

#[tokio::test]
async fn the_limited_caller_may_deploy_its_own_service_and_nothing_else() {
    let room = Room::open();
    let name = "game-2048-dev";
    let folder = room.manifests(name, V1, "hi");
    room.succeed(&["apply", "-f", &folder]).await;
    let mut said = String::new();
    for words in [
        &["get", "ksvc", name, "-n", name, "-o", "name"][..],
        &["auth", "can-i", "patch", "ksvc/game-2048-dev", "-n", name],
        &["auth", "can-i", "patch", "ksvc/other", "-n", name],
        &["get", "pods", "-n", "default"],
        &["delete", "ksvc", name, "-n", name],
        &["get", "secrets", "-n", name],
    ] {
        let ran = room.limited_kubectl(words).await;
        said += &format!("{}\n{}: {}{}", words.join(" "), ran.exit, ran.stdout, ran.stderr);
    }
    expect![""].assert_eq(&said);
}

#[tokio::test]
async fn ninety_and_ten_percent_are_ninety_and_ten_of_a_hundred_visits() {
    let room = Room::open();
    ready_service(&room).await;
    patch(&room, "json", &json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": V2}])).await;
    wait_ready(&room).await;
    let split = json!([
        {"latestRevision": false, "revisionName": "web-00001", "percent": 90},
        {"latestRevision": false, "revisionName": "web-00002", "percent": 10, "tag": "boathook"},
    ]);
    let patched = patch(&room, "json", &json!([{"op": "replace", "path": "/spec/traffic", "value": split}])).await;
    assert_eq!(patched.exit, Exit::Code(0), "{patched:?}");
    wait_ready(&room).await;
    room.visit_until("boathook-web.web.sandbox.test", "v2").await;
    let mut candidate = 0;
    for _ in 0..100 {
        let (status, body) = room.visit("web.web.sandbox.test").await;
        assert_eq!(status, 200, "{body}");
        candidate += usize::from(body.starts_with("v2"));
    }
    assert_eq!(candidate, 10);
}
