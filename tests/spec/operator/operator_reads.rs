//! What the operator can read on the socket: lists, and one deployment by either of its names.

use std::time::Duration;

use boathook_core::{
    deployment::{Actor, ImageRef},
    record::{DeploymentEvent, Event, Outcome, StepEvent},
    rollout::{Action, Observation},
};
use boathook_testing::{
    delivery::{Delivery, body, body_with},
    harness::{Harness, SHARED},
    samples::{self, held, image},
};
use expect_test::expect;
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn a_deployment_by_tag_whose_failure_withdrew_a_digest_is_listed_as_withdrawn() {
    let harness = Harness::new();
    let failed = harness.accept(Delivery::of(&body())).await.id;
    let mut events = samples::held("game");
    let digest = format!("registry.example/acme/game@sha256:{}", "b".repeat(64));
    events.insert(
        3,
        Event::Step(StepEvent::StepLearned { finding: Observation::Image(image(&digest)) }),
    );
    events.extend([
        samples::step_failed("3 failures in a row"),
        samples::step_started(),
        samples::step_ended(Vec::new()),
        samples::ended(Outcome::RolledBack),
    ]);
    harness.play(&failed, events).await;
    assert_eq!(harness.journal.withdrawals(9).await.unwrap().len(), 1);
    let listed = harness.ask("/v1/deployments").await.json();
    let withdrawn = listed[0]["withdrawn"].as_str().unwrap();
    assert!(withdrawn.contains("was withdrawn") && withdrawn.contains(failed.as_str()), "{listed}");
}

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
        400 Query deserialize error: unknown status `lost`; known: awaiting_approval, awaiting_window, queued, planning, deploying, rolling_back, rollback_failed, closing, succeeded, rolled_back, failed, superseded, aborted, rejected, abandoned
        400 Query deserialize error: unknown field `colour`, expected one of `environment`, `namespace`, `service`, `status`, `paused`, `before`, `limit`"#]].assert_eq(&wrong.map(|answer| answer.refusal()).join("\n"));
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

fn by_digest(digit: &str) -> ImageRef {
    image(&format!("registry.example/acme/game@sha256:{}", digit.repeat(64)))
}

#[tokio::test(start_paused = true)]
async fn the_operator_reads_what_serves_where_with_shares_images_and_since_when() {
    let harness = Harness::new();
    let first = harness.accept(Delivery::of(&body())).await;
    harness.play(&first.id, samples::success("game", "game-00001", &by_digest("b"))).await;
    let elsewhere = body_with(json!({"environment": "staging"}));
    let other = harness.accept(Delivery::of(&elsewhere).signed_by(SHARED)).await;
    tokio::time::advance(Duration::from_secs(60)).await;
    let second = harness.accept(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await;
    let mut rollout = held("game");
    rollout.insert(
        3,
        Event::Step(StepEvent::StepLearned { finding: Observation::Image(by_digest("c")) }),
    );
    harness.play(&second.id, rollout).await;

    let answer = harness.ask("/v1/services").await;
    let shown = format!("{:#}", answer.json());
    expect![[r#"
        [
          {
            "candidate": "game-00002",
            "doubt": null,
            "environment": "development",
            "locked": null,
            "namespace": "game",
            "newest": {
              "deployment_id": "102-1",
              "id": "SECOND",
              "paused": false,
              "status": "deploying"
            },
            "service": "game",
            "serving": [
              {
                "deployment": "FIRST",
                "image": "registry.example/acme/game@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                "is_candidate": false,
                "percent": 90,
                "requested": "registry.example/acme/game:2",
                "revision": "game-00001",
                "since": "2026-08-01T10:00:00Z"
              },
              {
                "deployment": "SECOND",
                "image": "registry.example/acme/game@sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
                "is_candidate": true,
                "percent": 10,
                "requested": "registry.example/acme/game:2",
                "revision": "game-00002",
                "since": "2026-08-01T10:01:00Z"
              }
            ]
          },
          {
            "candidate": null,
            "doubt": null,
            "environment": "staging",
            "locked": null,
            "namespace": "game",
            "newest": {
              "deployment_id": "101-1",
              "id": "ELSEWHERE",
              "paused": false,
              "status": "queued"
            },
            "service": "game",
            "serving": []
          }
        ]"#]].assert_eq(
        &shown
            .replace(first.id.as_str(), "FIRST")
            .replace(second.id.as_str(), "SECOND")
            .replace(other.id.as_str(), "ELSEWHERE"),
    );
    let named = harness.ask("/v1/services?environment=staging&service=game&namespace=game").await;
    assert_eq!(named.json().as_array().unwrap().len(), 1, "{}", named.text);
    assert_eq!(harness.ask("/v1/services?environment=production").await.json(), json!([]));
    assert_eq!(harness.ask("/v1/services?environment=prd").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn an_order_with_a_field_that_is_not_known_is_refused_with_what_may_be_meant() {
    let harness = Harness::new();
    let orders = [
        ("/v1/locks", json!({"environment": "staging", "reson": "migration"})),
        ("/v1/locks", json!({"environment": "staging", "colour": "red"})),
        ("/v1/rollbacks", json!({"sevrice": "game"})),
        ("/v1/deployments/101-1/promote", json!({"fully": true})),
        ("/v1/deployments/101-1/retry", json!({"x": 1})),
        ("/v1/reload", json!({"now": true})),
    ];
    let mut refusals = Vec::new();
    for (path, body) in orders {
        refusals.push(harness.post(path, body).await.refusal());
    }
    expect![[r#"
        422 there is no field `reson` here; did you mean `reason`?
        422 there is no field `colour` here; known: environment, service, reason, for
        422 there is no field `sevrice` here; did you mean `service`?
        422 there is no field `fully` here; did you mean `full`?
        422 there is no field `x` here; known: note
        422 there is no field `now` here; it takes none"#]]
    .assert_eq(&refusals.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_list_is_narrowed_by_a_status_as_the_list_prints_it() {
    let harness = Harness::new();
    let [paused, runs] = ["101-1", "102-1"].map(|id| body_with(json!({"deployment_id": id})));
    let paused = harness.accept(Delivery::of(&paused)).await.id;
    harness.play(&paused, held("game")).await;
    let pause = DeploymentEvent::Steered { action: Action::Pause, by: Actor::new("jane").into() };
    harness.play(&paused, vec![Event::Deployment(pause)]).await;
    let runs = harness.accept(Delivery::of(&runs)).await.id;
    harness.play(&runs, held("game")).await;
    let listed = async |query: &str| {
        let rows = harness.ask(&format!("/v1/deployments?{query}")).await.json();
        rows.as_array().unwrap().iter().map(|row| row["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(listed("status=deploying").await, [json!(runs), json!(paused)]);
    assert_eq!(listed("status=deploying&paused=true&limit=1").await, [json!(paused)]);
    assert_eq!(listed("status=rolled%20back").await, Vec::<serde_json::Value>::new());
}
