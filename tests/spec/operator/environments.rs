//! Environments as operators see them: in the order of promotion, by their aliases, and after their
//! file is gone.

use std::time::Duration;

use boathook::{
    config::Approve,
    intake::{Admission, Keyring},
};
use boathook_core::{
    deployment::{Actor, Environment, ImageRef},
    proof::{Places, Requirement},
    record::Place,
};
use boathook_testing::{
    delivery::{DEVELOPMENT, Delivery, body, body_with},
    harness::{Harness, SHARED, signing},
    samples::{image, success},
    shipped::{self, Shipped as _},
};
use expect_test::expect;
use serde_json::{Value, json};

/// Leaves out the environment whose file is gone.
fn without(environment: Environment) -> impl FnOnce(&mut Admission) {
    move |admission| admission.policies.retain(|policy| policy.environment != environment)
}

fn by_digest(digit: &str) -> ImageRef {
    image(&format!("registry.example/game@sha256:{}", digit.repeat(64)))
}

/// A field of every row of a list.
fn each(rows: &Value, field: &str) -> String {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row[field].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
}

#[tokio::test(start_paused = true)]
async fn an_environment_of_any_name_takes_deployments_by_its_name_and_by_its_alias() {
    let qa = shipped::of("qa-2");
    let harness = Harness::with(|admission| {
        admission.policies[0].environment = qa;
        admission.policies[0].config.aliases = vec![shipped::of("test")];
        admission.keyring = Keyring::new(vec![signing(qa, "qa", DEVELOPMENT)]);
    });
    let to = |name: &str| body_with(json!({"environment": name, "deployment_id": name}));
    let named = harness.accept(Delivery::of(&to("qa-2"))).await;
    let aliased = harness.accept(Delivery::of(&to("test")).to("/webhook/deploy/qa-2")).await;
    assert_eq!((named.environment, aliased.environment), (qa, qa));
    assert_eq!(
        harness.send(Delivery::of(&to("dev"))).await.refusal(),
        "404 unknown environment `dev`; known: qa-2, staging, production"
    );
    let listed = harness.ask("/v1/deployments?environment=test").await.json();
    assert_eq!(each(&listed, "environment"), "qa-2 qa-2");
}

#[tokio::test(start_paused = true)]
async fn services_and_environments_come_in_the_order_of_promotion() {
    let harness = Harness::new();
    harness.accept(Delivery::of(&body())).await;
    let staging = body_with(json!({"environment": "staging"}));
    harness.accept(Delivery::of(&staging).signed_by(SHARED)).await;
    let services = harness.ask("/v1/services").await.json();
    assert_eq!(each(&services, "environment"), "development staging");
    let harness = harness.changed(|admission| {
        admission.policies.reverse();
        let production = &mut admission.policies[0];
        production.config.approval.required = Approve::Promotions;
        production.config.approval.approvers.count = 2;
        let within = Duration::from_secs(30 * 24 * 60 * 60);
        let places = Places::Environment(Environment::STAGING);
        let soak = Duration::from_secs(2 * 60 * 60);
        production.config.require.proven = Some(Requirement { places, within: Some(within), soak });
    });
    let services = harness.ask("/v1/services").await.json();
    assert_eq!(each(&services, "environment"), "staging development");
    let graph = harness.ask("/v1/environments").await.json();
    let environments = &graph["environments"];
    assert_eq!(each(environments, "environment"), "production staging development");
    expect![[r#"
        {
          "aliases": [
            "prod"
          ],
          "enabled": true,
          "environment": "production",
          "frozen": null,
          "locked": null,
          "promotes": [],
          "requires": [
            "proven in staging within 30d, served 2h",
            "2 approvals of promotions",
            "timestamp",
            "deployment_id",
            "confirmation"
          ],
          "windows": null
        }"#]]
    .assert_eq(&format!("{:#}", environments[0]));
}

#[tokio::test(start_paused = true)]
async fn what_is_on_record_of_a_renamed_environment_is_found_by_its_former_name() {
    let qa = shipped::of("qa");
    let harness = Harness::new();
    let staging = body_with(json!({"environment": "staging"}));
    harness.accept(Delivery::of(&staging).signed_by(SHARED)).await;
    let harness = harness.changed(|admission| {
        let policies = &mut admission.policies;
        let staging = policies.iter_mut().find(|it| it.environment == Environment::STAGING);
        let staging = staging.unwrap();
        staging.environment = qa;
        staging.config.aliases = vec![Environment::STAGING];
    });
    let listed = harness.ask("/v1/deployments?environment=staging").await.json();
    assert_eq!(each(&listed, "environment"), "staging");
    let listed = harness.ask("/v1/deployments?environment=qa").await.json();
    assert_eq!(listed, json!([]));
    let services = harness.ask("/v1/services?environment=staging").await.json();
    assert_eq!(each(&services, "environment"), "staging");
}

#[tokio::test(start_paused = true)]
async fn an_environment_whose_file_is_gone_keeps_its_history_and_ends_what_runs() {
    let harness = Harness::new();
    let first = harness.accept(Delivery::of(&body())).await;
    harness.play(&first.id, success("game", "game-00001", &by_digest("a"))).await;
    let running = harness.accept(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await;
    let place = Place { environment: Environment::STAGING, service: None };
    harness.journal.lock(place, "moving".to_owned(), Actor::new("ada"), None).await.unwrap();

    let harness = harness.changed(without(Environment::DEVELOPMENT));
    let refused = harness.send(Delivery::of(&body_with(json!({"deployment_id": "103-1"})))).await;
    assert_eq!(
        refused.refusal(),
        "404 unknown environment `development`; known: staging, production"
    );
    let listed = harness.ask("/v1/deployments?environment=development").await.json();
    assert_eq!(each(&listed, "deployment_id"), "102-1 101-1");
    assert_eq!(
        harness.ask("/v1/deployments?environment=dev").await.refusal(),
        "400 unknown environment `dev`; known: staging, production",
        "its aliases are gone with its file"
    );
    let services = harness.ask("/v1/services?environment=development").await.json();
    assert_eq!(services[0]["serving"][0]["revision"], "game-00001");
    let page = harness.browse("/dashboard/deployments?environment=development").await.text;
    assert!(page.contains(r#"<option value="development" selected>"#), "{page}");
    let metrics = harness.ask("/metrics").await.text;
    let stands = r#"boathook_deployments_in_progress{environment="development",status="queued"} 1"#;
    assert!(metrics.contains(stands), "{metrics}");

    let harness = harness.changed(without(Environment::STAGING));
    let locked = harness.ask("/v1/services?environment=staging").await;
    assert_eq!((locked.status, locked.json()), (200, json!([])), "its lock is on record");
    let harness = harness.changed(without(Environment::DEVELOPMENT));

    harness.play(&running.id, success("game", "game-00002", &by_digest("b"))).await;
    let services = harness.ask("/v1/services?environment=development").await.json();
    assert_eq!(services[0]["serving"][0]["revision"], "game-00002");
}
