//! A newer request while a deployment of the same service is under way: it waits, or by config
//! takes its place.

use std::time::Duration;

use boathook::scheduler::Scheduler;
use boathook_core::{
    deployment::DeploymentId,
    record::{CommandEvent, DeploymentEvent, Event, Outcome},
    state::State,
};
use boathook_sandbox::Behaviour;
use boathook_testing::{
    rollout_harness::{Harness, REPOSITORY, blue_green, request},
    samples::limits,
};
use expect_test::expect;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// A harness in which the first image serves, the second is under way at 10 %, and a request for
/// the third comes.
async fn newer_comes(replaces: bool) -> (Harness, [DeploymentId; 2]) {
    let harness = Harness::new();
    harness.cluster.publish(REPOSITORY, "3", Behaviour::good("v3"));
    harness.deploy("1").await;
    schedule(&harness, replaces);
    let older = harness.accept(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    let newer = harness.accept(request("3", "r-1")).await;
    (harness, [older, newer])
}

/// Has whatever is accepted deployed from now on, as `serve` does.
fn schedule(harness: &Harness, replaces: bool) {
    let engine = harness.engine.clone();
    let worker = move |id: DeploymentId| -> BoxFuture<'static, ()> {
        let engine = engine.clone();
        async move { engine.run(&id, &CancellationToken::new()).await }.boxed()
    };
    tokio::spawn(Scheduler::run(
        harness.journal.clone(),
        harness.engine.clock.clone(),
        worker,
        limits(8, replaces),
        CancellationToken::new(),
    ));
}

async fn wait_for_end(harness: &Harness, id: &DeploymentId) {
    let until = Instant::now() + Duration::from_secs(3600);
    loop {
        let state = harness.journal.deployment(id).await.unwrap().unwrap().state;
        if matches!(state, State::Ended(_)) {
            return;
        }
        assert!(Instant::now() < until, "waited for the end, saw {}", state.name());
        sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_newer_request_waits_for_the_one_under_way() {
    let (harness, [older, newer]) = newer_comes(false).await;
    wait_for_end(&harness, &newer).await;
    let older = harness.result(&older).await;
    let newer = harness.result(&newer).await;
    assert_eq!(
        (older.end(), newer.end()),
        (Outcome::Succeeded, Outcome::Succeeded),
        "{}",
        newer.timeline()
    );
    assert_eq!(harness.serves(), "v3 100");
}

#[tokio::test(start_paused = true)]
async fn a_newer_request_takes_the_place_of_the_one_under_way_where_config_says_so() {
    let (harness, [older, newer]) = newer_comes(true).await;
    wait_for_end(&harness, &newer).await;
    let reason = format!("aborted by a newer request, {newer}");
    let older = harness.result(&older).await;
    let newer = harness.result(&newer).await;
    assert_eq!(
        (older.end(), older.reason()),
        (Outcome::Aborted, reason.as_str()),
        "{}",
        older.timeline()
    );
    assert!(older.took() < Duration::from_secs(60), "{}", older.timeline());
    newer.assert_end(Outcome::Succeeded);
    assert_eq!(harness.serves(), "v3 100");
}

#[tokio::test(start_paused = true)]
async fn two_requests_at_once_are_deployed_one_after_the_other_and_the_newer_serves() {
    let harness = Harness::new();
    harness.deploy("1").await;
    schedule(&harness, false);
    let mut records = harness.journal.subscribe();
    let older = harness.accept(blue_green("2", "b-1")).await;
    while !matches!(
        records.recv().await.unwrap().event,
        Event::Deployment(DeploymentEvent::Started)
    ) {}
    let newer = harness.accept(request("1", "r-1")).await;
    wait_for_end(&harness, &newer).await;
    let older = harness.result(&older).await;
    let newer = harness.result(&newer).await;
    assert_eq!(
        (older.end(), newer.end()),
        (Outcome::Succeeded, Outcome::Succeeded),
        "{}",
        newer.timeline()
    );
    assert!(
        older.records.last().unwrap().sequence < newer.records[1].sequence,
        "{}\n{}",
        older.timeline(),
        newer.timeline()
    );
    expect![[r#"
        game-00001 100
        game-00001 100, game-00002 0 (boathook)
        game-00001 90, game-00002 10 (boathook)
        game-00001 50, game-00002 50 (boathook)
        game-00001 0, game-00002 100 (boathook)
        game-00002 100
        game-00002 100, game-00003 0 (boathook)
        game-00002 0, game-00003 100 (boathook)
        game-00003 100"#]]
    .assert_eq(&harness.cluster.traffic_history("game", "game").join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_still_waits_gives_way_to_a_newer_one_and_nothing_is_run_for_it() {
    let (harness, [older, waiting]) = newer_comes(false).await;
    let newest = harness.accept(request("1", "r-2")).await;
    wait_for_end(&harness, &newest).await;
    let [older, waiting, newest] = [
        harness.result(&older).await,
        harness.result(&waiting).await,
        harness.result(&newest).await,
    ];
    assert_eq!(
        (older.end(), waiting.end(), newest.end()),
        (Outcome::Succeeded, Outcome::Superseded, Outcome::Succeeded),
        "{}",
        newest.timeline()
    );
    let reason =
        format!("a newer request, {}, took its place in the queue", newest.records[0].deployment);
    assert_eq!(
        (waiting.reason(), waiting.steps().len()),
        (reason.as_str(), 0),
        "{}",
        waiting.timeline()
    );
    assert!(
        !waiting.records.iter().any(|record| matches!(
            record.event,
            Event::Command(CommandEvent::CommandStarted { .. })
        )),
        "{}",
        waiting.timeline()
    );
    assert_eq!((harness.serves().as_str(), harness.revisions()), ("v1 100", 3));
}
