//! What the operator can read on the socket: lists, and one deployment by either of its names.

use boathook_testing::{
    delivery::{Delivery, body, body_with},
    harness::{Harness, SHARED},
};
use expect_test::expect;
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn the_operator_lists_deployments_newest_first_and_narrows_the_list() {
    let harness = Harness::new();
    for id in ["101-1", "102-1", "103-1"] {
        harness.accept(Delivery::of(&body_with(json!({"deployment_id": id})))).await;
    }
    let listed = |path: &'static str| async {
        let answer = harness.ask(path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["deployment_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(listed("/v1/deployments").await, "103-1 102-1 101-1");
    assert_eq!(listed("/v1/deployments?limit=2").await, "103-1 102-1");
    assert_eq!(
        listed("/v1/deployments?environment=dev&status=queued&service=game&namespace=game").await,
        "103-1 102-1 101-1"
    );
    assert_eq!(listed("/v1/deployments?environment=staging").await, "");
    let wrong = [
        harness.ask("/v1/deployments?environment=prd").await,
        harness.ask("/v1/deployments?status=lost").await,
        harness.ask("/v1/deployments?colour=red").await,
    ];
    expect![[r#"
        400 unknown environment `prd`; known: development, staging, production
        400 Query deserialize error: unknown status `lost`; known: awaiting_approval, queued, planning, deploying, rolling_back, rollback_failed, closing, succeeded, rolled_back, failed, superseded, aborted, rejected, abandoned
        400 Query deserialize error: unknown field `colour`, expected one of `environment`, `namespace`, `service`, `status`, `before`, `limit`"#]].assert_eq(&wrong.map(|answer| answer.refusal()).join("\n"));
}

#[tokio::test(start_paused = true)]
async fn the_operator_may_use_the_senders_id_where_it_means_one_deployment() {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body())).await.id;
    assert_eq!(harness.ask("/v1/deployments/101-1").await.json()["id"], json!(id));
    assert_eq!(
        harness.ask(&format!("/v1/deployments/{id}")).await.json()["deployment_id"],
        "101-1"
    );
    assert_eq!(harness.ask("/v1/deployments/999").await.status, 404);
    harness.accept(Delivery::of(&body_with(json!({"deployment_id": "feature/ö 1"})))).await;
    assert_eq!(harness.ask("/v1/deployments/feature%2F%C3%B6%201/records").await.status, 200);

    let other = harness
        .accept(Delivery::of(&body_with(json!({"environment": "staging"}))).signed_by(SHARED))
        .await
        .id;
    let answer = harness.ask("/v1/deployments/101-1").await;
    expect![
        "409 several deployments have the external id `101-1`; use an id of boathook instead: \
         SECOND (staging, game/game), FIRST (development, game/game)"
    ]
    .assert_eq(&answer.refusal().replace(id.as_str(), "FIRST").replace(other.as_str(), "SECOND"));
}
