//! `rollback`: an operator wants back what served before, and gets that very revision, or its image
//! and template from the record.

use std::time::Duration;

use boathook::journal::{DeploymentView, OrderedRollback, RollbackError};
use boathook_core::{
    deployment::{Actor, DeploymentId, Digest, Environment, Requester},
    record::{DeploymentEvent, Event, Outcome, StepEvent},
    rollout::Action,
};
use boathook_sandbox::Behaviour;
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    rollout_harness::{Harness, REPOSITORY, RolloutResult, manifest, request},
    samples::{self, QUEUE, image, service},
};
use expect_test::expect;
use tokio_util::sync::CancellationToken;

async fn order(
    harness: &Harness,
    to: Option<&DeploymentId>,
) -> Result<OrderedRollback, RollbackError> {
    harness
        .journal
        .order_rollback(
            samples::rollback(
                Environment::STAGING,
                &service("game"),
                to.cloned(),
                Actor::new("ada"),
            ),
            QUEUE,
        )
        .await
}

/// Orders a rollback and takes it to its end.
async fn roll_back(harness: &Harness, to: Option<&DeploymentId>) -> RolloutResult {
    let id = order(harness, to).await.unwrap().deployment.id;
    run_to_end(harness, &id).await
}

async fn run_to_end(harness: &Harness, id: &DeploymentId) -> RolloutResult {
    harness.engine.run(id, &CancellationToken::new()).await;
    harness.result(id).await
}

/// Deploys tags one after another; gives their ids.
async fn deployed(harness: &Harness, tags: &[&str]) -> Vec<DeploymentId> {
    let mut ids = Vec::new();
    for tag in tags {
        let id = format!("{tag}-{}", ids.len());
        let result = harness.deploy_request(request(tag, &id)).await;
        result.assert_end(Outcome::Succeeded);
        ids.push(result.records[0].deployment.clone());
    }
    ids
}

fn digest(harness: &Harness, revision: &str) -> Digest {
    image(&harness.digest_of(revision)).digest().unwrap().clone()
}

async fn reinstate(harness: &Harness, revision: &str) {
    let by = Actor::new("ada").noting("it was the database");
    harness.journal.reinstate(digest(harness, revision), by).await.unwrap();
}

fn three() -> Harness {
    let harness = Harness::new();
    harness.cluster.publish(REPOSITORY, "3", Behaviour::good("v3"));
    harness
}

/// Makes the cluster forget a revision, as Knative does with old ones.
fn collect(harness: &Harness, revision: &str) {
    let admin = boathook_sandbox::Caller::admin();
    harness
        .cluster
        .delete(&admin, boathook_sandbox::Kind::Revision, Some("game"), revision)
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_rollback_brings_the_revision_before_back_in_one_patch_and_makes_no_new_one() {
    let harness = Harness::new();
    deployed(&harness, &["1", "2"]).await;
    let result = roll_back(&harness, None).await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        game-00001 100
        game-00001 100, game-00002 0 (boathook)
        game-00001 0, game-00002 100 (boathook)
        game-00002 100
        game-00001 100, game-00002 0
        game-00001 100"#]]
    .assert_eq(&harness.cluster.traffic_history("game", "game").join("\n"));
    assert_eq!(result.steps(), ["adopt_revision", "verify", "pin_traffic"]);
    assert_eq!((harness.serves().as_str(), harness.revisions()), ("v1 100", 2));
    assert!(result.took() < Duration::from_secs(30), "{}", result.timeline());
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn the_whole_template_comes_back_and_its_environment_too() {
    let harness = Harness::new();
    deployed(&harness, &["1"]).await;
    harness.manifest("10-game.yaml", &manifest("hello"));
    deployed(&harness, &["2"]).await;
    let greeting = |harness: &Harness| {
        harness.service()["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"].clone()
    };
    assert_eq!(greeting(&harness), "hello");
    let result = roll_back(&harness, None).await;
    assert_eq!(greeting(&harness), "hi");
    let view = DeploymentView::of(&result.records).unwrap().unwrap();
    assert!(view.notes.iter().all(|note| !note.contains("same image")), "{:?}", view.notes);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_to_the_same_image_says_that_only_the_manifest_may_differ() {
    let harness = Harness::new();
    deployed(&harness, &["1"]).await;
    harness.manifest("10-game.yaml", &manifest("hello"));
    harness.deploy_request(request("1", "again")).await.assert_end(Outcome::Succeeded);
    let result = roll_back(&harness, None).await;
    result.assert_end(Outcome::Succeeded);
    let view = DeploymentView::of(&result.records).unwrap().unwrap();
    let same = "game-00001 has the same image as game-00002, which serves now; only the manifest \
                may differ";
    assert!(view.notes.iter().any(|note| note == same), "{:?}", view.notes);
}

#[tokio::test(start_paused = true)]
async fn a_second_rollback_goes_further_back_and_not_forth_again() {
    let harness = three();
    deployed(&harness, &["1", "2", "3"]).await;
    let back = roll_back(&harness, None).await;
    assert_eq!(harness.serves(), "v2 100");
    roll_back(&harness, None).await;
    assert_eq!(harness.serves(), "v1 100");
    let refused = order(&harness, None).await.unwrap_err().to_string();
    let undo = format!(
        "nothing is known from before game-00001 of game/game in staging; to undo the rollback: \
         boathook reinstate {} --reason ..., then --to {}",
        digest(&harness, "game-00002"),
        back.records[0].deployment
    );
    assert_eq!(refused, undo);
    reinstate(&harness, "game-00002").await;
    let undone = roll_back(&harness, Some(&back.records[0].deployment)).await;
    harness.assert_ended(&undone, Outcome::Succeeded, "v2 100");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_is_named_is_gone_back_to_and_forth_again() {
    let harness = three();
    let ids = deployed(&harness, &["1", "2", "3"]).await;
    roll_back(&harness, Some(&ids[0])).await;
    assert_eq!(harness.serves(), "v1 100");
    reinstate(&harness, "game-00003").await;
    let result = roll_back(&harness, Some(&ids[2])).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v3 100");
    let again = roll_back(&harness, Some(&ids[2])).await;
    assert_eq!(
        (again.end(), again.reason()),
        (
            Outcome::Failed,
            "game-00003 serves already; there is nothing to roll back to; the service was not \
             changed"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_was_collected_is_deployed_anew_from_the_record() {
    let harness = Harness::new();
    deployed(&harness, &["1"]).await;
    let digest = harness.digest_of("game-00001");
    harness.cluster.publish(REPOSITORY, "1", Behaviour::good("moved"));
    harness.manifest("10-game.yaml", &manifest("hello"));
    deployed(&harness, &["2"]).await;
    collect(&harness, "game-00001");
    let result = roll_back(&harness, None).await;
    result.assert_end(Outcome::Succeeded);
    let service = harness.service();
    let container = &service["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(
        (container["image"].as_str().unwrap(), container["env"][0]["value"].as_str().unwrap()),
        (digest.as_str(), "hi")
    );
    assert_eq!(
        service["spec"]["template"]["metadata"]["labels"]["boathook.dev/deployment"],
        result.records[0].deployment.as_str()
    );
    assert_eq!(harness.serves(), "v1 100");
}

#[tokio::test(start_paused = true)]
async fn a_revision_of_the_same_name_in_a_service_made_again_is_not_taken_for_the_old_one() {
    let harness = Harness::new();
    let ids = deployed(&harness, &["1"]).await;
    harness.delete_service();
    harness.settle().await;
    let result = harness.deploy_request(request("2", "again")).await;
    assert_eq!(
        (result.end(), harness.revisions()),
        (Outcome::Succeeded, 1),
        "{}",
        result.timeline()
    );
    let result = roll_back(&harness, Some(&ids[0])).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_to_what_does_not_answer_any_more_gives_way_to_what_served() {
    let harness = Harness::new();
    deployed(&harness, &["1", "2"]).await;
    let lost = harness.digest_of("game-00001");
    harness.cluster.withdraw(&lost);
    harness.cluster.evict(&lost);
    harness.cluster.kill_pods("game", "game-00001");
    tokio::time::sleep(Duration::from_secs(600)).await;
    let result = roll_back(&harness, None).await;
    result.assert_end(Outcome::RolledBack);
    harness.assert_back_on("game-00002");
    assert_eq!((harness.serves().as_str(), harness.revisions()), ("v2 100", 2));
}

#[tokio::test(start_paused = true)]
async fn an_abort_in_any_step_of_a_rollback_leaves_what_served_serving() {
    for index in 0..3 {
        let harness = Harness::new();
        deployed(&harness, &["1", "2"]).await;
        let id = order(&harness, None).await.unwrap().deployment.id;
        let mut records = harness.journal.subscribe();
        let engine = harness.engine.clone();
        let driven = id.clone();
        let task =
            tokio::spawn(async move { engine.run(&driven, &CancellationToken::new()).await });
        for _ in 0..=index {
            while !matches!(
                records.recv().await.unwrap().event,
                Event::Step(StepEvent::StepStarted { .. })
            ) {}
        }
        harness
            .journal
            .append(
                &id,
                Event::Deployment(DeploymentEvent::Steered {
                    action: Action::Abort,
                    by: Requester::operator("ada"),
                }),
            )
            .await
            .unwrap();
        task.await.unwrap();
        let result = harness.result(&id).await;
        assert_eq!(result.end(), Outcome::Aborted, "step {index}:\n{}", result.timeline());
        assert_eq!(
            (harness.serves().as_str(), harness.revisions()),
            ("v2 100", 2),
            "step {index}:\n{}",
            result.timeline()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_is_left_off_in_any_step_goes_on_after_a_restart() {
    for index in 0..3 {
        let harness = Harness::new();
        deployed(&harness, &["1", "2"]).await;
        let id = order(&harness, None).await.unwrap().deployment.id;
        let mut records = harness.journal.subscribe();
        let engine = harness.engine.clone();
        let driven = id.clone();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move { engine.run(&driven, &stopped).await });
        for _ in 0..=index {
            while !matches!(
                records.recv().await.unwrap().event,
                Event::Step(StepEvent::StepStarted { .. })
            ) {}
        }
        stop.cancel();
        task.await.unwrap();
        let result = run_to_end(&harness, &id).await;
        assert_eq!(
            (result.end(), result.ends()),
            (Outcome::Succeeded, 1),
            "step {index}:\n{}",
            result.timeline()
        );
        assert_eq!(
            (harness.serves().as_str(), harness.revisions()),
            ("v1 100", 2),
            "step {index}:\n{}",
            result.timeline()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_succeeded_here_can_be_gone_back_to() {
    let harness = Harness::new();
    let nothing = order(&harness, None).await.unwrap_err().to_string();
    assert_eq!(
        nothing,
        "no deployment of game/game to staging has succeeded yet, so nothing is known to roll back \
         to"
    );
    deployed(&harness, &["1"]).await;
    assert_eq!(
        order(&harness, None).await.unwrap_err().to_string(),
        "nothing is known from before game-00001 of game/game in staging; name a deployment with \
         --to"
    );
    let failed = harness.deploy("crash").await.records[0].deployment.clone();
    let elsewhere = samples::accept(&harness.journal, "other", "1").await;
    for id in [failed, elsewhere, DeploymentId::from_lookup("nobody")] {
        let refused = order(&harness, Some(&id)).await.unwrap_err();
        assert!(matches!(refused, RollbackError::NotProven(_)), "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_says_what_it_changes_in_the_service() {
    let harness = Harness::new();
    deployed(&harness, &["1"]).await;
    harness.manifest("10-game.yaml", &manifest("hello"));
    deployed(&harness, &["2"]).await;
    let result = roll_back(&harness, None).await;
    let plan = result.records.iter().find_map(|record| record.event.plan()).unwrap();
    let diff = plan.changes[0].diff.as_deref().unwrap();
    assert!(
        diff.contains("-          value: hello\n") && diff.contains("+          value: hi\n"),
        "{diff}"
    );
}
