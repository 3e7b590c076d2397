//! Deployments that boathook finds on GitHub: it connects, and nobody has to reach it.

use std::time::Duration;

use boathook_core::{
    deployment::{Actor, Environment, Repository},
    record::{Outcome, Place, RequestSource},
};
use boathook_testing::{github::Fault, shipped::Shipped as _};
use expect_test::expect;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::support::{
    life::Life,
    promotion_harness::{Chain, REPOSITORY},
};

const MINUTE: Duration = Duration::from_secs(60);

/// A repository's deployment of what CI signed for development.
fn deploy(chain: &Chain, fields: Value) -> u64 {
    create(chain, "acme/game", chain.payload("development", fields))
}

fn create(chain: &Chain, repository: &str, payload: Value) -> u64 {
    let body = json!({"ref": "main", "environment": "dev", "payload": payload});
    chain.github.deploy(repository, "ada", body)
}

/// How many deployments boathook knows.
async fn count(chain: &Chain) -> usize {
    chain.all().await.len()
}

#[tokio::test(start_paused = true)]
async fn a_deployment_on_github_goes_from_development_to_production_without_a_listener() {
    let chain = Chain::on_github("", |_, _| {});
    let deployment = deploy(&chain, json!({}));
    let ended = chain.until_ended(Environment::PRODUCTION).await;
    assert_eq!(ended.status.end(), Some(Outcome::Succeeded));
    assert_eq!(chain.serves("game-prod"), "v1");
    let first = chain.until_ended(Environment::DEVELOPMENT).await;
    let repository = Repository::parse("acme/game").unwrap();
    assert_eq!(first.source, RequestSource::GitHub { repository, deployment });
    let facts: Vec<String> =
        first.facts().iter().map(|fact| format!("{}: {}", fact.name, fact.value)).collect();
    let came_from = facts.iter().find(|fact| fact.starts_with("came from"));
    let expected = format!("came from: deployment {deployment} of acme/game on GitHub");
    assert_eq!(came_from, Some(&expected));
}

#[tokio::test(start_paused = true)]
async fn github_does_not_show_who_locked_a_service_or_why() {
    let chain = Chain::on_github("", |_, _| {});
    let place = Place { environment: Environment::DEVELOPMENT, service: None };
    let reason = "an incident at ada's".to_owned();
    chain.parts.journal().lock(place, reason, Actor::new("ada"), None).await.unwrap();
    let deployment = deploy(&chain, json!({}));
    sleep(MINUTE).await;
    expect!["error: development is locked; send it again when it is not"]
        .assert_eq(&chain.github.statuses(deployment).join(", "));
    assert_eq!(count(&chain).await, 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_may_only_write_deployments_on_github_deploys_nothing() {
    let chain = Chain::on_github("", |_, _| {});
    sleep(MINUTE).await;
    let forged = {
        let mut payload = chain.payload("development", json!({}));
        let body = payload["boathook"]["body"].as_str().unwrap().replace(":1", ":2");
        payload["boathook"]["body"] = json!(body);
        payload
    };
    let refused = [
        forged,
        json!({"boathook": {"body": "{}", "signature": "sha256=00"}}),
        chain.payload_signed_for("staging", "development", json!({})),
        chain.payload("production", json!({})),
        chain.payload("development", json!({"timestamp": "2020-01-01T00:00:00Z"})),
        chain.payload("development", json!({"timestamp": null})),
        chain.payload("development", json!({"image": "registry.example/other:1"})),
        chain.payload("development", json!({"dry_run": true})),
    ];
    let refused = refused.map(|payload| create(&chain, "acme/game", payload));
    let ignored = [
        json!({}),
        json!("deploy this"),
        json!({"image": "registry.example/game:1"}),
        json!({"boathook": {"id": "k3v9x2m4q7w8"}}),
    ];
    let ignored = ignored.map(|payload| create(&chain, "acme/game", payload));
    sleep(MINUTE).await;
    assert_eq!(count(&chain).await, 0);
    let shown: Vec<String> =
        refused.iter().map(|one| chain.github.statuses(*one).join(", ")).collect();
    expect![[r#"
        error: invalid signature
        error: invalid signature
        error: invalid signature
        error: `environment` is production, but the path names development; send both the same
        error: `timestamp` is 2517d18h52m22s behind GitHub's `created_at`, and 5m is allowed; send the current time, or set the clocks
        error: `timestamp` is needed in a deployment on GitHub; send the time at which it is signed
        error: development does not accept this deployment: image `registry.example/other` matches no pattern of `allow.images`
        error: dry runs are answered over HTTP only; send it to the listener"#]]
    .assert_eq(&shown.join("\n"));
    assert!(ignored.iter().all(|one| chain.github.statuses(*one).is_empty()));
}

#[tokio::test(start_paused = true)]
async fn at_the_first_start_nothing_is_taken_that_is_older_than_the_replay_window() {
    let chain = Chain::on_github("", |_, _| {});
    sleep(MINUTE).await;
    let chain = {
        // Another boathook, which knows nothing yet.
        let fresh = Chain::on_github("", |_, _| {});
        drop(chain);
        fresh
    };
    let named = |id: &str| json!({"deployment_id": id});
    chain.github.break_at("/repos", Fault::Away);
    deploy(&chain, named("old"));
    sleep(6 * MINUTE).await;
    deploy(&chain, named("young"));
    chain.github.mend();
    sleep(10 * MINUTE).await;
    let taken: Vec<String> =
        chain.all().await.iter().map(|one| one.deployment_id.to_string()).collect();
    assert!(taken.contains(&"young".to_owned()) && !taken.contains(&"old".to_owned()), "{taken:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_created_while_boathook_was_away_is_taken_in_order_through_all_pages() {
    let chain = Chain::on_github("", |_, _| {});
    sleep(MINUTE).await;
    chain.github.break_at("/repos", Fault::Away);
    for id in ["first", "second"] {
        deploy(&chain, json!({"deployment_id": id}));
        for _ in 0..40 {
            create(&chain, "acme/game", json!({}));
        }
    }
    sleep(MINUTE).await;
    chain.github.mend();
    sleep(MINUTE).await;
    let mut taken: Vec<String> = chain
        .in_environment(Environment::DEVELOPMENT)
        .await
        .iter()
        .map(|one| one.deployment_id.to_string())
        .collect();
    taken.reverse();
    assert_eq!(taken, ["first", "second"]);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_is_taken_once_however_often_boathook_dies() {
    let chain = Chain::on_github("", |_, _| {});
    deploy(&chain, json!({}));
    let mut life = Life::dying_after_every_record(chain);
    let succeeded = async |chain: &Chain| {
        let there = chain.in_environment(Environment::PRODUCTION).await;
        there.first().filter(|one| one.status.end() == Some(Outcome::Succeeded)).map(drop)
    };
    life.until("production is deployed", succeeded).await;
    life.passes(10 * MINUTE).await;
    assert!(life.deaths() > 20, "{}", life.deaths());
    assert_eq!(count(life.chain()).await, 3);
    assert_eq!(life.chain().serves("game-prod"), "v1");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_waits_until_the_queue_has_room() {
    let chain = Chain::on_github("scheduler: {queued: 1}", |environment, text| {
        if environment == "development" {
            text.push_str("approval: {required: always, expires: 10m}\n");
        }
    });
    deploy(&chain, json!({"deployment_id": "first"}));
    let second = deploy(&chain, json!({"deployment_id": "second"}));
    sleep(8 * MINUTE).await;
    assert_eq!(count(&chain).await, 1);
    // The first expires.
    sleep(8 * MINUTE).await;
    assert_eq!(count(&chain).await, 2);
    assert_eq!(chain.github.statuses(second), ["pending: waits for an approval"]);
}

#[tokio::test(start_paused = true)]
async fn however_long_boathook_did_not_read_a_deployment_it_is_as_old_as_github_says() {
    let chain = Chain::on_github("", |_, _| {});
    sleep(MINUTE).await;
    chain.github.break_at("/repos", Fault::Away);
    let late = deploy(&chain, json!({}));
    sleep(30 * MINUTE).await;
    chain.github.mend();
    chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!(chain.serves("game-dev"), "v1");
    // Whoever copies it later creates another one.
    let shown = chain.github.deployments("acme/game");
    let copied = shown.iter().find(|one| one["id"] == late).unwrap()["payload"].clone();
    let other = chain.payload(
        "development",
        json!({"deployment_id": "other", "image": format!("{REPOSITORY}:2")}),
    );
    // GitHub shows whole seconds.
    sleep(6 * MINUTE + Duration::from_millis(999)).await;
    create(&chain, "acme/game", copied);
    let stale = create(&chain, "acme/game", other);
    sleep(MINUTE).await;
    assert_eq!(chain.in_environment(Environment::DEVELOPMENT).await.len(), 1);
    expect!["error: `timestamp` is 6m behind GitHub's `created_at`, and 5m is allowed; send the current time, or set the clocks"]
        .assert_eq(&chain.github.statuses(stale).join(", "));
}

#[tokio::test(start_paused = true)]
async fn a_refused_deployment_delays_none_behind_it_however_long_github_takes_no_status() {
    let chain = Chain::on_github("", |_, _| {});
    sleep(MINUTE).await;
    let mut statuses = Vec::new();
    for _ in 0..20 {
        let bad = json!({"boathook": {"body": "{}", "signature": "sha256=00"}});
        let refused = create(&chain, "acme/game", bad);
        let path = format!("/repos/acme/game/deployments/{refused}/statuses");
        chain.github.break_at(&path, Fault::Away);
        statuses.push(refused);
    }
    deploy(&chain, json!({}));
    sleep(Duration::from_secs(11)).await;
    assert_eq!(chain.in_environment(Environment::DEVELOPMENT).await.len(), 1);
    chain.github.mend();
    sleep(10 * MINUTE).await;
    let shown = chain.github.statuses(*statuses.last().unwrap());
    assert_eq!(shown, ["error: invalid signature"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_deployed_while_nobody_watched_a_repository_is_not_taken_later() {
    let chain = Chain::on_github("", |_, _| {});
    sleep(MINUTE).await;
    let named = "github: {repositories: [acme/game]}\n";
    chain.reload_with("development", |text| text.replace(named, ""));
    sleep(MINUTE).await;
    deploy(&chain, json!({"deployment_id": "missed"}));
    sleep(60 * MINUTE).await;
    chain.reload_with("development", |text| text + named);
    sleep(MINUTE).await;
    assert_eq!(count(&chain).await, 0);
    deploy(&chain, json!({"deployment_id": "wanted"}));
    let taken = chain.until_ended(Environment::DEVELOPMENT).await;
    assert_eq!(taken.deployment_id.as_str(), "wanted");
}

#[tokio::test(start_paused = true)]
async fn a_repository_that_does_not_answer_delays_no_other() {
    let chain = Chain::on_github("", |environment, text| {
        if environment == "development" {
            *text = text.replace("[acme/game]", "[acme/away, acme/game]");
        }
    });
    chain.github.break_at("/repos/acme/away", Fault::Away);
    sleep(10 * MINUTE).await;
    let begun = Instant::now();
    deploy(&chain, json!({}));
    while count(&chain).await == 0 && begun.elapsed() < MINUTE {
        sleep(Duration::from_millis(100)).await;
    }
    assert!(begun.elapsed() <= Duration::from_secs(11), "{:?}", begun.elapsed());
    chain.github.take_log();
    sleep(60 * MINUTE).await;
    let log = chain.github.take_log();
    let asked = log.iter().filter(|line| line.contains("acme/away")).count();
    assert!(
        asked <= 13,
        "a repository that is away is asked every five minutes, not {asked} times"
    );
}

#[tokio::test(start_paused = true)]
async fn three_idle_repositories_and_three_environments_cost_three_requests_in_an_hour() {
    let chain = Chain::on_github("", |environment, text| {
        let named = "github: {repositories: [acme/game]}\n";
        *text = text.replace(named, "");
        let all = "[acme/game, acme/shop, acme/blog]";
        text.push_str(&format!("github: {{repositories: {all}}}\n# {environment}\n"));
    });
    chain.github.repository("acme/shop");
    chain.github.repository("acme/blog");
    let left = chain.github.remaining();
    sleep(60 * MINUTE - Duration::from_secs(1)).await;
    let log = chain.github.take_log();
    let with = |status: &str| log.iter().filter(|line| line.ends_with(status)).count();
    let counted = format!("{} requests, {} of them conditional", log.len(), with("304"));
    expect!["1080 requests, 1077 of them conditional"].assert_eq(&counted);
    assert_eq!(left - chain.github.remaining(), 3);
}
