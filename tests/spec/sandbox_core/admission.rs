//! What the webhooks complete, and what they refuse, in their own words.

use boathook::sandbox::Kind;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::stand::{Stand, image, pass, traffic, transcript};

async fn expect_merge(stand: &Stand, spec: Value, expected: Expect) {
    expected.assert_eq(&stand.patch("merge", &json!({"spec": spec})).await);
}

#[tokio::test(start_paused = true)]
async fn traffic_that_cannot_be_is_refused() {
    let stand = Stand::serving().await;
    let cases = [
        json!([{"latestRevision": false, "percent": 90}, {"latestRevision": true, "percent": 10}]),
        json!([{"revisionName": "hello-00001", "latestRevision": true, "percent": 100}]),
        json!([{"revisionName": "hello-00001", "percent": 90}, {"latestRevision": true, "percent": 5}]),
        json!([{"revisionName": "hello-00001"}]),
        json!([{"revisionName": "hello-00001", "percent": 101}]),
        json!([{"revisionName": "hello-00001", "percent": 50, "tag": "a"}, {"latestRevision": true, "percent": 50, "tag": "a"}]),
        json!([{"revisionName": "hello-00001", "percent": 100, "tag": "Bad_Tag"}]),
        json!([{"revisionName": "hello-00001", "percent": 99.5}, {"latestRevision": true, "percent": 0.5}]),
    ];
    let mut said = String::new();
    for case in cases {
        said += &format!("{}\n", stand.patch("merge", &json!({"spec": {"traffic": case}})).await);
    }
    expect![[""]].assert_eq(&said);
    assert_eq!(stand.ksvc()["metadata"]["generation"], 1);
}

#[tokio::test(start_paused = true)]
async fn traffic_without_a_name_means_the_latest() {
    let stand = Stand::serving().await;
    expect_merge(&stand, json!({"traffic": [{"percent": 90}, {"latestRevision": true, "percent": 10}]}), expect![[""]]).await;
    assert_eq!(stand.ksvc()["spec"]["traffic"][0], json!({"latestRevision": true, "percent": 90}));
    expect_merge(&stand, json!({"traffic": []}), expect![[""]]).await;
    assert_eq!(stand.ksvc()["spec"]["traffic"], json!([{"latestRevision": true, "percent": 100}]));
}

#[tokio::test(start_paused = true)]
async fn templates_that_cannot_be_are_refused() {
    let stand = Stand::serving().await;
    let container = |container: Value| json!({"template": {"spec": {"containers": [container]}}});
    expect_merge(&stand, container(json!({"image": ""})), expect![[""]]).await;
    expect_merge(&stand, container(json!({"image": "Bad Image!"})), expect![[""]]).await;
    expect_merge(&stand, json!({"template": {"spec": {"containers": []}}}), expect![[""]]).await;
    expect_merge(&stand, json!({"template": {"metadata": {"name": "other-x"}}}), expect![[""]]).await;
    expect_merge(&stand, json!({"template": {"spec": {"initContainers": [{"image": "a"}]}}}), expect![[""]]).await;
    let volumes = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    expect_merge(&stand, json!({"template": {"spec": {"volumes": volumes}}}), expect![[""]]).await;
    let two = json!([{"image": "a", "name": "a"}, {"image": "b", "name": "b"}]);
    expect_merge(&stand, json!({"template": {"spec": {"containers": two}}}), expect![[""]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_named_template_may_not_change_under_its_name() {
    let stand = Stand::serving().await;
    stand.steer(json!([image("v2"), {"op": "add", "path": "/spec/template/metadata/name", "value": "hello-rel2"}])).await;
    stand.until_ready().await;
    expect![[""]].assert_eq(&stand.patch("json", &json!([image("v1")])).await);
}

#[tokio::test(start_paused = true)]
async fn every_write_of_a_service_warns() {
    let stand = Stand::serving().await;
    let patch = json!([image("v2")]).to_string();
    let run = stand.run_list(&["kubectl", "patch", "ksvc", "hello", "-n", "fa", "--type=json", "-p", &patch]).await;
    expect![[""]].assert_eq(&run.stderr.text());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_field_in_a_patch_is_dropped_with_a_warning() {
    let stand = Stand::serving().await;
    expect_merge(&stand, json!({"template": {"spec": {"nosuchField": 1}}}), expect![[""]]).await;
    expect_merge(&stand, json!({"tempLate": {}}), expect![[""]]).await;
}

#[tokio::test(start_paused = true)]
async fn patches_that_do_not_fit_are_refused() {
    let stand = Stand::serving().await;
    let test = |path: &str, value: Value| json!([{"op": "test", "path": path, "value": value}, image("v2")]);
    let mut said = Vec::new();
    said.push(stand.patch("json", &test("/metadata/generation", json!(7))).await);
    said.push(stand.patch("json", &test("/metadata/resourceVersion", json!("1"))).await);
    said.push(stand.patch("json", &json!([{"op": "replace", "path": "/spec/template/spec/containers/7/image", "value": "x"}])).await);
    let stale = json!({"metadata": {"resourceVersion": "1"}, "spec": {"template": {"spec": {"timeoutSeconds": 100}}}});
    said.push(stand.patch("merge", &stale).await);
    said.push(stand.patch("strategic", &json!({"spec": {}})).await);
    said.push(transcript(&stand.run_list(&["kubectl", "patch", "ksvc", "hello", "-n", "fa", "--type", "merge", "-p", "{bad json"]).await));
    said.push(stand.patch("json", &json!([image("v1")])).await);
    said.push(stand.patch("json", &test("/metadata/generation", json!(1))).await);
    expect![[""]].assert_eq(&said.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_merge_patch_of_the_containers_loses_what_it_does_not_name() {
    let stand = Stand::serving().await;
    let containers = json!([{"image": "registry.test/hello:v2"}]);
    stand.patch("merge", &json!({"spec": {"template": {"spec": {"containers": containers}}}})).await;
    let container = stand.until_ready().await["spec"]["template"]["spec"]["containers"][0].clone();
    expect![[""]].assert_eq(&format!("{container:#}"));
}

#[tokio::test(start_paused = true)]
async fn only_a_change_of_the_spec_counts_as_a_generation() {
    let stand = Stand::serving().await;
    let said = stand.patch("merge", &json!({"metadata": {"annotations": {"x": "y"}}})).await;
    assert_eq!(said, "service.serving.knative.dev/hello patched");
    assert_eq!(stand.ksvc()["metadata"]["generation"], 1);
    stand.cluster.edit_as("eve", "fa", "hello", json!({"spec": {"template": {"spec": {"timeoutSeconds": 10}}}})).unwrap();
    let ksvc = stand.ksvc();
    assert_eq!(ksvc["metadata"]["generation"], 2);
    assert_eq!(ksvc["metadata"]["annotations"]["serving.knative.dev/lastModifier"], "eve");
    assert_eq!(ksvc["metadata"]["annotations"]["serving.knative.dev/creator"], "admin");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_goes_through_admission_and_keeps_nothing() {
    let stand = Stand::serving().await;
    let patch = |patch: Value| patch.to_string();
    let dry = ["kubectl", "patch", "ksvc", "hello", "-n", "fa", "--type", "json", "--dry-run=server", "-p"];
    let good = stand.run_list(&[&dry[..], &[&patch(json!([image("v2")]))]].concat()).await;
    assert_eq!(transcript(&good), "service.serving.knative.dev/hello patched");
    let bad = stand.run_list(&[&dry[..], &[&patch(json!([traffic(json!([{"percent": 5}]))]))]].concat()).await;
    assert!(transcript(&bad).contains("Traffic targets sum to 5, want 100"));
    pass(5000).await;
    assert_eq!(stand.names(Kind::Revision), ["hello-00001"]);
}
