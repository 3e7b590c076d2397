//! `Prefer: wait=N`: the answer comes with the end of the deployment, or when the time is over.

use boathook_core::{
    health::{Numbers, Times},
    record::{DeploymentEvent, Event, Outcome, Reason, StepEvent},
    rollout::Observation,
};
use boathook_testing::{
    delivery::{Delivery, body},
    harness::Harness,
    samples,
};
use expect_test::expect;
use rusqlite::Connection;

use crate::intake::webhook_answers::shown;

fn good() -> Delivery {
    Delivery::of(&body())
}

/// Answers to a sender that waits while the deployment is played to its end.
async fn waited(prefer: &str, events: Vec<Event>) -> String {
    let harness = Harness::new();
    let play = async {
        while harness.everything().await.is_empty() {
            tokio::task::yield_now().await;
        }
        harness.play(&harness.newest().await.id, events).await;
    };
    let (answer, ()) = tokio::join!(harness.send(good().header("Prefer", prefer)), play);
    format!(
        "{}\npreference-applied: {}",
        shown(&harness, &answer).await,
        answer.header("preference-applied").unwrap_or("(none)")
    )
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_waits_hears_of_success() {
    let digest = samples::image(&format!("registry.example/acme/game@sha256:{}", "b".repeat(64)));
    expect![[r#"
        200
        {
          "deployment_id": "101-1",
          "environment": "development",
          "id": "ID",
          "image": "registry.example/acme/game@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
          "revision": "game-00002",
          "status": "success",
          "status_url": "https://hooks.example.com/deployments/ID?token=TOKEN"
        }
        preference-applied: wait=60"#]]
    .assert_eq(&waited("wait=60", samples::success("game", "game-00002", &digest)).await);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_waits_hears_why_it_failed() {
    let ended = Event::Deployment(DeploymentEvent::Ended {
        end: Outcome::Failed,
        reason: Some(Reason::stated("crictl: not found; the service was not changed")),
    });
    let failure = vec![
        Event::Deployment(DeploymentEvent::Started),
        samples::step_failed("crictl: not found"),
        ended,
    ];
    expect![[r#"
        500
        {
          "deployment_id": "101-1",
          "environment": "development",
          "error": "the deployment failed: crictl: not found; the service was not changed",
          "id": "ID",
          "reason": "crictl: not found; the service was not changed",
          "status": "failed",
          "status_url": "https://hooks.example.com/deployments/ID?token=TOKEN"
        }
        preference-applied: wait=60"#]]
    .assert_eq(&waited("respond-async, WAIT=60", failure).await);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_waits_hears_why_it_was_rolled_back_with_the_numbers_and_the_notes() {
    let numbers = Numbers {
        samples: 20,
        failures: 9,
        p50_ms: 3,
        p95_ms: 8,
        max_ms: 9,
        last_failure: Some("status 500".to_owned()),
    };
    let back = vec![
        Event::Deployment(DeploymentEvent::Started),
        Event::Deployment(DeploymentEvent::Planned {
            plan: samples::plan_from("game", "game-00001"),
        }),
        samples::step_started(),
        samples::step_ended(vec![Observation::Note(
            "stable's image could not be pulled".to_owned(),
        )]),
        samples::step_started(),
        Event::Step(StepEvent::StepLearned {
            finding: Observation::Health {
                of: "candidate".to_owned(),
                numbers,
                times: Times::default(),
            },
        }),
        samples::step_failed("the new revision is not well"),
        samples::step_started(),
        samples::step_ended(Vec::new()),
        Event::Deployment(DeploymentEvent::Ended {
            end: Outcome::RolledBack,
            reason: Some(Reason::stated("the new revision is not well")),
        }),
    ];
    expect![[r#"
        500
        {
          "deployment_id": "101-1",
          "environment": "development",
          "error": "the deployment was rolled back: the new revision is not well",
          "health": {
            "failures": 9,
            "last_failure": "status 500",
            "max_ms": 9,
            "p50_ms": 3,
            "p95_ms": 8,
            "samples": 20
          },
          "id": "ID",
          "notes": [
            "stable's image could not be pulled"
          ],
          "reason": "the new revision is not well",
          "status": "rolled_back",
          "status_url": "https://hooks.example.com/deployments/ID?token=TOKEN"
        }
        preference-applied: wait=60"#]]
    .assert_eq(&waited("wait=60", back).await);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_waits_hears_at_once_that_the_rollback_failed() {
    let back = vec![
        Event::Deployment(DeploymentEvent::Started),
        Event::Deployment(DeploymentEvent::Planned {
            plan: samples::plan_from("game", "game-00001"),
        }),
        samples::step_started(),
        samples::step_ended(Vec::new()),
        samples::step_started(),
        samples::step_failed("the new revision is not well"),
        samples::step_started(),
        Event::Step(StepEvent::RollbackFailed { reason: "stable does not answer".to_owned() }),
    ];
    expect![[r#"
        500
        {
          "deployment_id": "101-1",
          "environment": "development",
          "error": "the deployment could not be rolled back and needs an operator: the new revision is not well; the rollback failed: stable does not answer",
          "id": "ID",
          "reason": "the new revision is not well; the rollback failed: stable does not answer",
          "status": "rollback_failed",
          "status_url": "https://hooks.example.com/deployments/ID?token=TOKEN"
        }
        preference-applied: wait=60"#]]
    .assert_eq(&waited("wait=60", back).await);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_waits_is_let_go_while_the_deployment_runs() {
    expect![[r#"
        202
        location: https://hooks.example.com/deployments/ID?token=TOKEN
        {
          "deployment_id": "101-1",
          "environment": "development",
          "id": "ID",
          "status": "running",
          "status_url": "https://hooks.example.com/deployments/ID?token=TOKEN"
        }
        preference-applied: wait=5"#]]
    .assert_eq(&waited("wait=5", vec![Event::Deployment(DeploymentEvent::Started)]).await);
    assert!(
        waited("wait=999999", vec![Event::Deployment(DeploymentEvent::Started)])
            .await
            .ends_with("wait=600")
    );
}

#[tokio::test(start_paused = true)]
async fn a_preference_that_cannot_be_read_is_ignored() {
    let answer = Harness::new().send(good().header("Prefer", "wait=soon")).await;
    assert_eq!((answer.status, answer.header("preference-applied")), (202, None));
}

#[tokio::test]
async fn a_sender_that_waits_is_answered_where_the_record_cannot_be_read_too() {
    let harness = Harness::new();
    let summary = harness.accept(good()).await;
    harness
        .play(
            &summary.id,
            samples::success("game", "game-00002", &samples::image("registry.example/acme/game:2")),
        )
        .await;
    Connection::open(harness.dir.path())
        .unwrap()
        .execute_batch("UPDATE records SET event = '{' WHERE sequence = 2")
        .unwrap();
    let answer = harness.send(good().header("Prefer", "wait=5")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["status"], "repeat", "{}", answer.text);
    assert!(answer.json()["status_url"].is_string(), "{}", answer.text);
}
