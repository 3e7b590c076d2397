//! A sender may send again: the same request is the same deployment, and something else under the
//! same name is refused.

use boathook_core::record::{DeploymentEvent, Event, Outcome, Reason};
use boathook_testing::{
    delivery::{Delivery, body, body_with},
    harness::{Harness, SHARED},
    samples,
};
use expect_test::expect;
use futures_util::future::join_all;
use serde_json::json;

fn good() -> Delivery {
    Delivery::of(&body())
}

#[tokio::test(start_paused = true)]
async fn a_repeat_is_answered_with_the_same_deployment() {
    let harness = Harness::new();
    let first = harness.accept(good()).await;
    let answer = harness.send(good().header("X-GitHub-Delivery", "8")).await;
    let text = serde_json::to_string_pretty(&answer.json()).unwrap();
    expect![[r#"
        200
        {
          "deployment_id": "101-1",
          "environment": "development",
          "id": "ID",
          "reason": null,
          "state": "queued",
          "status": "repeat",
          "status_url": "https://hooks.example.com/deployments/ID?token=TOKEN"
        }"#]]
    .assert_eq(&format!(
        "{}\n{}",
        answer.status,
        text.replace(first.id.as_str(), "ID").replace(first.token.reveal(), "TOKEN")
    ));
    assert_eq!(harness.everything().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_repeat_may_have_a_fresh_or_an_old_timestamp_and_other_unknown_fields() {
    let harness = Harness::new();
    harness.accept(good()).await;
    for fields in [
        json!({"timestamp": "2026-08-01T10:01:00Z"}),
        json!({"timestamp": "2020-01-01T00:00:00Z"}),
        json!({"attempt": 2}),
    ] {
        assert_eq!(
            harness.send(Delivery::of(&body_with(fields.clone()))).await.status,
            200,
            "{fields}"
        );
    }
    assert_eq!(harness.everything().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_tag_beside_a_digest_makes_no_other_request_of_it() {
    let harness = Harness::new();
    let digest = "0".repeat(64);
    let other = "1".repeat(64);
    let named = |image: String| Delivery::of(&body_with(json!({"image": image})));
    let repository = "registry.example/acme/game";
    harness.accept(named(format!("{repository}:2@sha256:{digest}"))).await;
    let mut statuses = Vec::new();
    for image in [
        format!("{repository}:3@sha256:{digest}"),
        format!("{repository}@sha256:{digest}"),
        format!("{repository}:2@sha256:{other}"),
        format!("{repository}:2"),
    ] {
        statuses.push(harness.send(named(image)).await.status);
    }
    assert_eq!(statuses, [200, 200, 409, 409]);
}

#[tokio::test(start_paused = true)]
async fn something_else_under_the_same_name_is_a_conflict() {
    let harness = Harness::new();
    harness.accept(good()).await;
    for fields in [
        json!({"image": "registry.example/acme/game:3"}),
        json!({"commit_sha": "0000000"}),
        json!({"deployment_strategy": "blue-green"}),
    ] {
        let answer = harness.send(Delivery::of(&body_with(fields.clone()))).await;
        assert_eq!(answer.status, 409, "{fields}");
    }
    let answer = harness.send(Delivery::of(&body_with(json!({"triggered_by": "joe"})))).await;
    expect![
        "409 deployment_id `101-1` already names another request for game/game in development; \
         send a new deployment_id for a new deployment"
    ]
    .assert_eq(&answer.refusal());
    assert_eq!(harness.everything().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_same_id_in_another_environment_is_another_deployment() {
    let harness = Harness::new();
    harness.accept(good()).await;
    harness
        .accept(Delivery::of(&body_with(json!({"environment": "staging"}))).signed_by(SHARED))
        .await;
    assert_eq!(harness.everything().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_an_id_the_same_bytes_are_the_same_deployment() {
    let harness = Harness::new();
    let nameless = body_with(json!({"deployment_id": null}));
    let first = harness.accept(Delivery::of(&nameless)).await;
    assert!(first.deployment_id.as_str().starts_with("sha256:"), "{}", first.deployment_id);
    assert_eq!(harness.send(Delivery::of(&nameless)).await.status, 200);
    let spaced = serde_json::to_vec_pretty(&nameless).unwrap();
    assert_eq!(harness.send(Delivery::raw(&spaced)).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn a_repeat_is_known_after_a_restart_and_after_the_end() {
    let harness = Harness::new();
    let id = harness.accept(good()).await.id;
    let harness = harness.restarted();
    assert_eq!(harness.send(good()).await.json()["state"], "queued");

    let ended = Event::Deployment(DeploymentEvent::Ended {
        end: Outcome::Failed,
        reason: Some(Reason::stated("no such image; the service was not changed")),
    });
    harness
        .play(
            &id,
            vec![
                Event::Deployment(DeploymentEvent::Started),
                samples::step_failed("no such image"),
                ended,
            ],
        )
        .await;
    let harness = harness.restarted();
    let answer = harness.send(good()).await.json();
    assert_eq!(
        (&answer["state"], &answer["reason"]),
        (&json!("failed"), &json!("no such image; the service was not changed"))
    );
    assert_eq!(
        harness
            .send(Delivery::of(&body_with(json!({"image": "registry.example/acme/game:3"}))))
            .await
            .status,
        409
    );
    assert_eq!(harness.everything().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_repeat_that_waits_hears_how_it_ended() {
    let harness = Harness::new();
    let id = harness.accept(good()).await.id;
    let ended = Event::Deployment(DeploymentEvent::Ended {
        end: Outcome::Failed,
        reason: Some(Reason::stated("no such image")),
    });
    harness
        .play(
            &id,
            vec![
                Event::Deployment(DeploymentEvent::Started),
                samples::step_failed("no such image"),
                ended,
            ],
        )
        .await;
    let answer = harness.send(good().header("Prefer", "wait=5")).await;
    expect!["500 the deployment failed: no such image; the service was not changed"]
        .assert_eq(&answer.refusal());
}

#[tokio::test(start_paused = true)]
async fn a_repeat_is_answered_though_its_environment_takes_nothing_new() {
    let harness = Harness::new();
    harness.accept(good()).await;
    let closed = harness.changed(|admission| admission.policies[0].config.enabled = false);
    assert_eq!(closed.send(good()).await.status, 200);
    assert_eq!(
        closed.send(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await.status,
        403
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_are_one_deployment() {
    let harness = Harness::new();
    let answers = join_all((0..50).map(|_| harness.send(good()))).await;
    let mut statuses = answers.iter().map(|answer| answer.status).collect::<Vec<_>>();
    statuses.sort_unstable();
    assert_eq!(statuses[..49], [200; 49]);
    assert_eq!(statuses[49], 202);
    let links =
        answers.iter().map(|answer| answer.json()["status_url"].clone()).collect::<Vec<_>>();
    assert!(links.iter().all(|link| *link == links[0]), "{links:?}");
    assert_eq!(harness.everything().await.len(), 1);
}
