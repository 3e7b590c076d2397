//! Unsigned deployments on GitHub, where an environment says that it believes GitHub.

use std::time::Duration;

use boathook_core::{deployment::Environment, record::Outcome};
use boathook_testing::shipped::Shipped as _;
use expect_test::expect;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::promotion_harness::{Chain, REPOSITORY};

const MINUTE: Duration = Duration::from_secs(60);
const SHA: &str = "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d";

/// Development believes GitHub, within limits.
fn trusting() -> Chain {
    let chain = Chain::on_github("", |environment, text| {
        if environment == "development" {
            *text = text.replace(
                "github: {repositories: [acme/game]}",
                "github: {repositories: [acme/game], trust: github, unsigned: {image: \
                 \"registry.example/game:{sha}\", namespace: game-dev, service: game, refs: [main, \
                 v*], creators: [ada, \"github-actions[bot]\"]}}",
            );
        }
    });
    let good = boathook_sandbox::Behaviour::good("v-sha");
    chain.cluster.publish(REPOSITORY, SHA, good);
    chain
}

fn create(chain: &Chain, creator: &str, fields: Value) -> u64 {
    let mut body = json!({"ref": "main", "sha": SHA, "environment": "dev"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    chain.github.deploy("acme/game", creator, body)
}

#[tokio::test(start_paused = true)]
async fn an_unsigned_deployment_deploys_the_image_of_its_commit_and_the_record_says_who_vouches() {
    let chain = trusting();
    let number = create(&chain, "ada", json!({}));
    let ended = chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!(ended.status.end(), Some(Outcome::Succeeded));
    assert_eq!(ended.image.to_string(), format!("{REPOSITORY}:{SHA}"));
    assert_eq!(ended.deployment_id.to_string(), format!("github-{number}"));
    assert_eq!(ended.triggered_by.as_deref(), Some("ada"));
    let deployment = chain.parts.journal().deployment(&ended.id).await.unwrap().unwrap();
    assert_eq!(deployment.acceptance.signed_by, "github:acme/game");
}

#[tokio::test(start_paused = true)]
async fn an_image_that_the_deployment_names_takes_the_place_of_the_template() {
    let chain = trusting();
    create(&chain, "ada", json!({"payload": {"image": format!("{REPOSITORY}:1")}}));
    let ended = chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!(ended.status.end(), Some(Outcome::Succeeded));
    assert_eq!(chain.serves("game-dev"), "v1");
}

#[tokio::test(start_paused = true)]
async fn what_its_settings_do_not_list_is_refused_and_every_other_rule_holds() {
    let chain = trusting();
    sleep(MINUTE).await;
    let refused = [
        create(&chain, "mallory", json!({})),
        create(&chain, "ada", json!({"ref": "feature/x"})),
        create(&chain, "ada", json!({"sha": "main"})),
        create(&chain, "ada", json!({"payload": {"image": "registry.example/other:1"}})),
    ];
    let migration = create(&chain, "ada", json!({"task": "deploy:migrations"}));
    sleep(MINUTE).await;
    assert_eq!(chain.all().await.len(), 0);
    let shown: Vec<String> =
        refused.iter().map(|one| chain.github.statuses(*one).join(", ")).collect();
    expect![[r#"
        error: development does not accept this deployment: creator `mallory` matches no pattern of `github.unsigned.creators`
        error: development does not accept this deployment: ref `feature/x` matches no pattern of `github.unsigned.refs`
        error: development does not accept this deployment: its commit is not 40 hexadecimal digits
        error: development does not accept this deployment: image `registry.example/other` matches no pattern of `allow.images`"#]]
    .assert_eq(&shown.join("\n"));
    assert_eq!(chain.github.statuses(migration), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_forged_signature_is_not_saved_by_trust_in_github() {
    let chain = trusting();
    sleep(MINUTE).await;
    let payload = json!({"boathook": {"body": "{}", "signature": "sha256=00"}});
    create(&chain, "ada", json!({"payload": payload}));
    sleep(MINUTE).await;
    assert_eq!(chain.all().await.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_owns_the_repository_under_another_name_is_not_believed() {
    let chain = trusting();
    create(&chain, "ada", json!({}));
    chain.until_ended(Environment::DEVELOPMENT).await;
    chain.github.rename("acme/game", "mallory/game");
    let refused = create(&chain, "ada", json!({}));
    sleep(MINUTE).await;
    assert_eq!(chain.in_environment(Environment::DEVELOPMENT).await.len(), 1);
    expect!["error: development does not accept this deployment: the repository is called mallory/game now; name that in `github.repositories`"]
        .assert_eq(&chain.github.statuses(refused).join(", "));
}
