//! From a write to a revision that serves: what the status says on the way, and when.

use boathook_sandbox::Kind;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::stand::{Stand, condition_text, image, pass, traffic};

/// The status of the service as one line.
fn line(ksvc: &Value) -> String {
    let status = &ksvc["status"];
    let name = |field: &str| status[field].as_str().unwrap_or("-").to_owned();
    let shares = status["traffic"].as_array().into_iter().flatten();
    let share = |target: &Value| {
        format!("{}={}", target["revisionName"].as_str().unwrap_or_default(), target["percent"])
    };
    format!(
        "generation {} observed {} | {} | created {} ready {} | {}",
        ksvc["metadata"]["generation"],
        status["observedGeneration"],
        condition_text(ksvc, "Ready"),
        name("latestCreatedRevisionName"),
        name("latestReadyRevisionName"),
        shares.map(share).collect::<Vec<_>>().join(" ")
    )
}

/// Each new status within two seconds, with the milliseconds since the write.
async fn timeline(stand: &Stand) -> String {
    let mut seen: Vec<String> = Vec::new();
    let mut lines = String::new();
    for step in 0..200 {
        let now = line(&stand.ksvc());
        if seen.last() != Some(&now) {
            lines += &format!("+{} {now}\n", step * 10);
            seen.push(now);
        }
        pass(10).await;
    }
    lines
}

async fn expect_timeline(patch: Value, expected: Expect) {
    let stand = Stand::serving().await;
    stand.steer(patch).await;
    expected.assert_eq(&timeline(&stand).await);
}

#[tokio::test(start_paused = true)]
async fn an_applied_service_becomes_ready_and_answers() {
    let stand = Stand::serving().await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
    assert_eq!(stand.names(Kind::Revision), ["hello-00001"]);
}

#[tokio::test(start_paused = true)]
async fn a_new_template_goes_through_the_recorded_states() {
    expect_timeline(json!([image("v2")]), expect![[r#"
        +0 generation 2 observed 1 | True :  | created hello-00001 ready hello-00001 | hello-00001=100
        +30 generation 2 observed 2 | Unknown OutOfDate: The Configuration is still working to reflect the latest desired specification. | created hello-00001 ready hello-00001 | hello-00001=100
        +90 generation 2 observed 2 | Unknown :  | created hello-00002 ready hello-00001 | hello-00001=100
        +760 generation 2 observed 2 | Unknown TrafficNotMigrated: Traffic is not yet migrated to the latest revision. | created hello-00002 ready hello-00002 | hello-00001=100
        +810 generation 2 observed 2 | Unknown IngressNotConfigured: Ingress has not yet been reconciled. | created hello-00002 ready hello-00002 | hello-00002=100
        +850 generation 2 observed 2 | Unknown Uninitialized: Waiting for load balancer to be ready | created hello-00002 ready hello-00002 | hello-00002=100
        +1040 generation 2 observed 2 | True :  | created hello-00002 ready hello-00002 | hello-00002=100
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_template_with_pinned_traffic_moves_nobody() {
    let pinned = traffic(json!([{"revisionName": "hello-00001", "percent": 100}]));
    expect_timeline(json!([image("v2"), pinned]), expect![[r#"
        +0 generation 2 observed 1 | True :  | created hello-00001 ready hello-00001 | hello-00001=100
        +30 generation 2 observed 2 | Unknown OutOfDate: The Route is still working to reflect the latest desired specification. | created hello-00001 ready hello-00001 | hello-00001=100
        +90 generation 2 observed 2 | Unknown OutOfDate: The Route is still working to reflect the latest desired specification. | created hello-00002 ready hello-00001 | hello-00001=100
        +140 generation 2 observed 2 | Unknown IngressNotConfigured: Ingress has not yet been reconciled. | created hello-00002 ready hello-00001 | hello-00001=100
        +180 generation 2 observed 2 | Unknown Uninitialized: Waiting for load balancer to be ready | created hello-00002 ready hello-00001 | hello-00001=100
        +370 generation 2 observed 2 | Unknown :  | created hello-00002 ready hello-00001 | hello-00001=100
        +760 generation 2 observed 2 | True :  | created hello-00002 ready hello-00002 | hello-00001=100
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_missing_revision_in_traffic_holds_everything_back() {
    let missing = traffic(json!([{"revisionName": "nosuch-00009", "percent": 100}]));
    expect_timeline(json!([missing]), expect![[r#"
        +0 generation 2 observed 1 | True :  | created hello-00001 ready hello-00001 | hello-00001=100
        +30 generation 2 observed 2 | Unknown OutOfDate: The Route is still working to reflect the latest desired specification. | created hello-00001 ready hello-00001 | hello-00001=100
        +80 generation 2 observed 2 | False RevisionMissing: Revision "nosuch-00009" referenced in traffic not found. | created hello-00001 ready hello-00001 | hello-00001=100
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_first_deployment_that_crashes_says_that_no_revision_is_there() {
    let stand = Stand::new();
    stand.cluster.publish(
        super::stand::REPOSITORY,
        "bad",
        boathook_sandbox::Behaviour::crash("bad", 3, "FATAL"),
    );
    stand.write(
        "m/00-ns.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
    );
    stand.write("m/10-hello.yaml", &super::stand::service("bad"));
    stand.kubectl("apply -f m").await;
    expect![[r#"
        +0 generation 1 observed null |  :  | created - ready - | 
        +30 generation 1 observed 1 | Unknown OutOfDate: The Route is still working to reflect the latest desired specification. | created - ready - | 
        +90 generation 1 observed 1 | Unknown OutOfDate: The Route is still working to reflect the latest desired specification. | created hello-00001 ready - | 
        +140 generation 1 observed 1 | Unknown RevisionMissing: Configuration "hello" is waiting for a Revision to become ready. | created hello-00001 ready - | 
    "#]].assert_eq(&timeline(&stand).await);
    assert_eq!(stand.ask("hello.fa.example.test").await, "404");
    assert!(stand.ksvc()["status"].get("traffic").is_none());

    stand.steer(json!([image("v1")])).await;
    stand.until_ready().await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00002");
}
