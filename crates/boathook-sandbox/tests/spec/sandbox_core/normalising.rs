//! What a write says in one way and the server keeps in another.

use serde_json::{Value, json};

use super::stand::{Stand, service, traffic};

fn percents(stand: &Stand) -> String {
    stand.ksvc()["spec"]["traffic"].to_string()
}

#[tokio::test(start_paused = true)]
async fn a_percent_of_100_point_0_is_100_and_one_of_50_point_5_is_refused() {
    let stand = Stand::serving().await;
    let target =
        |percent: Value| traffic(json!([{"revisionName": "hello-00001", "percent": percent}]));
    stand.steer(json!([target(json!(100.0))])).await;
    assert_eq!(
        percents(&stand),
        r#"[{"latestRevision":false,"percent":100,"revisionName":"hello-00001"}]"#
    );
    let refused = stand.patch("json", &json!([target(json!(50.5))])).await;
    assert!(refused.contains("50.5") && refused.contains("(exit code 1)"), "{refused}");
    assert_eq!(
        percents(&stand),
        r#"[{"latestRevision":false,"percent":100,"revisionName":"hello-00001"}]"#
    );
}

#[tokio::test(start_paused = true)]
async fn a_manifest_with_a_percent_of_100_point_0_is_applied() {
    let stand = Stand::serving().await;
    let mut manifest = service("v1");
    manifest["spec"]["traffic"] = json!([{"latestRevision": true, "percent": 100.0}]);
    stand.write("n/hello.yaml", &manifest);
    let applied = stand.kubectl("apply -f n").await;
    assert!(applied.is_success(), "{}", applied.stderr.text());
    assert_eq!(percents(&stand), r#"[{"latestRevision":true,"percent":100}]"#);
}

#[tokio::test(start_paused = true)]
async fn a_json_patch_replaces_a_member_that_is_not_there_and_no_member_of_what_is_not_there() {
    let stand = Stand::serving().await;
    let replace =
        |path: &str, value: Value| json!([{"op": "replace", "path": path, "value": value}]);
    stand
        .steer(replace("/spec/template/metadata/annotations", json!({"example.test/a": "1"})))
        .await;
    assert_eq!(
        stand.ksvc()["spec"]["template"]["metadata"]["annotations"],
        json!({"example.test/a": "1"})
    );
    stand.steer(replace("/spec/template/metadata/annotations/example.test~1b", json!("2"))).await;
    assert_eq!(
        stand.ksvc()["spec"]["template"]["metadata"]["annotations"],
        json!({"example.test/a": "1", "example.test/b": "2"})
    );
    let before = stand.ksvc()["spec"].clone();
    for (operation, path) in [
        ("replace", "/spec/nothing/of/it"),
        ("remove", "/spec/template/metadata/labels"),
        ("test", "/spec/nothing"),
    ] {
        let said =
            stand.patch("json", &json!([{"op": operation, "path": path, "value": "1"}])).await;
        assert!(
            said.contains("the server rejected our request due to an error in our request"),
            "{operation} {path}: {said}"
        );
    }
    assert_eq!(stand.ksvc()["spec"], before);
}

#[tokio::test(start_paused = true)]
async fn quantities_are_kept_as_the_server_writes_them_and_the_same_amount_in_other_words_is_no_change()
 {
    let stand = Stand::serving().await;
    let limits = |cpu: Value, memory: &str| {
        json!([{
            "op": "add",
            "path": "/spec/template/spec/containers/0/resources",
            "value": {"limits": {"cpu": cpu, "memory": memory}},
        }])
    };
    for (cpu, memory, kept_cpu, kept_memory) in [
        (json!("0.5"), "1.5Gi", "500m", "1536Mi"),
        (json!(0.25), "0.5Mi", "250m", "512Ki"),
        (json!(2), "1000k", "2", "1M"),
        (json!("1500m"), "1048576Ki", "1500m", "1Gi"),
    ] {
        stand.steer(limits(cpu.clone(), memory)).await;
        let kept = json!({"cpu": kept_cpu, "memory": kept_memory});
        assert_eq!(
            stand.ksvc()["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"],
            kept,
            "{cpu} {memory}"
        );
        let generation = stand.ksvc()["metadata"]["generation"].clone();
        let again = stand.patch("json", &limits(cpu, memory)).await;
        assert_eq!(again, "service.serving.knative.dev/hello patched (no change)");
        assert_eq!(stand.ksvc()["metadata"]["generation"], generation);
    }
}
