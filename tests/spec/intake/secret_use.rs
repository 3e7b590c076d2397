//! Replacing a secret: which ones still sign, and which is dead.

use std::time::Duration;

use boathook::intake::{Keyring, SigningKey};
use boathook_core::{
    deployment::{Actor, Environment, Key, KeyUse},
    record::{DeploymentEvent, Event, Outcome},
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    delivery::{DEVELOPMENT, Delivery, body_with},
    harness::{Harness, SHARED, signing},
    samples::{ended, step_failed},
};
use expect_test::expect;
use serde_json::json;

fn relay() -> SigningKey {
    let last = "2026-08-01T10:02:00Z".parse().unwrap();
    let key = Key {
        environment: Environment::DEVELOPMENT,
        id: "relay".to_owned(),
        key_use: KeyUse::Promotion,
        not_after: Some(last),
    };
    SigningKey::new(key, SHARED)
}

fn delivery(id: &str) -> Delivery {
    Delivery::of(&body_with(json!({"deployment_id": id, "timestamp": null})))
}

#[tokio::test(start_paused = true)]
async fn each_secret_is_listed_with_what_it_signed_also_after_a_restart() {
    let new = || signing(Environment::DEVELOPMENT, "new", b"the secret that comes after it");
    let keys = move |admission: &mut boathook::intake::Admission| {
        admission.keyring = Keyring::new(vec![
            signing(Environment::DEVELOPMENT, "old", DEVELOPMENT),
            new(),
            relay(),
        ]);
    };
    let harness = Harness::with(keys);
    let id = harness.accept(delivery("1")).await.id;
    tokio::time::advance(Duration::from_secs(60)).await;
    harness.accept(delivery("2")).await;
    assert_eq!(harness.send(delivery("2")).await.status, 200, "a repeat");
    harness.accept(delivery("3").signed_by(SHARED)).await;
    harness
        .play(
            &id,
            vec![
                Event::Deployment(DeploymentEvent::Started),
                step_failed("it is bad"),
                ended(Outcome::Failed),
            ],
        )
        .await;
    harness.journal.retry(&id, Actor::new("ada"), None, 100).await.unwrap();
    tokio::time::advance(Duration::from_secs(61)).await;
    expect![[r#"
        [
          {
            "deployments": 2,
            "ended": false,
            "environment": "development",
            "id": "old",
            "last": "2026-08-01T10:01:00Z",
            "not_after": null,
            "use": "deploy"
          },
          {
            "deployments": 0,
            "ended": false,
            "environment": "development",
            "id": "new",
            "last": null,
            "not_after": null,
            "use": "deploy"
          },
          {
            "deployments": 1,
            "ended": true,
            "environment": "development",
            "id": "relay",
            "last": "2026-08-01T10:01:00Z",
            "not_after": "2026-08-01T10:02:00Z",
            "use": "promotion"
          }
        ]"#]]
    .assert_eq(&format!("{:#}", harness.ask("/v1/secrets").await.json()));
    let before = harness.ask("/v1/secrets").await.json();
    let mut after = harness.changed(keys).ask("/v1/secrets").await.json();
    // The clock of a harness begins anew with it.
    after[2]["ended"] = json!(true);
    assert_eq!(after, before);
}

#[test]
fn a_secret_is_reported_once_when_it_ends() {
    let keyring =
        Keyring::new(vec![relay(), signing(Environment::DEVELOPMENT, "new", DEVELOPMENT)]);
    let result = |since: Option<&str>, now: &str| {
        let since = since.map(|since| since.parse().unwrap());
        keyring.ended(since, now.parse().unwrap()).map(|key| key.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(result(None, "2026-08-01T10:02:00Z"), [""; 0]);
    assert_eq!(result(Some("2026-08-01T10:02:00Z"), "2026-08-01T10:02:30Z"), ["relay"]);
    assert_eq!(result(Some("2026-08-01T10:02:30Z"), "2026-08-01T10:03:00Z"), [""; 0]);
    assert_eq!(result(None, "2026-08-01T10:03:00Z"), ["relay"]);
}
