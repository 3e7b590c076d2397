//! Container packages that GitHub says were published, for environments that have rules for them.

use std::time::Duration;

use boathook_core::{deployment::Environment, record::Outcome};
use boathook_sandbox::Behaviour;
use boathook_testing::{delivery::Answer, shipped::Shipped as _};
use expect_test::expect;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{
    github_package::{HEAD, labelled, of_the_registry, published, webhook},
    promotion_harness::{Chain, REPOSITORY},
};

const MINUTE: Duration = Duration::from_secs(60);
const RULE: &str = "{image: registry.example/game, repository: acme/game, tags: [\"v*\"], namespace: NAMESPACE, service: game}";

/// Development and staging deploy what is pushed as `v*`, and promote nothing; `further` is another
/// setting of both.
fn chain(further: &str) -> Chain {
    Chain::on_github("", |environment, text| {
        let namespace = match environment {
            "development" => "game-dev",
            "staging" => "game-staging",
            _ => return,
        };
        let replaced = ["promotion", "github", further.split(':').next().unwrap_or_default()];
        let is_kept = |line: &&str| !replaced.contains(&line.split(':').next().unwrap_or_default());
        let kept = text.lines().filter(is_kept).collect::<Vec<_>>().join("\n");
        let rule = RULE.replace("NAMESPACE", namespace);
        *text = format!("{kept}\ngithub: {{packages: [{rule}]}}\n{further}\n");
    })
}

/// Pushes an image, and returns the event that tells of it.
fn push(chain: &Chain, tag: &str) -> Value {
    let digest = chain.cluster.publish(REPOSITORY, tag, Behaviour::good(&format!("code-{tag}")));
    published(tag, &digest, chain.now())
}

async fn deliver(chain: &Chain, event: &Value) -> Answer {
    chain.deliver("development", webhook(event)).await
}

/// An event with one value in place of another.
fn changed(event: &Value, pointer: &str, value: Value) -> Value {
    let mut event = event.clone();
    *event.pointer_mut(pointer).unwrap() = value;
    event
}

/// What an answer says in one line.
fn said(answer: &Answer) -> String {
    let body = answer.json();
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let status = text("status");
    let error = text("error");
    let message = text("message");
    let between = if message.is_empty() { "" } else { ": " };
    format!("{} {status}{error}{between}{message}", answer.status)
}

#[tokio::test(start_paused = true)]
async fn a_published_image_is_deployed_by_its_digest_and_github_shows_what_became_of_it() {
    let chain = chain("");
    let event = push(&chain, "v1.2.3");
    assert_eq!(deliver(&chain, &event).await.status, 202);
    let ended = chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!(ended.status.end(), Some(Outcome::Succeeded));
    let digest = event["package"]["package_version"]["version"].as_str().unwrap();
    assert_eq!(ended.image.to_string(), format!("{REPOSITORY}:v1.2.3@{digest}"));
    assert_eq!(ended.deployment_id.to_string(), format!("github-package-{digest}"));
    assert_eq!(ended.triggered_by.as_deref(), Some("ada"));
    assert_eq!(ended.commit_sha.as_deref(), Some(HEAD));
    assert_eq!(chain.serves("game-dev"), "code-v1.2.3");
    assert_eq!(ended.source.to_string(), "package registry.example/game of acme/game on GitHub");
    let known = chain.parts.journal().deployment(&ended.id).await.unwrap().unwrap();
    assert_eq!(known.acceptance.signed_by, "ci");
    sleep(MINUTE).await;
    let shown = chain.github.deployments("acme/game");
    let development = shown.iter().find(|one| one["environment"] == "development").unwrap();
    assert_eq!(development["sha"], HEAD);
    let statuses = chain.github.statuses(development["id"].as_u64().unwrap());
    assert!(statuses.last().unwrap().starts_with("success"), "{statuses:?}");
}

#[tokio::test(start_paused = true)]
async fn a_version_is_deployed_once_whichever_event_tells_of_it_how_often_and_under_which_tag() {
    let chain = chain("");
    let event = push(&chain, "v1");
    assert_eq!(deliver(&chain, &event).await.status, 202);
    let digest = event["package"]["package_version"]["version"].as_str().unwrap();
    let other_tag = published("v1.0", digest, chain.now());
    let other_pusher = changed(&other_tag, "/sender/login", json!("github-actions[bot]"));
    let branch_moved =
        changed(&event, "/package/package_version/target_oid", json!("a".repeat(40)));
    let respelled = changed(&event, "/repository/full_name", json!("acme/Game"));
    let registry = of_the_registry(event.clone());
    for repeat in [&registry, &event, &other_tag, &other_pusher, &branch_moved, &respelled] {
        let answer = deliver(&chain, repeat).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("repeat")));
    }
    chain.until_ended(Environment::DEVELOPMENT).await;
    sleep(60 * MINUTE).await;
    assert_eq!(deliver(&chain, &event).await.json()["status"], "repeat");
    assert_eq!(chain.all().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_no_rule_is_for_is_left_alone_and_the_answer_says_why() {
    let chain = chain("");
    let event = push(&chain, "v1");
    let version = "/package/package_version";
    let tag = format!("{version}/container_metadata/tag/name");
    let mut without_repository = event.clone();
    without_repository.as_object_mut().unwrap().remove("repository");
    let untagged = changed(&event, &tag, json!(""));
    let attestation = format!("sha256-{}", "0".repeat(64));
    let events = [
        changed(&event, "/action", json!("updated")),
        changed(&event, "/package/package_type", json!("npm")),
        changed(&event, version, Value::Null),
        changed(&untagged, &format!("{version}/package_url"), json!("registry.example/game:")),
        changed(&event, &format!("{version}/container_metadata"), Value::Null),
        changed(&event, &tag, json!(attestation)),
        changed(&event, &format!("{version}/package_url"), json!("")),
        without_repository,
        changed(&event, "/repository/full_name", json!("mallory/game")),
        changed(&event, &format!("{version}/package_url"), json!("registry.example/other:v1")),
        changed(&event, &format!("{version}/package_url"), json!("ghcr.io/game:v1")),
        changed(
            &event,
            &format!("{version}/package_url"),
            json!("registry.example/mallory/game:v1"),
        ),
        changed(&event, &tag, json!("main")),
    ];
    let mut answers = Vec::new();
    for event in events {
        answers.push(said(&deliver(&chain, &event).await));
    }
    answers.push(said(&chain.deliver("production", webhook(&event)).await));
    expect![[r#"
        200 ignored: its action is `updated`, and only `published` deploys
        200 ignored: its type is `npm`, and only a container deploys
        200 ignored: it names no version
        200 ignored: it has no tag: an image of one platform, or an attestation
        200 ignored: it has no tag: an image of one platform, or an attestation
        200 ignored: its tag `sha256-0000000000000000000000000000000000000000000000000000000000000000` is that of a signature or an attestation
        200 ignored: its `package_url` names no image
        200 ignored: it is connected to no repository; connect it in the package's settings
        200 ignored: no environment whose secret signed this takes registry.example/game of mallory/game with the tag `v1` (`github.packages`)
        200 ignored: no environment whose secret signed this takes registry.example/other of Acme/game with the tag `v1` (`github.packages`)
        200 ignored: no environment whose secret signed this takes ghcr.io/game of Acme/game with the tag `v1` (`github.packages`)
        200 ignored: no environment whose secret signed this takes registry.example/mallory/game of Acme/game with the tag `v1` (`github.packages`)
        200 ignored: no environment whose secret signed this takes registry.example/game of Acme/game with the tag `main` (`github.packages`)
        200 ignored: no environment whose secret signed this takes registry.example/game of Acme/game with the tag `v1` (`github.packages`)"#]].assert_eq(&answers.join("\n"));
    assert_eq!(chain.all().await.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_rule_is_for_and_cannot_be_believed_is_refused() {
    let chain = chain("");
    let old = push(&chain, "v1");
    sleep(73 * 60 * MINUTE).await;
    let event = push(&chain, "v2");
    let version = "/package/package_version";
    let digest = format!("sha256:{}", "0".repeat(64));
    let mut answers = Vec::new();
    let unsigned = webhook(&event).signed_by(b"no secret that boathook knows of it");
    answers.push(said(&chain.post(unsigned).await));
    for event in [
        json!({"action": "published", "package": null}),
        old,
        changed(&event, &format!("{version}/container_metadata/tag/digest"), json!(digest)),
        changed(
            &changed(&event, &format!("{version}/version"), json!("v2")),
            &format!("{version}/container_metadata/tag/digest"),
            Value::Null,
        ),
        changed(&event, "/package/updated_at", json!("0001-01-01T00:00:00Z")),
    ] {
        answers.push(said(&deliver(&chain, &event).await));
    }
    expect![[r#"
        401 Invalid signature
        400 the body is not a package as GitHub sends it: invalid type: null, expected struct Package at line 1 column 36
        409 the package was published 3d1h ago, and boathook takes what was published within 3d; push a new version, or send a signed request for this one
        422 the event names two digests; push the tag again
        422 the event names no digest, without which the tag could mean another image by now
        422 the event does not say when the package was published (`updated_at`), so it could be an old one that is sent again"#]].assert_eq(&answers.join("\n"));
    assert_eq!(chain.all().await.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_package_that_was_published_before_the_newest_one_does_not_replace_it() {
    let chain = chain("");
    let older = push(&chain, "v1");
    sleep(MINUTE).await;
    let newer = push(&chain, "v2");
    assert_eq!(deliver(&chain, &newer).await.status, 202);
    assert_eq!(deliver(&chain, &older).await.status, 409);
    chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!(chain.serves("game-dev"), "code-v2");
}

#[tokio::test(start_paused = true)]
async fn the_secret_that_signed_the_webhook_says_which_environment_takes_the_package() {
    let chain = chain("");
    let event = push(&chain, "v1");
    let answer = chain.deliver("staging", webhook(&event)).await;
    assert_eq!((answer.status, &answer.json()["environment"]), (202, &json!("staging")));
    chain.until_ended(Environment::STAGING).await;
    assert_eq!((chain.serves("game-staging").as_str(), chain.all().await.len()), ("code-v1", 1));
}

#[tokio::test(start_paused = true)]
async fn every_rule_of_the_environment_holds_for_a_package() {
    let strangers = chain(
        "allow: {images: [registry.example/game], namespaces: [game-dev, game-staging], services: [game], triggered_by: [jane]}",
    );
    let refused = deliver(&strangers, &push(&strangers, "v1")).await;
    let frozen = chain("frozen: The fair is on.");
    let waits = chain("approval: {required: always}");
    let held = deliver(&waits, &push(&waits, "v1")).await;
    let answers = [refused, deliver(&frozen, &push(&frozen, "v1")).await, held];
    expect![[r#"
        403 development does not accept this deployment: triggered_by `ada` matches no pattern of `allow.triggered_by`
        423 development is frozen: The fair is on.; send it again when it is not
        202 accepted: it begins once an operator has approved it"#]].assert_eq(&answers.each_ref().map(said).join("\n"));
}

#[tokio::test(start_paused = true)]
async fn names_in_upper_or_lower_case_and_the_builders_own_commit_are_understood() {
    let chain = chain("");
    let built = "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d";
    let version = "/package/package_version";
    let event = push(&chain, "v1");
    let event = changed(&event, "/package/package_type", json!("container"));
    let event =
        changed(&event, &format!("{version}/package_url"), json!("registry.example/Game:v1"));
    let event = labelled(event, built);
    assert_eq!(deliver(&chain, &event).await.status, 202);
    let ended = chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!(ended.commit_sha.as_deref(), Some(built));
}

#[tokio::test(start_paused = true)]
async fn an_environment_without_a_rule_takes_no_package() {
    let chain = Chain::on_github("", |_, _| {});
    let answer = deliver(&chain, &push(&chain, "v1")).await;
    expect!["200 ignored: no environment whose secret signed this takes registry.example/game of Acme/game with the tag `v1` (`github.packages`)"].assert_eq(&said(&answer));
    assert_eq!(chain.all().await.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_only_hears_githubs_webhooks_needs_no_token() {
    let chain = chain("");
    let chain = chain
        .with_file("default", |text| {
            let lines = text.lines().filter(|line| !line.starts_with("sources:"));
            lines.collect::<Vec<_>>().join("\n")
        })
        .await;
    let chain = chain
        .with_file("development", |text| {
            text.replace("github: {", "github: {repositories: [acme/game], ")
        })
        .await;
    assert_eq!(deliver(&chain, &push(&chain, "v1")).await.status, 202);
    let ended = chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!(ended.status.end(), Some(Outcome::Succeeded));
    let body = json!({"ref": "main", "sha": HEAD, "environment": "dev",
        "payload": chain.payload("development", json!({"image": format!("{REPOSITORY}:2")}))});
    let number = chain.github.deploy("acme/game", "ada", body);
    let mut all = chain.github.deployments("acme/game").into_iter();
    let deployment = all.find(|one| one["id"] == number).unwrap();
    let event = json!({"action": "created", "deployment": deployment, "repository": {"full_name": "acme/game"}});
    let pushed = webhook(&event).header("X-GitHub-Event", "deployment");
    assert_eq!(chain.deliver("development", pushed).await.status, 202);
    chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!(chain.serves("game-dev"), "v2");
}

#[tokio::test(start_paused = true)]
async fn what_a_freeze_refused_can_be_redelivered_when_it_is_over() {
    let chain = chain("frozen: The fair is on.");
    let event = push(&chain, "v1");
    assert_eq!(deliver(&chain, &event).await.status, 423);
    sleep(60 * 60 * MINUTE).await;
    chain.reload_with("development", |text| text.replace("frozen: The fair is on.", ""));
    assert_eq!(deliver(&chain, &event).await.status, 202);
    chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!(chain.serves("game-dev"), "code-v1");
}

#[tokio::test(start_paused = true)]
async fn a_package_goes_to_the_first_rule_that_takes_it() {
    let chain = chain("");
    let canary = RULE.replace("v*", "canary-*");
    let rule = RULE.replace("v*", "*");
    chain.reload_with("development", |text| {
        let rules = [canary.replace("service: game", "service: canary"), rule];
        let rules = rules.join(", ").replace("NAMESPACE", "game-dev");
        let kept = text.lines().filter(|line| !line.starts_with("github:")).collect::<Vec<_>>();
        let text = kept.join("\n").replace("services: [game]", "services: [game, canary]");
        format!("{text}\ngithub: {{packages: [{rules}]}}\n")
    });
    for tag in ["canary-1", "main"] {
        assert_eq!(deliver(&chain, &push(&chain, tag)).await.status, 202);
    }
    let all = chain.all().await;
    let services: Vec<&str> = all.iter().map(|one| one.service.as_str()).collect();
    assert_eq!(services, ["game", "canary"]);
}
