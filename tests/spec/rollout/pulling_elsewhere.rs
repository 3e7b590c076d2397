//! Where several boathooks share a record, the others pull the image too, each on its node: the pods may
//! start there.

use std::{sync::Arc, time::Duration};

use boathook::plan::{Pull, PullNodes, Settings};
use boathook_core::record::Outcome;
use boathook_testing::{
    fake_nodes::{FakeNodes, PullAnswer},
    rollout_harness::{Harness, REPOSITORY, RolloutResult, request, settings},
    samples::image,
};
use expect_test::expect;
use tokio::time::{Instant, sleep};

/// A harness whose deployments are pulled on these nodes too.
fn harness(nodes: &Arc<FakeNodes>) -> Harness {
    let pull = Pull { nodes: PullNodes::All, ..settings().pull };
    let mut harness = Harness::with(Settings { pull, ..settings() });
    harness.engine.others = Arc::clone(nodes) as _;
    harness
}

fn nodes(answers: impl IntoIterator<Item = (&'static str, PullAnswer)>) -> Arc<FakeNodes> {
    Arc::new(FakeNodes::answering(answers))
}

fn after(seconds: u64, result: Result<(), &'static str>) -> PullAnswer {
    Some((Duration::from_secs(seconds), result))
}

fn notes(result: &RolloutResult) -> String {
    result.outcome.findings.notes.join("\n")
}

#[tokio::test(start_paused = true)]
async fn every_other_node_pulls_the_digest_and_the_record_says_how_that_went() {
    let nodes = nodes([
        ("b", after(3, Ok(()))),
        ("c", after(40, Err("crictl says: no space left on device"))),
    ]);
    let harness = harness(&nodes);
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(result.steps()[..2], ["pull_image", "pull_elsewhere"]);
    assert_eq!(nodes.images(), [harness.digest_of("game-00001")]);
    expect![[r#"
        node b has pulled the image, within 3s
        node c could not pull the image; a pod that starts there pulls again: crictl says: no space left on device"#]]
    .assert_eq(&notes(&result));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_never_answers_is_waited_for_as_long_as_a_pull_may_take_and_no_longer() {
    let nodes = nodes([("b", None), ("c", after(1, Ok(())))]);
    let harness = harness(&nodes);
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        node c has pulled the image, within 1s
        node b did not say within 2m whether it could pull the image"#]]
    .assert_eq(&notes(&result));
}

/// The one that led before, for example, whose server is gone.
#[tokio::test(start_paused = true)]
async fn a_node_that_goes_away_meanwhile_is_not_waited_for() {
    let answers = [("b", None), ("c", after(1, Ok(())))];
    let nodes = Arc::new(FakeNodes::answering(answers).with_one_away("b"));
    let harness = harness(&nodes);
    let begun = Instant::now();
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    assert!(begun.elapsed() < settings().timeouts.pull, "{:?}", begun.elapsed());
    expect![[r#"
        node c has pulled the image, within 1s
        node b is away, and has not pulled the image; a pod that starts there pulls it"#]]
    .assert_eq(&notes(&result));
}

#[tokio::test(start_paused = true)]
async fn nodes_that_cannot_be_asked_end_nothing() {
    let harness = harness(&Arc::new(FakeNodes::refusing("the database is away")));
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    expect!["the other nodes could not be asked to pull the image: the database is away"]
        .assert_eq(&notes(&result));
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_each_node_is_asked_once_and_waited_for_again() {
    let nodes = nodes([("b", after(60, Ok(())))]);
    let harness = harness(&nodes);
    let deploying = harness.start(request("1", "1-1")).await;
    sleep(Duration::from_secs(20)).await;
    let result = deploying.restart().await.end().await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(nodes.images().len(), 1);
    expect!["node b has pulled the image, within 1m"].assert_eq(&notes(&result));
}

#[tokio::test(start_paused = true)]
async fn a_node_pulls_for_another_only_what_is_being_deployed_and_its_own_settings_allow() {
    let nodes = nodes([("b", after(60, Ok(())))]);
    let harness = harness(&nodes);
    let engine = harness.engine.clone();
    let deploying = harness.start(request("1", "1-1")).await;
    let pull = async |image| engine.pull_for_another(&deploying.id, &image).await;
    let pulled = pull(image(&format!("{REPOSITORY}:1"))).await;
    assert!(pulled.succeeded, "{pulled:?}");
    let refused = pull(image("registry.example/other:1")).await;
    expect!["the deployment is of registry.example/game:1, not of this image"]
        .assert_eq(&refused.words);
    let failed = pull(image(&format!("{REPOSITORY}:absent"))).await;
    assert!(failed.words.contains("not found"), "{}", failed.words);
    let id = deploying.id.clone();
    deploying.end().await.assert_end(Outcome::Succeeded);
    let late = engine.pull_for_another(&id, &image(&format!("{REPOSITORY}:1"))).await;
    expect!["no such deployment is under way"].assert_eq(&late.words);
}
