//! Senders as they are found in the wild: workflows that build their body and signature in their
//! own way.

use boathook_core::{
    deployment::{DeployRequest, DeploymentId, Strategy},
    record::{DeploymentEvent, Event},
};
use boathook_testing::{
    delivery::{Delivery, body, body_with},
    harness::Harness,
};
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn a_pretty_printed_body_is_signed_as_it_stands() {
    let harness = Harness::new();
    let pretty = "{\n  \"environment\": \"development\",\r\n\
                  \t\"image\" : \"registry.example/acme/game:2\",\n  \"namespace\": \"game\",\n  \
                  \"service_name\": \"game\",\n  \"deployment_id\": \"101-1\"\n}\n";
    assert_eq!(
        harness.accept(Delivery::raw(pretty.as_bytes())).await.deployment_id.as_str(),
        "101-1"
    );
}

#[tokio::test(start_paused = true)]
async fn auto_promotion_may_be_a_string() {
    for (written, meant) in [(json!("true"), true), (json!("false"), false), (json!(true), true)] {
        let harness = Harness::new();
        let id =
            harness.accept(Delivery::of(&body_with(json!({"auto_promotion": written})))).await.id;
        assert_eq!(accepted(&harness, &id).await.auto_promotion, meant, "{written}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rerun_of_a_workflow_deploys_again_though_its_delivery_id_is_the_same() {
    let harness = Harness::new();
    let of_attempt = |id: &str| {
        Delivery::of(&body_with(json!({"deployment_id": id}))).header("X-GitHub-Delivery", "77")
    };
    let first = harness.accept(of_attempt("77-1")).await;
    let second = harness.accept(of_attempt("77-2")).await;
    assert_ne!(first.id, second.id);
    assert_eq!(harness.send(of_attempt("77-2")).await.status, 200, "the same attempt is a repeat");
    assert_eq!(harness.everything().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_body_without_a_strategy_gets_the_one_of_its_environment() {
    for strategy in [Strategy::Rolling, Strategy::BlueGreen] {
        let harness =
            Harness::with(|admission| admission.policies[0].config.strategy.default = strategy);
        let id = harness.accept(Delivery::of(&body())).await.id;
        assert_eq!(accepted(&harness, &id).await.strategy, strategy);
    }
}

/// The request as it was accepted.
async fn accepted(harness: &Harness, id: &DeploymentId) -> DeployRequest {
    let records = harness.journal.records(id, 0).await.unwrap();
    let Event::Deployment(DeploymentEvent::Accepted(acceptance)) = &records[0].event else {
        panic!("begins with {:?}", records[0].event)
    };
    acceptance.request.clone()
}
