//! What makes Knative look again at what failed, and what it makes again by itself.

use std::time::Duration;

use boathook_sandbox::{Caller, Kind};
use serde_json::{Value, json};

use super::stand::{REPOSITORY, Stand, condition, condition_text, image, pass, service};

/// A stand whose service cannot have its route: a plain Service has the name, and has had it for a
/// hundred seconds. It keeps a pod, because the end of one makes the route look.
async fn name_taken() -> Stand {
    let stand = Stand::new();
    stand.write(
        "m/00-ns.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
    );
    stand.write(
        "m/05-plain.yaml",
        &json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "hello", "namespace": "fa"},
        }),
    );
    let mut manifest = service("v1");
    manifest["spec"]["template"]["metadata"]["annotations"]["autoscaling.knative.dev/min-scale"] =
        json!("1");
    stand.write("m/10-hello.yaml", &manifest);
    assert!(stand.kubectl("apply -f m").await.is_success());
    pass(100_000).await;
    let said =
        "False NotOwned: There is an existing placeholder Service \"hello\" that we do not own.";
    assert_eq!(condition_text(&stand.ksvc(), "Ready"), said);
    assert_eq!(condition_text(&stand.ksvc(), "ConfigurationsReady"), "True : ");
    stand
}

fn free_the_name(stand: &Stand) {
    stand.cluster.delete(&Caller::admin(), Kind::CoreService, Some("fa"), "hello").unwrap();
}

fn is_ready(stand: &Stand) -> bool {
    condition(&stand.ksvc(), "Ready") == "True"
}

/// How many seconds until the service is Ready.
async fn seconds_until_ready(stand: &Stand) -> u64 {
    let began = tokio::time::Instant::now();
    while !is_ready(stand) {
        assert!(began.elapsed() < Duration::from_secs(2000), "never Ready");
        pass(500).await;
    }
    began.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_free_again_is_noticed_late_because_each_look_that_failed_doubles_the_wait()
{
    let stand = name_taken().await;
    free_the_name(&stand);
    let seconds = seconds_until_ready(&stand).await;
    assert!((20..=120).contains(&seconds), "{seconds} s");
}

#[tokio::test(start_paused = true)]
async fn a_patch_that_changes_nothing_brings_no_look_and_an_annotation_or_a_label_does() {
    let nothing = json!([{
        "op": "replace",
        "path": "/spec/traffic",
        "value": [{"latestRevision": true, "percent": 100}],
    }]);
    let annotation = json!({"metadata": {"annotations": {"example.test/look": "1"}}});
    let label = json!({"metadata": {"labels": {"example.test/look": "1"}}});
    for (kind, patch, looks) in
        [("json", nothing, false), ("merge", annotation, true), ("merge", label, true)]
    {
        let stand = name_taken().await;
        free_the_name(&stand);
        stand.patch(kind, &patch).await;
        pass(2_000).await;
        assert_eq!(is_ready(&stand), looks, "after {patch}");
        assert_eq!(stand.names(Kind::Revision), ["hello-00001"], "after {patch}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_annotation_on_a_revision_brings_a_look_too() {
    let stand = name_taken().await;
    free_the_name(&stand);
    let annotate = "patch revision hello-00001 -n fa --type merge -p \
                    {\"metadata\":{\"annotations\":{\"example.test/look\":\"1\"}}}";
    assert!(stand.kubectl(annotate).await.is_success());
    pass(2_500).await;
    assert!(is_ready(&stand));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_revision_that_is_the_newest_is_made_again_and_requests_wait_for_it() {
    let stand = Stand::serving().await;
    let before = stand.object(Kind::Revision, "hello-00001")["metadata"]["uid"].clone();
    assert!(stand.kubectl("delete revision hello-00001 -n fa").await.is_success());
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
    assert_ne!(stand.object(Kind::Revision, "hello-00001")["metadata"]["uid"], before);
    stand.until_ready().await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_revision_that_is_an_older_one_answers_404_for_good() {
    let stand = Stand::serving().await;
    stand.put_beside("v2").await;
    assert!(stand.kubectl("delete revision hello-00001 -n fa").await.is_success());
    for wait in [0, 1_000, 600_000] {
        pass(wait).await;
        let said = "404 Error getting active endpoint: revision.serving.knative.dev \
                    \"hello-00001\" not found";
        assert_eq!(stand.ask("hello.fa.example.test").await, said, "after {wait} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_digest_that_could_not_be_resolved_is_asked_for_again_after_1_2_4_and_8_seconds() {
    let stand = Stand::serving().await;
    stand.steer(json!([image("late")])).await;
    let failed = |stand: &Stand| {
        let all = stand.all(Kind::Event);
        let own = all.iter().find(|event| {
            event["reason"] == "InternalError" && event["involvedObject"]["name"] == "hello-00002"
        });
        own.and_then(|event| event["count"].as_u64()).unwrap_or_default()
    };
    for (wait, count) in [(500, 1), (1_000, 2), (2_000, 3), (4_000, 4), (8_000, 5)] {
        pass(wait).await;
        assert_eq!(failed(&stand), count, "after {wait} ms more");
    }
    stand.cluster.publish(REPOSITORY, "late", boathook_sandbox::Behaviour::good("late"));
    assert!(seconds_until_ready(&stand).await <= 17);
}

#[tokio::test(start_paused = true)]
async fn a_first_deployment_names_its_cause_for_a_moment_and_then_only_where_its_configuration_is()
{
    let stand = Stand::new();
    stand.write(
        "m/00-ns.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
    );
    let mut manifest = service("v1");
    manifest["spec"]["template"]["spec"]["serviceAccountName"] = json!("nobody");
    stand.write("m/10-hello.yaml", &manifest);
    assert!(stand.kubectl("apply -f m").await.is_success());
    pass(2_000).await;
    let mut reasons: Vec<Value> = Vec::new();
    for change in stand.cluster.changes(Kind::Service) {
        let all = change["object"]["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let ready = all
            .into_iter()
            .find(|condition| condition["type"] == "Ready" && condition["status"] == "False");
        reasons.extend(ready.map(|condition| condition["reason"].clone()));
    }
    reasons.dedup();
    assert_eq!(reasons, ["RevisionFailed", "RevisionMissing"]);
    let kept = condition_text(&stand.ksvc(), "ConfigurationsReady");
    assert!(
        kept.starts_with("False RevisionFailed: ")
            && kept.contains("serviceaccount \"nobody\" not found"),
        "{kept}"
    );
}
