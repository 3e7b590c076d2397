//! `redeploy`: an operator wants the image that serves once more, with what the manifests say now.

use std::{future::pending, slice::from_ref, time::Duration};

use boathook::{
    journal::{AcceptError, RedeployError, RedeployOrder, RetryError, Summary},
    plan::Settings,
    scheduler::Scheduler,
};
use boathook_core::{
    deployment::{
        Actor, DeploymentId, Digest, Environment, Namespace, Promotion, ServiceName, Strategy,
    },
    record::{Acceptance, Approvers, DeploymentEvent, Origin, Outcome, Status},
};
use boathook_sandbox::Behaviour;
use boathook_testing::{
    rollout_harness::{
        Harness, REPOSITORY, RolloutResult, blue_green, manifest, request, settings,
    },
    samples::{self, QUEUE, image, limits, service},
    shipped::Shipped as _,
};
use futures_util::FutureExt;
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

async fn order(harness: &Harness) -> Result<Summary, RedeployError> {
    harness.journal.order_redeploy(worked_out(harness).await?, QUEUE).await
}

/// The order for what serves now.
async fn worked_out(harness: &Harness) -> Result<RedeployOrder, RedeployError> {
    let redeployable = harness.journal.to_redeploy(Environment::STAGING, &service("game")).await?;
    Ok(RedeployOrder {
        request: redeployable.request,
        of: redeployable.serves.deployment,
        by: Actor::new("ada").noting("new greeting"),
        approval: None,
        opens_at: None,
    })
}

async fn run(harness: &Harness, id: &DeploymentId) -> RolloutResult {
    harness.engine.run(id, &CancellationToken::new()).await;
    harness.result(id).await
}

async fn redeploy(harness: &Harness) -> RolloutResult {
    let id = order(harness).await.unwrap().id;
    run(harness, &id).await
}

async fn deployed(harness: &Harness, tag: &str) -> DeploymentId {
    let result = harness.deploy_request(request(tag, tag)).await;
    result.assert_end(Outcome::Succeeded);
    result.records[0].deployment.clone()
}

async fn roll_back(harness: &Harness) {
    let back = samples::rollback(Environment::STAGING, &service("game"), None, Actor::new("ada"));
    let id = harness.journal.order_rollback(back, QUEUE).await.unwrap().deployment.id;
    run(harness, &id).await.assert_end(Outcome::Succeeded);
}

fn container(harness: &Harness) -> serde_json::Value {
    harness.service()["spec"]["template"]["spec"]["containers"][0].clone()
}

fn digest(harness: &Harness, revision: &str) -> Digest {
    image(&harness.digest_of(revision)).digest().unwrap().clone()
}

fn notes(result: &RolloutResult) -> Vec<String> {
    let plan = result.records.iter().find_map(|record| record.event.plan()).unwrap();
    plan.notes.iter().map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn a_redeploy_brings_what_the_manifests_say_now_with_the_digest_that_serves() {
    let harness = Harness::new();
    let first = deployed(&harness, "1").await;
    let serves = harness.digest_of("game-00001");
    harness.cluster.publish(REPOSITORY, "1", Behaviour::good("moved"));
    harness.manifest("10-game.yaml", &manifest("hello"));
    let result = redeploy(&harness).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    let container = container(&harness);
    assert_eq!(
        (container["image"].as_str().unwrap(), container["env"][0]["value"].as_str().unwrap()),
        (serves.as_str(), "hello")
    );
    let acceptance = result.records[0].event.acceptance().unwrap();
    let by = Actor::new("ada").noting("new greeting");
    assert_eq!(acceptance.origin, Origin::Redeploy { of: first, by });
    assert_eq!(acceptance.request.triggered_by, None);
    assert!(notes(&result).iter().all(|note| !note.contains("the manifest of")));
}

#[tokio::test(start_paused = true)]
async fn a_redeploy_is_a_rollout_like_that_of_any_request() {
    let harness = Harness::new();
    deployed(&harness, "1").await;
    let normal = harness.deploy("2").await;
    let result = redeploy(&harness).await;
    assert_eq!(result.steps(), normal.steps());
    assert_eq!(result.holds(), normal.holds());
}

#[tokio::test(start_paused = true)]
async fn without_a_changed_manifest_a_new_revision_reads_secrets_anew_and_the_plan_says_so() {
    let harness = Harness::new();
    let first = deployed(&harness, "1").await;
    let result = redeploy(&harness).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    assert_eq!(harness.revisions(), 2);
    let says = format!(
        "the manifest of game/game is as {first} deployed it: the new revision starts with the \
         same settings, and reads Secrets and ConfigMaps as they are now"
    );
    assert!(notes(&result).contains(&says), "{:?}", notes(&result));
}

#[tokio::test(start_paused = true)]
async fn the_strategy_is_kept_and_nothing_is_promoted() {
    let next = Promotion {
        to: Environment::PRODUCTION,
        namespace: Namespace::parse("game").unwrap(),
        service_name: ServiceName::parse("game").unwrap(),
        approval: false,
    };
    let harness = Harness::with(Settings { promotion: vec![next], ..settings() });
    deployed(&harness, "1").await;
    harness.deploy_request(blue_green("2", "blue")).await.assert_end(Outcome::Succeeded);
    let result = redeploy(&harness).await;
    result.assert_end(Outcome::Succeeded);
    let request = &result.records[0].event.acceptance().unwrap().request;
    assert_eq!(request.strategy, Strategy::BlueGreen);
    let deployment = harness.journal.deployment(&result.records[0].deployment).await.unwrap();
    assert_eq!(deployment.unwrap().promotions, []);
}

#[tokio::test(start_paused = true)]
async fn after_a_rollback_the_older_digest_is_redeployed_and_the_service_stays_held() {
    let harness = Harness::new();
    deployed(&harness, "1").await;
    deployed(&harness, "2").await;
    roll_back(&harness).await;
    harness.manifest("10-game.yaml", &manifest("hello"));
    let result = redeploy(&harness).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    assert_eq!(container(&harness)["env"][0]["value"], "hello");
    assert_eq!(harness.journal.holds().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_withdrawn_digest_is_not_redeployed_whether_it_waits_or_not() {
    let harness = Harness::new();
    deployed(&harness, "1").await;
    let serves = digest(&harness, "game-00001");
    let waits = order(&harness).await.unwrap();
    let by = || Actor::new("bob").noting("CVE-2026-1234");
    let withdrawn = harness.journal.withdraw(serves.clone(), by()).await.unwrap();
    assert_eq!(withdrawn.ended, [waits.id]);
    let refused = order(&harness).await.unwrap_err();
    assert!(matches!(refused, RedeployError::Accept(AcceptError::Withdrawn { .. })));
    let way_out = format!("boathook reinstate {serves} --reason ...");
    assert!(refused.to_string().contains(&way_out), "{refused}");
    harness.journal.reinstate(serves, by()).await.unwrap();
    redeploy(&harness).await.assert_end(Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_redeploy_whose_image_no_longer_serves_when_its_turn_comes_changes_nothing() {
    let harness = Harness::new();
    deployed(&harness, "1").await;
    let newer = harness.accept(request("2", "2")).await;
    let redeployable =
        harness.journal.to_redeploy(Environment::STAGING, &service("game")).await.unwrap();
    assert_eq!(redeployable.before, from_ref(&newer));
    let ordered = order(&harness).await.unwrap();
    run(&harness, &newer).await.assert_end(Outcome::Succeeded);
    let result = run(&harness, &ordered.id).await;
    harness.assert_ended(&result, Outcome::Rejected, "v2 100");
    let why = format!(
        "while the redeploy waited, {newer} brought {}, which serves game/game in staging now; to \
         redeploy that: boathook redeploy game --environment staging",
        harness.digest_of("game-00002")
    );
    assert_eq!(result.reason(), why);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_redeployed_says_why() {
    let harness = Harness::new();
    assert_eq!(
        order(&harness).await.unwrap_err().to_string(),
        "no deployment of game/game to staging has succeeded yet, so nothing is known to redeploy; \
         send a request for an image instead"
    );
    deployed(&harness, "1").await;
    std::fs::remove_file(harness.directory().join("10-game.yaml")).unwrap();
    let result = redeploy(&harness).await;
    harness.assert_ended(&result, Outcome::Failed, "v1 100");
    assert_eq!(
        result.reason(),
        "manifests/staging holds no Knative service `game/game`; it holds none; the service was not \
         changed"
    );
    let again =
        harness.journal.retry(&result.records[0].deployment, Actor::new("ada"), None, QUEUE);
    assert!(matches!(again.await, Err(RetryError::Redeploy)));
}

/// The scheduler, with workers that never return, for a second.
async fn scheduled(harness: &Harness) {
    let stop = CancellationToken::new();
    let worker = |_| pending::<()>().boxed();
    let clock = harness.engine.clock.clone();
    let scheduler =
        Scheduler::run(harness.journal.clone(), clock, worker, limits(9, true), stop.clone());
    let _ = timeout(Duration::from_secs(1), scheduler).await;
}

async fn status(harness: &Harness, id: &DeploymentId) -> Status {
    harness.journal.deployment(id).await.unwrap().unwrap().state.status()
}

#[tokio::test(start_paused = true)]
async fn a_build_that_awaits_its_approval_is_not_lost_for_a_newer_redeploy() {
    let harness = Harness::new();
    deployed(&harness, "1").await;
    let until = harness.engine.clock.now() + Duration::from_secs(3600);
    let awaiting =
        Acceptance { approve_until: Some(until), ..samples::accepted_as_sent(request("2", "2")) };
    let build = samples::new(harness.journal.accept(awaiting, QUEUE).await.unwrap()).id;
    let approval = Some((until, Approvers::default()));
    let order = RedeployOrder { approval, ..worked_out(&harness).await.unwrap() };
    let redeploy = harness.journal.order_redeploy(order, QUEUE).await.unwrap().id;
    scheduled(&harness).await;
    assert_eq!(status(&harness, &build).await, Status::AwaitingApproval);
    assert_eq!(status(&harness, &redeploy).await, Status::AwaitingApproval);

    harness.accept(request("2", "3")).await;
    scheduled(&harness).await;
    for older in [build, redeploy] {
        assert_eq!(status(&harness, &older).await, Status::Ended(Outcome::Superseded));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_approved_after_a_redeploy_serves_and_everything_goes_on_from_there() {
    let harness = Harness::new();
    deployed(&harness, "1").await;
    let until = harness.engine.clock.now() + Duration::from_secs(3600);
    let awaiting =
        Acceptance { approve_until: Some(until), ..samples::accepted_as_sent(request("2", "2")) };
    let build = samples::new(harness.journal.accept(awaiting, QUEUE).await.unwrap()).id;
    let result = redeploy(&harness).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    let redeployed = result.records[0].deployment.clone();
    let yes = DeploymentEvent::Approved { by: Actor::new("ada") };
    harness.journal.append(&build, yes).await.unwrap();
    run(&harness, &build).await.assert_end(Outcome::Succeeded);

    let game = service("game");
    let serves = harness.journal.to_redeploy(Environment::STAGING, &game).await.unwrap().serves;
    assert_eq!(serves.deployment, build);
    let services = harness.journal.services(10).await.unwrap();
    assert_eq!(services[0].served.as_ref().unwrap().success.deployment, build);
    let second = digest(&harness, serves.revision.as_str());
    let back = samples::rollback(Environment::STAGING, &game, None, Actor::new("ada"));
    let back = harness.journal.order_rollback(back, QUEUE).await.unwrap();
    assert_eq!((back.to.deployment, back.withdrawn), (redeployed, Some(second)));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_is_undone_after_a_redeploy_without_withdrawing_what_served() {
    let harness = Harness::new();
    deployed(&harness, "1").await;
    let newer = deployed(&harness, "2").await;
    roll_back(&harness).await;
    redeploy(&harness).await.assert_end(Outcome::Succeeded);
    let by = Actor::new("ada").noting("it was the database");
    harness.journal.reinstate(digest(&harness, "game-00002"), by).await.unwrap();
    let forth =
        samples::rollback(Environment::STAGING, &service("game"), Some(newer), Actor::new("ada"));
    let ordered = harness.journal.order_rollback(forth, QUEUE).await.unwrap();
    assert_eq!(ordered.withdrawn, None);
    run(&harness, &ordered.deployment.id).await.assert_end(Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn what_someone_else_deployed_is_not_replaced_by_a_redeploy() {
    let harness = Harness::new();
    deployed(&harness, "1").await;
    let mut template = harness.service()["spec"]["template"].clone();
    template["spec"]["containers"][0]["image"] = format!("{REPOSITORY}:2").into();
    let hotfix = json!({"spec": {
        "template": template,
        "traffic": [{"latestRevision": true, "percent": 100}],
    }});
    harness.cluster.edit_as("anna", "game", "game", hotfix).unwrap();
    harness.settle().await;
    assert_eq!(harness.serves(), "v2 100");
    let result = redeploy(&harness).await;
    harness.assert_ended(&result, Outcome::Rejected, "v2 100");
    let why = format!(
        "game-00002 serves game/game in staging with {}, which boathook did not deploy, and the \
         redeploy would replace it with {}; send a request for the image that is to serve",
        digest(&harness, "game-00002"),
        harness.digest_of("game-00001")
    );
    assert_eq!(result.reason(), why);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_serve_any_more_once_the_redeploy_is_accepted_is_not_deployed_again() {
    let harness = Harness::new();
    deployed(&harness, "1").await;
    let of_the_first = worked_out(&harness).await.unwrap();
    deployed(&harness, "2").await;
    let before = harness.journal.last_sequence();
    let refused = harness.journal.order_redeploy(of_the_first, QUEUE).await.unwrap_err();
    assert!(matches!(refused, RedeployError::Changed(..)), "{refused}");
    assert_eq!(harness.journal.last_sequence(), before, "something was recorded");
    order(&harness).await.unwrap();
}
