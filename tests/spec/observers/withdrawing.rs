//! What was rolled back is not proven any more: it is promoted nowhere, waiting promotions of it
//! end, and only an operator's word or a success where it failed makes it count again.

use std::time::Duration;

use boathook::journal::{OrderedRollback, Retention, WithdrawalError};
use boathook_core::{
    deployment::{Actor, Digest, Environment, KeyUse, Namespace, ServiceKey},
    proof::WithdrawalCause,
    record::{Event, Outcome, Status},
};
use boathook_sandbox::Behaviour;
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    rollout_harness::{Harness, request},
    samples::{self, QUEUE, service},
};
use expect_test::expect;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::promotion_harness::{Chain, REPOSITORY};

/// Production waits for an approval of what staging promotes.
fn production_waits(environment: &str, text: &mut String) {
    if environment == "staging" {
        *text = text.replace("when: automatic", "when: approval");
    }
}

/// Production gets nothing by itself.
fn nothing_is_promoted(environment: &str, text: &mut String) {
    if environment != "production" {
        *text = text.replace("promotion:", "promotion: null #");
    }
}

async fn deployed(chain: &Chain, environment: &str, tag: &str) {
    let fields = json!({"image": format!("{REPOSITORY}:{tag}"), "deployment_id": tag});
    assert_eq!(chain.send(environment, fields).await.status, 202);
}

/// An operator's rollback of the service in staging.
async fn rolled_back(chain: &Chain) -> OrderedRollback {
    let game =
        ServiceKey { namespace: Namespace::parse("game-staging").unwrap(), ..service("game") };
    let by = Actor::new("ada").noting("checkout fails");
    chain
        .parts
        .journal()
        .order_rollback(samples::rollback(Environment::STAGING, &game, None, by), QUEUE)
        .await
        .unwrap()
}

/// What staging runs by the record.
async fn digest(chain: &Chain) -> Digest {
    let staging = chain.until_ended(Environment::STAGING).await;
    staging.resolved_image.unwrap().digest().unwrap().clone()
}

fn approved() -> Event {
    Event::Deployment(boathook_core::record::DeploymentEvent::Approved { by: Actor::new("bob") })
}

#[tokio::test(start_paused = true)]
async fn what_an_operator_rolls_back_goes_no_further_until_someone_reinstates_it() {
    let chain = Chain::with(production_waits);
    deployed(&chain, "development", "1").await;
    chain.until_ended(Environment::STAGING).await;
    let first = chain.in_environment(Environment::PRODUCTION).await[0].id.clone();
    chain.parts.journal().append(&first, approved()).await.unwrap();
    chain.until_ended(Environment::PRODUCTION).await;
    deployed(&chain, "development", "2").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    chain.until_ended(Environment::DEVELOPMENT).await;
    let bad = digest(&chain).await;
    let waiting = chain.in_environment(Environment::PRODUCTION).await[0].clone();
    assert_eq!(waiting.status, Status::AwaitingApproval);

    let ordered = rolled_back(&chain).await;
    assert_eq!(ordered.withdrawn.as_ref(), Some(&bad));
    assert_eq!(ordered.serves_in, ["game-dev/game in development"]);
    let chain = chain.killed().await;
    chain.until_ended(Environment::STAGING).await;
    assert_eq!(
        ["game-dev", "game-staging", "game-prod"].map(|namespace| chain.serves(namespace)),
        ["v2", "v1", "v1"]
    );
    let ended = chain.history(&waiting.id).await;
    assert_eq!(ended.status.end(), Some(Outcome::Rejected));
    let why = ended.reason.unwrap();
    let cause = format!(
        ": an operator rolled game-staging/game in staging back from it; `boathook reinstate {bad} \
         --reason ...` lets it count again"
    );
    assert!(
        why.starts_with(&format!("{bad} was withdrawn 2026-")) && why.ends_with(&cause),
        "{why}"
    );

    let image = format!("{REPOSITORY}@{bad}");
    let refused = chain.send("production", json!({"image": image, "deployment_id": "3"})).await;
    assert_eq!(refused.refusal(), format!("403 production does not accept this deployment: {why}"));
    let by_tag = json!({"image": format!("{REPOSITORY}:2"), "deployment_id": "4"});
    assert_eq!(chain.send("production", by_tag).await.status, 202);
    let rejected = chain.until_ended(Environment::PRODUCTION).await;
    assert_eq!(
        (rejected.status.end(), rejected.reason),
        (Some(Outcome::Rejected), Some(format!("{why}; the service was not changed")))
    );

    let by = Actor::new("bob").noting("it was the database");
    chain.parts.journal().reinstate(bad.clone(), by).await.unwrap();
    let chain = chain.killed().await;
    assert_eq!(
        chain.send("production", json!({"image": image, "deployment_id": "5"})).await.status,
        202
    );
    chain.until_ended(Environment::PRODUCTION).await;
    assert_eq!(chain.serves("game-prod"), "v2");
}

#[tokio::test(start_paused = true)]
async fn operators_read_the_note_where_a_tag_turns_out_to_name_a_withdrawn_digest() {
    let chain = Chain::with(production_waits);
    deployed(&chain, "development", "1").await;
    chain.until_ended(Environment::STAGING).await;
    let bad = digest(&chain).await;
    let by = Actor::new("ada").noting("it drops carts");
    chain.parts.journal().withdraw(bad.clone(), by).await.unwrap();
    let by_tag = json!({"image": format!("{REPOSITORY}:1"), "deployment_id": "2"});
    assert_eq!(chain.send("production", by_tag).await.status, 202);
    let rejected = chain.until_ended(Environment::PRODUCTION).await;
    let why = rejected.reason.unwrap();
    let note = format!(
        ": it drops carts; `boathook reinstate {bad} --reason ...` lets it count again; the service was \
         not changed"
    );
    assert!(
        why.starts_with(&format!("{bad} was withdrawn 2026-")) && why.ends_with(&note),
        "{why}"
    );
}

#[tokio::test(start_paused = true)]
async fn whenever_boathook_dies_after_an_operators_rollback_the_digest_stays_withdrawn() {
    for records in [1, 2, 5, 12, 16, 18, 20] {
        let chain = Chain::with(production_waits);
        for tag in ["1", "2"] {
            deployed(&chain, "staging", tag).await;
            chain.until_ended(Environment::STAGING).await;
        }
        let bad = digest(&chain).await;
        let mut recorded = chain.parts.journal().subscribe();
        rolled_back(&chain).await;
        for _ in 0..records {
            let next = tokio::time::timeout(Duration::from_secs(60), recorded.recv());
            if next.await.is_err() {
                break;
            }
        }
        let chain = chain.killed().await;
        let staging = chain.until_ended(Environment::STAGING).await;
        assert_eq!(staging.status.end(), Some(Outcome::Succeeded), "{records}: {staging:#?}");
        assert_eq!(chain.serves("game-staging"), "v1", "{records}");
        assert!(chain.parts.journal().withdrawal(&bad).await.unwrap().is_some(), "{records}");
        assert_eq!(chain.parts.journal().holds().len(), 1, "{records}");
        let production = chain.in_environment(Environment::PRODUCTION).await;
        let ends = production.iter().map(|one| one.status.end()).collect::<Vec<_>>();
        assert_eq!(ends, [Some(Outcome::Rejected), Some(Outcome::Superseded)], "{records}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_fails_in_staging_is_withdrawn_and_counts_again_once_it_succeeds_there() {
    let chain = Chain::with(|environment, text| {
        nothing_is_promoted(environment, text);
        if environment == "staging" {
            text.push_str("health: {expect_body: v1}\n");
        }
    });
    for tag in ["1", "2"] {
        deployed(&chain, "staging", tag).await;
        chain.until_ended(Environment::STAGING).await;
    }
    let failed = chain.until_ended(Environment::STAGING).await;
    assert_eq!(failed.status.end(), Some(Outcome::RolledBack));
    let bad = failed.resolved_image.unwrap().digest().unwrap().clone();
    let journal = chain.parts.journal();
    let withdrawal = journal.withdrawal(&bad).await.unwrap().unwrap();
    let WithdrawalCause::Failed { deployment, environment, .. } = &withdrawal.cause else {
        panic!("{withdrawal:?}")
    };
    assert_eq!((deployment, *environment), (&failed.id, Environment::STAGING));
    let why = withdrawal.to_string();
    assert!(why.contains(" in staging was rolled back: ") && why.contains("v1"), "{why}");

    deployed(&chain, "development", "2").await;
    chain.until_ended(Environment::DEVELOPMENT).await;
    assert!(journal.withdrawal(&bad).await.unwrap().is_some(), "that is another place");
    let mended =
        chain.with_file("staging", |text| text.replace("expect_body: v1", "expect_body: v")).await;
    let again = json!({"image": format!("{REPOSITORY}:2"), "deployment_id": "again"});
    assert_eq!(mended.send("staging", again).await.status, 202);
    mended.until_ended(Environment::STAGING).await;
    assert_eq!(mended.serves("game-staging"), "v2");
    assert_eq!(mended.parts.journal().withdrawal(&bad).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_serves_already_is_not_withdrawn_where_only_its_manifest_fails() {
    let chain = Chain::with(nothing_is_promoted);
    deployed(&chain, "staging", "1").await;
    chain.until_ended(Environment::STAGING).await;
    let chain =
        chain.with_file("staging", |text| format!("{text}health: {{expect_body: v2}}\n")).await;
    let again = json!({"image": format!("{REPOSITORY}:1"), "deployment_id": "again"});
    assert_eq!(chain.send("staging", again).await.status, 202);
    let failed = chain.until_ended(Environment::STAGING).await;
    assert_eq!(failed.status.end(), Some(Outcome::RolledBack), "{failed:#?}");
    assert_eq!(chain.parts.journal().withdrawals(9).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_serves_in_another_environment_is_not_withdrawn_where_it_fails() {
    let chain = Chain::with(|environment, text| {
        nothing_is_promoted(environment, text);
        if environment == "staging" {
            text.push_str("health: {expect_body: v1}\n");
        }
    });
    for (environment, tag) in [("development", "2"), ("staging", "1"), ("staging", "2")] {
        deployed(&chain, environment, tag).await;
        chain.until_ended(environment.parse().unwrap()).await;
    }
    let failed = chain.until_ended(Environment::STAGING).await;
    assert_eq!(failed.status.end(), Some(Outcome::RolledBack), "{failed:#?}");
    assert_eq!(chain.serves("game-dev"), "v2");
    assert_eq!(chain.parts.journal().withdrawals(9).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn an_ordered_rollback_that_fails_does_not_withdraw_what_it_returned_to() {
    let chain = Chain::with(nothing_is_promoted);
    for tag in ["1", "2"] {
        deployed(&chain, "staging", tag).await;
        chain.until_ended(Environment::STAGING).await;
    }
    let bad = digest(&chain).await;
    let chain =
        chain.with_file("staging", |text| format!("{text}health: {{expect_body: v2}}\n")).await;
    rolled_back(&chain).await;
    let failed = chain.until_ended(Environment::STAGING).await;
    assert_eq!(failed.status.end(), Some(Outcome::RolledBack), "{failed:#?}");
    let withdrawn = chain.parts.journal().withdrawals(9).await.unwrap();
    assert_eq!(withdrawn.iter().map(|one| &one.digest).collect::<Vec<_>>(), [&bad]);
}

#[tokio::test(start_paused = true)]
async fn a_promotion_that_waits_to_be_sent_ends_when_its_digest_is_withdrawn_by_hand() {
    let chain = Chain::with(|environment, text| {
        if environment == "staging" {
            text.push_str("frozen: closing\n");
        }
    });
    deployed(&chain, "development", "1").await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let development = chain.in_environment(Environment::DEVELOPMENT).await[0].id.clone();
    let bad = chain.history(&development).await.resolved_image.unwrap().digest().unwrap().clone();
    let journal = chain.parts.journal();
    let by = Actor::new("ada").noting("CVE-2026-1");
    let withdrawn = journal.withdraw(bad.clone(), by.clone()).await.unwrap();
    assert_eq!(withdrawn.ended, std::slice::from_ref(&development));
    let result = chain.history(&development).await.promotions[0].to_string();
    let why = format!("not promoted to staging: {}", withdrawn.withdrawal.refusal());
    assert_eq!(result, why);
    assert!(why.contains(": CVE-2026-1; `boathook reinstate"), "{why}");
    assert!(matches!(
        journal.withdraw(bad.clone(), by.clone()).await,
        Err(WithdrawalError::Already(_))
    ));
    journal.reinstate(bad.clone(), by.clone()).await.unwrap();
    assert!(matches!(journal.reinstate(bad, by).await, Err(WithdrawalError::NotWithdrawn(_))));
}

#[tokio::test(start_paused = true)]
async fn a_digest_stays_withdrawn_when_the_deployments_that_led_to_it_are_pruned() {
    let chain = Chain::with(nothing_is_promoted);
    for tag in ["1", "2"] {
        deployed(&chain, "staging", tag).await;
        chain.until_ended(Environment::STAGING).await;
    }
    let bad = digest(&chain).await;
    rolled_back(&chain).await;
    chain.until_ended(Environment::STAGING).await;
    tokio::time::sleep(Duration::from_secs(3 * 24 * 3600)).await;
    let keep = Retention { keep_days: 1, keep_count: 1, window: Duration::from_secs(300) };
    assert!(chain.parts.journal().prune(keep, u64::MAX).await.unwrap() > 0);
    let chain = chain.killed().await;
    let image = json!({"image": format!("{REPOSITORY}@{bad}"), "deployment_id": "9"});
    let refused = chain.send("production", image).await.refusal();
    assert!(refused.contains("an operator rolled game-staging/game in staging back"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_passes_over_what_was_withdrawn_and_refuses_to_bring_it_back() {
    let chain = Chain::with(nothing_is_promoted);
    let mut ids = Vec::new();
    for tag in ["1", "2"] {
        deployed(&chain, "staging", tag).await;
        ids.push(chain.until_ended(Environment::STAGING).await.id);
    }
    let second = digest(&chain).await;
    chain.cluster.publish(REPOSITORY, "3", boathook_sandbox::Behaviour::good("v3"));
    deployed(&chain, "staging", "3").await;
    chain.until_ended(Environment::STAGING).await;
    let journal = chain.parts.journal();
    journal.withdraw(second.clone(), Actor::new("ada").noting("slow")).await.unwrap();
    let ordered = rolled_back(&chain).await;
    assert_eq!(ordered.to.deployment, ids[0]);
    chain.until_ended(Environment::STAGING).await;
    assert_eq!(chain.serves("game-staging"), "v1");

    let game =
        ServiceKey { namespace: Namespace::parse("game-staging").unwrap(), ..service("game") };
    let order = || {
        let to = Some(ids[1].clone());
        journal.order_rollback(
            samples::rollback(Environment::STAGING, &game, to, Actor::new("ada")),
            QUEUE,
        )
    };
    let refused = order().await.unwrap_err().to_string().replace(second.as_str(), "DIGEST");
    let at = refused.find(" UTC").unwrap();
    let refused = format!("{}TIME{}", &refused[..at - 19], &refused[at + 4..]);
    expect!["DIGEST was withdrawn TIME: slow; `boathook reinstate DIGEST --reason ...` lets it count again"]
        .assert_eq(&refused);
    journal.reinstate(second, Actor::new("ada").noting("fast enough")).await.unwrap();
    let undone = order().await.unwrap();
    assert_eq!(undone.withdrawn, None, "going forth again says nothing against what served");
}

#[tokio::test(start_paused = true)]
async fn a_promotion_by_a_tag_is_judged_by_the_digest_that_the_pull_shows() {
    let harness = Harness::new();
    harness.deploy("1").await.assert_end(Outcome::Succeeded);
    let digest = samples::image(&harness.digest_of("game-00001")).digest().unwrap().clone();
    let by = Actor::new("ada").noting("CVE-2026-1234");
    harness.journal.withdraw(digest.clone(), by).await.unwrap();
    for (tag, end) in [("1", Outcome::Rejected), ("2", Outcome::Succeeded)] {
        let mut promotion = samples::accepted_as_sent(request(tag, &format!("promotion-{tag}")));
        promotion.request.auto_promotion = true;
        promotion.key_use = KeyUse::Promotion;
        let id = samples::new(harness.journal.accept(promotion, QUEUE).await.unwrap()).id;
        harness.engine.run(&id, &CancellationToken::new()).await;
        let result = harness.result(&id).await;
        assert_eq!(result.end(), end, "{}", result.timeline());
        let way_out = format!("boathook reinstate {digest} --reason ...");
        assert_eq!(result.reason().contains(&way_out), end == Outcome::Rejected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_success_that_turns_bad_while_it_is_watched_is_withdrawn_and_its_waiting_promotion_ends()
{
    for kills in [false, true] {
        let mut chain = Chain::with(|environment, text| {
            production_waits(environment, text);
            if environment == "staging" {
                text.push_str("watch: 1h\n");
            }
        });
        let late = Behaviour::failing_after("late", Duration::from_secs(40 * 60), 100);
        chain.cluster.publish(REPOSITORY, "late", late);
        for tag in ["1", "late"] {
            deployed(&chain, "development", tag).await;
            chain.until_ended(Environment::DEVELOPMENT).await;
            chain.until_ended(Environment::STAGING).await;
        }
        let bad = digest(&chain).await;
        let waiting = chain.in_environment(Environment::PRODUCTION).await[0].clone();
        assert_eq!(waiting.status, Status::AwaitingApproval);
        let watched = chain.in_environment(Environment::STAGING).await[0].id.clone();
        if kills {
            tokio::time::sleep(Duration::from_secs(20 * 60)).await;
            chain = chain.killed().await;
        }
        tokio::time::sleep(Duration::from_secs(40 * 60)).await;
        let rollback = chain.until_ended(Environment::STAGING).await;
        assert_eq!(rollback.origin.after_watch(), Some(&watched));
        assert_eq!(chain.serves("game-staging"), "v1");
        let watch = chain.history(&watched).await.watch.unwrap().to_string();
        let says = format!("bad, and {} was ordered to roll back: ", rollback.id);
        assert!(watch.starts_with(&says), "{watch}");
        assert!(chain.parts.journal().withdrawal(&bad).await.unwrap().is_some());
        let ended = chain.history(&waiting.id).await;
        assert_eq!(ended.status.end(), Some(Outcome::Rejected));
        assert!(ended.reason.unwrap().contains("was rolled back: "));
        // It serves in development still, and production takes only what staging proved.
        let places = chain.parts.journal().places_of(&bad).await.unwrap();
        assert_eq!(
            places.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["game-dev/game in development"]
        );
        let fields = json!({"image": format!("{REPOSITORY}@{bad}"), "deployment_id": "3"});
        let refused = chain.send("production", fields).await.refusal();
        assert!(refused.starts_with("403 ") && refused.contains("was withdrawn"), "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_turns_bad_while_the_next_environment_deploys_it_is_withdrawn_and_goes_on_there() {
    let chain = Chain::with(|environment, text| {
        production_waits(environment, text);
        if environment == "staging" {
            text.push_str("watch: 1h\n");
        }
    });
    for tag in ["1", "2"] {
        deployed(&chain, "staging", tag).await;
        chain.until_ended(Environment::STAGING).await;
    }
    let bad = digest(&chain).await;
    let watched = chain.in_environment(Environment::STAGING).await[0].id.clone();
    let promotion = chain.in_environment(Environment::PRODUCTION).await[0].id.clone();
    let journal = chain.parts.journal();
    journal.append(&promotion, approved()).await.unwrap();
    while chain.history(&promotion).await.status != Status::Deploying {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let reason = "it leaks".to_owned();
    let figures = boathook_core::health::Figures::default();
    journal.roll_back_watched(&watched, reason, figures).await.unwrap();
    let withdrawal = journal.withdrawal(&bad).await.unwrap().unwrap();
    assert!(withdrawal.to_string().contains("it leaks"), "{withdrawal}");
    let production = chain.until_ended(Environment::PRODUCTION).await;
    assert_eq!(production.status.end(), Some(Outcome::Succeeded));
    chain.until_ended(Environment::STAGING).await;
    assert_eq!(
        (chain.serves("game-staging"), chain.serves("game-prod")),
        ("v1".into(), "v2".into())
    );
    assert!(journal.withdrawal(&bad).await.unwrap().is_some());
}
