//! Deployments that GitHub itself pushes: the same rules as for those that boathook finds.

use std::time::Duration;

use boathook::sealing::PrivateKey;
use boathook_core::{
    deployment::{Environment, Repository},
    record::{Outcome, RequestSource},
};
use boathook_testing::{
    delivery::{Answer, Delivery},
    github::Fault,
    shipped::Shipped as _,
};
use expect_test::expect;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::promotion_harness::{Chain, REPOSITORY};

const MINUTE: Duration = Duration::from_secs(60);
const SHA: &str = "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d";
const TRUSTING: &str = "github: {repositories: [acme/game], trust: github, unsigned: {image: \
     \"registry.example/game:{sha}\", namespace: game-dev, service: game, refs: [main], creators: [ada]}}";

/// A boathook that has looked at GitHub once, and hears only what is pushed until that mends.
async fn pushed_to(settings: &str) -> Chain {
    let chain = Chain::on_github("", |environment, text| {
        if environment == "development" && !settings.is_empty() {
            *text = text.replace("github: {repositories: [acme/game]}", settings);
        }
    });
    let good = boathook_sandbox::Behaviour::good("v-sha");
    chain.cluster.publish(REPOSITORY, SHA, good);
    sleep(MINUTE).await;
    chain.github.break_at("/repos", Fault::Away);
    chain
}

/// Has GitHub create a deployment for development, and returns what its webhook then carries.
fn event(chain: &Chain, payload: Value) -> Value {
    let body = json!({"ref": "main", "sha": SHA, "environment": "dev", "payload": payload});
    let number = chain.github.deploy("acme/game", "ada", body);
    let mut all = chain.github.deployments("acme/game").into_iter();
    let deployment = all.find(|one| one["id"] == number).unwrap();
    json!({
        "action": "created", "deployment": deployment, "workflow": null, "workflow_run": null,
        "repository": {"id": 1, "full_name": "Acme/game"}, "sender": {"login": "ada"},
    })
}

/// GitHub's delivery of an event.
fn webhook(event: &Value) -> Delivery {
    Delivery::of(event).to("/webhook/github")
}

/// The same, signed by GitHub with a secret of development, as its headers are.
async fn push(chain: &Chain, event: &Value) -> Answer {
    chain.deliver("development", webhook(event)).await
}

async fn count(chain: &Chain) -> usize {
    chain.all().await.len()
}

/// What an answer says in one line.
fn said(answer: &Answer) -> String {
    let body = answer.json();
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    format!("{} {}{}{}", answer.status, text("status"), text("error"), {
        let message = text("message");
        if message.is_empty() { message } else { format!(": {message}") }
    })
}

#[tokio::test(start_paused = true)]
async fn a_pushed_deployment_is_deployed_and_the_poll_that_finds_it_too_deploys_nothing_more() {
    let chain = pushed_to("").await;
    let event = event(&chain, chain.payload("development", json!({})));
    assert_eq!(push(&chain, &event).await.status, 202);
    let again = push(&chain, &event).await;
    assert_eq!((again.status, &again.json()["status"]), (200, &json!("repeat")));
    let ended = chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!(ended.status.end(), Some(Outcome::Succeeded));
    let deployment = event["deployment"]["id"].as_u64().unwrap();
    let repository = Repository::parse("acme/game").unwrap();
    assert_eq!(ended.source, RequestSource::GitHub { repository, deployment });
    chain.github.mend();
    sleep(10 * MINUTE).await;
    assert_eq!(chain.in_environment(Environment::DEVELOPMENT).await.len(), 1);
    let last = chain.github.statuses(deployment).pop().unwrap();
    assert!(last.starts_with("success"), "GitHub is told of it: {last}");
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_github_did_not_sign_is_refused_whatever_its_payload_carries() {
    let chain = pushed_to("").await;
    let event = event(&chain, chain.payload("development", json!({})));
    let answer = chain.post(webhook(&event)).await;
    assert_eq!(answer.refusal(), "401 Invalid signature");
    assert_eq!(count(&chain).await, 0);
}

#[tokio::test(start_paused = true)]
async fn githubs_signature_alone_deploys_nothing() {
    let chain = pushed_to("").await;
    let forged = json!({"boathook": {"body": "{}", "signature": "sha256=00"}});
    let answers = [
        push(&chain, &event(&chain, json!({}))).await,
        push(&chain, &event(&chain, json!({"image": "registry.example/game:1"}))).await,
        push(&chain, &event(&chain, json!({"boathook": {"id": "k3v9x2m4q7w8"}}))).await,
        push(&chain, &event(&chain, forged)).await,
        push(&chain, &event(&chain, chain.payload_signed_for("staging", "development", json!({}))))
            .await,
        push(&chain, &event(&chain, chain.payload("production", json!({})))).await,
    ];
    expect![[r#"
        200 ignored: it carries no signed request, and development takes no such deployment without one (`github.trust`, `github.unsigned.tasks`)
        200 ignored: it carries no signed request, and development takes no such deployment without one (`github.trust`, `github.unsigned.tasks`)
        200 ignored: its payload asks for nothing
        401 Invalid signature
        401 Invalid signature
        422 `environment` is production, but the path names development; send both the same"#]].assert_eq(&answers.each_ref().map(said).join("\n"));
    assert_eq!(count(&chain).await, 0);
}

#[tokio::test(start_paused = true)]
async fn where_an_environment_believes_github_its_own_secret_must_have_signed_the_webhook() {
    let chain = pushed_to(TRUSTING).await;
    let event = event(&chain, json!({}));
    let other = chain.deliver("staging", webhook(&event)).await;
    assert_eq!(other.refusal(), "401 Invalid signature");
    assert_eq!(push(&chain, &event).await.status, 202);
    let ended = chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!(ended.image.to_string(), format!("{REPOSITORY}:{SHA}"));
    chain.github.mend();
    sleep(10 * MINUTE).await;
    assert_eq!(chain.in_environment(Environment::DEVELOPMENT).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_old_webhook_that_someone_sends_again_deploys_nothing_unsigned() {
    let chain = pushed_to(TRUSTING).await;
    let event = event(&chain, json!({}));
    sleep(6 * MINUTE).await;
    let answer = push(&chain, &event).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(count(&chain).await, 0);
}

#[tokio::test(start_paused = true)]
async fn other_events_other_repositories_and_other_environments_are_ignored() {
    let chain = pushed_to("").await;
    let deployment = event(&chain, chain.payload("development", json!({})));
    let changed = |pointer: &str, value: &str| {
        let mut event = deployment.clone();
        *event.pointer_mut(pointer).unwrap() = json!(value);
        webhook(&event)
    };
    let deliveries = [
        webhook(&deployment).header("X-GitHub-Event", "ping"),
        webhook(&deployment).header("X-GitHub-Event", "deployment_status"),
        changed("/repository/full_name", "acme/other"),
        changed("/deployment/environment", "canary"),
        webhook(&json!({"zen": "Design for failure."})),
    ];
    let mut answers = Vec::new();
    for delivery in deliveries {
        answers.push(said(&chain.deliver("development", delivery).await));
    }
    expect![[r#"
        200 pong
        200 ignored: only deployments and packages deploy; in the webhook's settings choose them alone
        200 ignored: no environment takes deployments of acme/other for `dev`
        200 ignored: no environment takes deployments of Acme/game for `canary`
        400 the body is not a deployment as GitHub sends it: missing field `deployment` at line 1 column 29"#]].assert_eq(&answers.join("\n"));
    assert_eq!(count(&chain).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_form_is_refused_and_the_answer_says_what_to_choose_on_github() {
    let chain = pushed_to("").await;
    let event = event(&chain, chain.payload("development", json!({})));
    let form = webhook(&event).header("Content-Type", "application/x-www-form-urlencoded");
    expect!["415 GitHub sends a form; in the webhook's settings choose the content type application/json"].assert_eq(&chain.deliver("development", form).await.refusal());
}

#[tokio::test(start_paused = true)]
async fn a_sealed_request_counts_only_if_it_can_be_opened() {
    let chain = pushed_to("").await;
    let mut payload = chain.payload("development", json!({}));
    let body = payload["boathook"]["body"].as_str().unwrap().to_owned();
    let key = PrivateKey::generate().unwrap().public();
    payload["boathook"]["body"] = json!(key.seal(body.as_bytes()).unwrap());
    let answer = push(&chain, &event(&chain, payload)).await;
    expect!["400 the body is sealed, and this boathook cannot open it: seal it for the public key that the node's operator gives you"].assert_eq(&answer.refusal());
    assert_eq!(count(&chain).await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_proxy_passes_on_without_an_address_is_not_taken_for_fetched() {
    let proxied = format!(
        "{TRUSTING}\nallow: {{images: [registry.example/game], namespaces: [game-dev], services: [game], sources: [192.0.2.0/24]}}"
    );
    let chain =
        Chain::on_github("server: {trusted_proxies: [127.0.0.1/32]}", |environment, text| {
            if environment == "development" {
                let kept =
                    text.lines().filter(|line| !line.starts_with("allow:")).collect::<Vec<_>>();
                *text = kept.join("\n").replace("github: {repositories: [acme/game]}", &proxied);
            }
        });
    sleep(MINUTE).await;
    chain.github.break_at("/repos", Fault::Away);
    let event = event(&chain, json!({}));
    let from = |address: &str| webhook(&event).header("X-Forwarded-For", address);
    let unknown = chain.deliver("development", from("unknown")).await;
    expect!["403 development does not accept this deployment: it came from an address that is not known, which is not in `allow.sources`"].assert_eq(&unknown.refusal());
    sleep(6 * MINUTE).await;
    assert_eq!(chain.deliver("development", from("192.0.2.7")).await.status, 409);
    assert_eq!(count(&chain).await, 0);
}
