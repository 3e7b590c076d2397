//! What an operator asks of a deployment under way, on a paused clock: pause, resume, promote and
//! abort.

use std::time::Duration;

use boathook::journal::{AppendError, DeploymentView, Filter};
use boathook_core::{
    deployment::Requester,
    record::{CommandEvent, DeploymentEvent, Event, Outcome, StepEvent},
    rollout::{Action, Observation},
};
use boathook_sandbox::{Behaviour, Fault, Times};
use boathook_testing::rollout_harness::{
    Deploying, Harness, REPOSITORY, RolloutResult, blue_green, brief, request,
};
use expect_test::expect;
use tokio::time::{sleep, timeout};

async fn ask(
    harness: &Harness,
    deploying: &Deploying<'_>,
    action: Action,
) -> Result<(), AppendError> {
    harness
        .journal
        .append(
            &deploying.id,
            Event::Deployment(DeploymentEvent::Steered { action, by: Requester::operator("ada") }),
        )
        .await
        .map(drop)
}

/// A blue-green rollout of the second image that has come to the `index`th step, counted from 0.
async fn rollout_at_step(harness: &Harness, index: usize) -> Deploying<'_> {
    let mut records = harness.journal.subscribe();
    let deploying = harness.start(blue_green("2", "b-1")).await;
    let mut begun = 0;
    while begun <= index {
        let record = timeout(Duration::from_secs(3600), records.recv())
            .await
            .unwrap_or_else(|_| panic!("step {index} never began"));
        begun += usize::from(matches!(
            record.unwrap().event,
            Event::Step(StepEvent::StepStarted { .. })
        ));
    }
    deploying
}

#[tokio::test(start_paused = true)]
async fn a_paused_hold_stays_until_it_is_resumed() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    ask(&harness, &deploying, Action::Pause).await.unwrap();
    sleep(Duration::from_secs(1000)).await;
    assert_eq!(harness.serves(), "v1 90, v2 10");
    ask(&harness, &deploying, Action::Resume).await.unwrap();
    let result = deploying.end().await;
    result.assert_end(Outcome::Succeeded);
    let [first, rest @ ..] = &result.holds()[..] else { panic!("no holds: {}", result.timeline()) };
    assert!((995..1010).contains(first), "held for {first} s");
    assert_eq!(rest, [120, 60]);
}

#[tokio::test(start_paused = true)]
async fn a_hold_shows_its_figures_so_far_and_who_paused_it_and_ten_minutes_of_it_are_few_records() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    ask(&harness, &deploying, Action::Pause).await.unwrap();
    sleep(Duration::from_secs(60)).await;
    let records = harness.journal.records(&deploying.id, 0).await.unwrap();
    let view = DeploymentView::of(&records).unwrap().unwrap();
    let health = view.health.clone().expect("figures while the hold goes on");
    assert!(health.samples > 0, "{health:?}");
    let paused = view.facts().into_iter().find(|fact| fact.name == "paused").unwrap().value;
    assert!(paused.to_string().starts_with("by ada, "), "{paused}");
    sleep(Duration::from_secs(600)).await;
    let records = harness.journal.records(&deploying.id, 0).await.unwrap();
    let reports = records.iter().filter(|record| {
        let findings = if let Event::Step(event) = &record.event { event.findings() } else { None };
        findings.is_some_and(|all| matches!(all, [Observation::HealthSoFar { .. }]))
    });
    let count = reports.count();
    assert!((10..80).contains(&count), "{count} reports");
    ask(&harness, &deploying, Action::Resume).await.unwrap();
    deploying.end().await.assert_end(Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_in_a_long_pause_is_made_again() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    ask(&harness, &deploying, Action::Pause).await.unwrap();
    sleep(Duration::from_secs(900)).await;
    for place in ["kubectl get ksvc", "kubectl get pods"] {
        harness.cluster.fail(place, Times::Next(1), Fault::Unreachable);
        sleep(Duration::from_secs(100)).await;
    }
    ask(&harness, &deploying, Action::Resume).await.unwrap();
    let result = deploying.end().await;
    assert_eq!(result.end(), Outcome::Succeeded, "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn a_pause_outlives_a_restart() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    ask(&harness, &deploying, Action::Pause).await.unwrap();
    let deploying = deploying.restart().await;
    sleep(Duration::from_secs(1000)).await;
    assert_eq!(harness.serves(), "v1 90, v2 10");
    ask(&harness, &deploying, Action::Resume).await.unwrap();
    assert_eq!(deploying.end().await.end(), Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_turns_bad_in_a_pause_is_gone_from_users_at_once() {
    let harness = Harness::new();
    harness.cluster.publish(
        REPOSITORY,
        "leaky",
        Behaviour::crash_after("v7", Duration::from_secs(400), 137),
    );
    harness.deploy("1").await;
    let deploying = harness.start(blue_green("leaky", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    ask(&harness, &deploying, Action::Pause).await.unwrap();
    let result = deploying.end().await;
    result.assert_end(Outcome::RolledBack);
    assert!(result.took() < Duration::from_secs(450), "{}", result.timeline());
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn a_promotion_skips_the_rest_of_one_hold() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    sleep(Duration::from_secs(30)).await;
    ask(&harness, &deploying, Action::Promote).await.unwrap();
    let result = deploying.end().await;
    result.assert_end(Outcome::Succeeded);
    let [first, rest @ ..] = &result.holds()[..] else { panic!("no holds: {}", result.timeline()) };
    assert!((28..32).contains(first), "held for {first} s");
    assert_eq!(rest, [120, 60]);
}

#[tokio::test(start_paused = true)]
async fn a_promotion_before_the_first_hold_skips_that_hold_alone() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let deploying = rollout_at_step(&harness, 0).await;
    ask(&harness, &deploying, Action::Promote).await.unwrap();
    let result = deploying.end().await;
    assert_eq!(
        (result.end(), result.holds()),
        (Outcome::Succeeded, vec![0, 120, 60]),
        "{}",
        result.timeline()
    );
}

#[tokio::test(start_paused = true)]
async fn a_full_promotion_goes_straight_to_all_requests_and_still_checks_the_service() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    ask(&harness, &deploying, Action::PromoteFully).await.unwrap();
    let result = deploying.end().await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        game-00001 100
        game-00001 100, game-00002 0 (boathook)
        game-00001 90, game-00002 10 (boathook)
        game-00001 0, game-00002 100 (boathook)
        game-00002 100"#]]
    .assert_eq(&harness.cluster.traffic_history("game", "game").join("\n"));
    assert!(result.steps().contains(&"verify"), "{}", result.timeline());
    assert!(result.took() < Duration::from_secs(120), "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn an_abort_in_any_step_ends_aborted_with_all_requests_on_stable() {
    let steps = {
        let harness = Harness::with(brief());
        harness.deploy("1").await;
        harness.deploy_request(blue_green("2", "b-1")).await.steps().len()
    };
    assert!(steps > 10, "only {steps} steps");
    for index in 0..steps {
        let harness = Harness::with(brief());
        harness.deploy("1").await;
        let before = harness.service();
        let deploying = rollout_at_step(&harness, index).await;
        ask(&harness, &deploying, Action::Abort).await.unwrap();
        let result = deploying.end().await;
        harness.settle().await;
        assert_eq!(
            (result.end(), result.ends()),
            (Outcome::Aborted, 1),
            "step {index}:\n{}",
            result.timeline()
        );
        assert!(result.reason().starts_with("aborted by ada"), "step {index}: {}", result.reason());
        assert_eq!(harness.serves(), "v1 100", "step {index}:\n{}", result.timeline());
        if harness.service()["metadata"]["generation"] == before["metadata"]["generation"] {
            assert!(result.patches().is_empty(), "step {index}:\n{}", result.timeline());
        } else {
            harness.assert_back_on("game-00001");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_abort_while_the_cluster_is_looked_at_does_not_wait_for_the_look() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.cluster.fail("kubectl get", Times::UntilHealed, Fault::Hang);
    let deploying = harness.start(request("2", "a-2")).await;
    sleep(Duration::from_secs(2)).await;
    ask(&harness, &deploying, Action::Abort).await.unwrap();
    let result = deploying.end().await;
    assert_eq!((result.end(), result.ends()), (Outcome::Aborted, 1), "{}", result.timeline());
    assert!(result.took() < Duration::from_secs(4), "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn an_abort_while_it_waits_ends_it_before_anything_is_looked_at() {
    let harness = Harness::new();
    let id = harness.accept(request("1", "a-1")).await;
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
    let RolloutResult { outcome, records, .. } = harness.finish(request("1", "a-1")).await;
    assert_eq!(
        (outcome.end, outcome.reason.unwrap().to_string().as_str()),
        (Outcome::Aborted, "aborted by ada before it began")
    );
    assert!(
        !records.iter().any(|record| matches!(
            record.event,
            Event::Command(CommandEvent::CommandStarted { .. })
        )),
        "something was run"
    );
    assert_eq!(harness.journal.list(&Filter::default()).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_can_be_asked_of_one_that_goes_back() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let mut records = harness.journal.subscribe();
    let deploying = harness.start(request("crash", "c-1")).await;
    while !matches!(records.recv().await.unwrap().event, Event::Step(StepEvent::StepFailed { .. }))
    {
    }
    for action in Action::ALL {
        let refused = ask(&harness, &deploying, action).await.unwrap_err();
        assert_eq!(refused.to_string(), "event `steered` cannot follow state `rolling_back`");
    }
    assert_eq!(deploying.end().await.end(), Outcome::RolledBack);
}
