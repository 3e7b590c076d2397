//! Locks: new requests for an environment or one service are refused; everything else continues.

use std::{sync::Arc, time::Duration};

use boathook::journal::{AcceptError, Accepted, Journal, LockError};
use boathook_core::{
    deployment::{Actor, Environment, ServiceKey},
    record::{DeploymentEvent, Event, Lock, Outcome, Place},
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    audit_harness::AuditHarness,
    delivery::{Delivery, body, body_with},
    harness::{Harness, SHARED},
    samples::{self, QUEUE, acceptance, image, success},
    state_dir::StateDir,
};
use expect_test::expect;
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::sleep;

fn place(environment: Environment) -> Place {
    Place { environment, service: None }
}

fn of_service(environment: Environment, name: &str) -> Place {
    Place { environment, service: Some(samples::service(name)) }
}

async fn lock(journal: &Journal, place: Place, until: Option<&str>) -> Arc<Lock> {
    let until = until.map(|until| until.parse::<Timestamp>().unwrap());
    journal.lock(place, "database migration".to_owned(), Actor::new("ada"), until).await.unwrap()
}

async fn send(harness: &Harness, fields: Value) -> u16 {
    harness.send(Delivery::of(&body_with(fields))).await.status
}

#[tokio::test(start_paused = true)]
async fn a_locked_environment_answers_423_with_reason_who_and_until_when() {
    let harness = Harness::new();
    lock(&harness.journal, place(Environment::DEVELOPMENT), Some("2026-08-01T12:00:00Z")).await;
    let answer = harness.send(Delivery::of(&body())).await;
    expect![
        "423 development is locked by ada since 2026-08-01 10:00:00 UTC, until 2026-08-01 12:00:00 \
         UTC: database migration; send it again when it is not"
    ]
    .assert_eq(&answer.refusal());
    let lock = json!({
        "reason": "database migration",
        "by": "ada",
        "since": "2026-08-01T10:00:00Z",
        "until": "2026-08-01T12:00:00Z",
    });
    assert_eq!(answer.json()["lock"], lock);
    assert_eq!(send(&harness, json!({"dry_run": true})).await, 423);
    assert_eq!(harness.everything().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_lock_holds_where_it_was_set_and_nowhere_else() {
    let harness = Harness::with(|admission| {
        admission.policies[0]
            .config
            .allow
            .services
            .push(boathook::config::Pattern::parse("other").unwrap())
    });
    let game = ServiceKey {
        namespace: "game".to_owned().try_into().unwrap(),
        service: "game".to_owned().try_into().unwrap(),
    };
    lock(
        &harness.journal,
        Place { environment: Environment::DEVELOPMENT, service: Some(game) },
        None,
    )
    .await;
    assert_eq!(send(&harness, json!({})).await, 423);
    assert_eq!(send(&harness, json!({"service_name": "other"})).await, 202);
    let staging = body_with(json!({"environment": "staging"}));
    assert_eq!(harness.send(Delivery::of(&staging).signed_by(SHARED)).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn a_lock_ends_by_itself_or_when_someone_ends_it() {
    let harness = Harness::new();
    lock(&harness.journal, place(Environment::DEVELOPMENT), Some("2026-08-01T10:01:00Z")).await;
    sleep(Duration::from_secs(59)).await;
    assert_eq!(send(&harness, json!({})).await, 423);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(send(&harness, json!({})).await, 202);
    assert_eq!(harness.journal.locks(), []);

    lock(&harness.journal, place(Environment::DEVELOPMENT), None).await;
    assert_eq!(send(&harness, json!({"deployment_id": "102-1"})).await, 423);
    harness.journal.unlock(place(Environment::DEVELOPMENT), Actor::new("bob")).await.unwrap();
    assert_eq!(send(&harness, json!({"deployment_id": "102-1"})).await, 202);
}

#[tokio::test(start_paused = true)]
async fn a_lock_survives_a_restart() {
    let harness = Harness::new();
    let set =
        lock(&harness.journal, place(Environment::DEVELOPMENT), Some("2026-08-01T12:00:00Z")).await;
    let harness = harness.restarted();
    assert_eq!(harness.journal.locks(), [set]);
    assert_eq!(send(&harness, json!({})).await, 423);
    harness.journal.unlock(place(Environment::DEVELOPMENT), Actor::new("bob")).await.unwrap();
    let harness = harness.restarted();
    assert_eq!(send(&harness, json!({})).await, 202);
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_before_and_what_an_operator_orders_goes_on() {
    let harness = Harness::new();
    let digest = image(&format!("registry.example/acme/game@sha256:{}", "b".repeat(64)));
    let id = harness.accept(Delivery::of(&body())).await.id;
    harness.play(&id, success("game", "game-00002", &digest)).await;
    let failed =
        harness.accept(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await.id;
    harness
        .play(
            &failed,
            vec![
                Event::Deployment(DeploymentEvent::Started),
                samples::step_failed("no"),
                samples::ended(Outcome::Failed),
            ],
        )
        .await;
    let queued =
        harness.accept(Delivery::of(&body_with(json!({"deployment_id": "103-1"})))).await.id;
    lock(&harness.journal, place(Environment::DEVELOPMENT), None).await;

    assert_eq!(
        send(&harness, json!({"deployment_id": "103-1"})).await,
        200,
        "a repeat is answered"
    );
    harness.play(&queued, vec![Event::Deployment(DeploymentEvent::Started)]).await;
    harness.journal.retry(&failed, Actor::new("ada"), None, QUEUE).await.unwrap();
    let service = samples::service("game");
    harness
        .journal
        .order_rollback(
            samples::rollback(Environment::DEVELOPMENT, &service, Some(id), Actor::new("ada")),
            QUEUE,
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn a_place_has_one_lock_and_one_that_is_not_locked_cannot_be_unlocked() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let unlock = async |place| journal.unlock(place, Actor::new("bob")).await;
    let refused = unlock(of_service(Environment::STAGING, "game")).await.unwrap_err();
    assert_eq!(refused.to_string(), "game/game in staging is not locked; see `boathook locks`");
    lock(&journal, place(Environment::STAGING), None).await;
    lock(&journal, of_service(Environment::STAGING, "game"), None).await;
    let again =
        journal.lock(place(Environment::STAGING), "mine".to_owned(), Actor::new("bob"), None).await;
    let Err(LockError::Already(held)) = again else { panic!("{again:?}") };
    assert_eq!(held.by, Actor::new("ada"));
    unlock(place(Environment::STAGING)).await.unwrap();
    let Err(AcceptError::Locked(held)) = journal.accept(acceptance("game", "1"), QUEUE).await
    else {
        panic!("it was accepted")
    };
    assert_eq!(held.place(), of_service(Environment::STAGING, "game"));
    assert!(matches!(journal.accept(acceptance("other", "1"), QUEUE).await, Ok(Accepted::New(_))));
}

#[tokio::test]
async fn there_are_not_more_locks_than_may_be() {
    let dir = StateDir::new();
    let journal = dir.journal();
    for number in 0..200 {
        lock(&journal, of_service(Environment::STAGING, &format!("s{number}")), None).await;
    }
    let one_more =
        journal.lock(place(Environment::STAGING), "why".to_owned(), Actor::new("ada"), None).await;
    assert!(matches!(one_more, Err(LockError::TooMany)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_requests_at_once_none_is_accepted_after_the_lock() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let accepting = (0..200).map(|number| {
        let journal = journal.clone();
        tokio::spawn(async move {
            if number == 100 {
                lock(&journal, place(Environment::STAGING), None).await;
                return None;
            }
            match journal.accept(acceptance("game", &number.to_string()), QUEUE).await {
                Ok(accepted) => Some(samples::new(accepted).accepted_seq),
                Err(AcceptError::Locked(_)) => None,
                Err(other) => panic!("{other}"),
            }
        })
    });
    let accepted =
        join_all(accepting).await.into_iter().filter_map(Result::unwrap).collect::<Vec<_>>();
    let records = journal.records_of_all(0, 1000).await.unwrap();
    let locked = records.iter().find(|record| record.event.name() == "locked").unwrap().sequence;
    assert!(accepted.iter().all(|sequence| *sequence < locked), "{accepted:?}, locked by {locked}");
    assert_eq!(records.len(), accepted.len() + 1);
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_no_deployment() {
    let harness = Harness::new();
    let set = lock(&harness.journal, place(Environment::DEVELOPMENT), None).await;
    assert_eq!(harness.journal.deployment(&set.id).await.unwrap(), None);
    assert_eq!(harness.ask(&format!("/v1/deployments/{}", set.id)).await.status, 404);
    let nobody =
        harness.post("/v1/locks", json!({"environment": "staging", "reason": "why"})).await;
    assert_eq!(nobody.status, 403, "{}", nobody.text);
}

#[tokio::test(start_paused = true)]
async fn the_audit_log_says_who_locked_and_who_unlocked() {
    let harness = AuditHarness::new();
    lock(&harness.journal, of_service(Environment::STAGING, "game"), Some("2026-08-01T12:00:00Z"))
        .await;
    harness
        .journal
        .unlock(of_service(Environment::STAGING, "game"), Actor::new("bob").noting("migrated"))
        .await
        .unwrap();
    harness.audit().await;
    let result = harness.lines().into_iter().map(|line| {
        let Value::Object(mut line) = line else { panic!("no object") };
        assert!(line.remove("lock").is_some_and(|id| id.is_string()));
        ["number", "previous", "hash", "at", "sequence"]
            .into_iter()
            .for_each(|name| drop(line.remove(name)));
        Value::Object(line).to_string()
    });
    expect![[r#"
        {"environment":"staging","reason":"database migration","service":"game/game","until":"2026-08-01T12:00:00Z","what":"locked","who":{"operator":"ada"}}
        {"environment":"staging","reason":"database migration","service":"game/game","until":"2026-08-01T12:00:00Z","what":"unlocked","who":{"operator":"bob (migrated)"}}"#]].assert_eq(&result.collect::<Vec<_>>().join("\n"));
}
