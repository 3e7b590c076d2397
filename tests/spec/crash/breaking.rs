//! Every call that can fail, be it a program or a read, one after the other: always the same two
//! ends, and nothing between.

use boathook_core::record::{Event, Outcome, StepEvent};
use boathook_sandbox::{Behaviour, Fault, Times};
use boathook_testing::rollout_harness::{Harness, REPOSITORY, RolloutResult, blue_green, brief};
use expect_test::expect;

use crate::support::crashes::{Rollout, commits_to_die_at, with_a_death_at, with_every_step_twice};

/// What the cluster was asked so far: programs and reads.
fn calls(harness: &Harness) -> u32 {
    let cluster = &harness.cluster;
    u32::try_from(cluster.commands().len() + cluster.reads().len()).unwrap()
}

/// Stable or candidate has everything; which one, the end says.
fn assert_whole(harness: &Harness, result: &RolloutResult, what: &str) {
    let serves = harness.serves();
    let expected = match result.end() {
        Outcome::Succeeded => "v2 100",
        Outcome::Failed | Outcome::RolledBack | Outcome::Aborted => "v1 100",
        other => panic!("{what}: ended {}\n{}", other.name(), result.timeline()),
    };
    assert_eq!(serves, expected, "{what}\n{}", result.timeline());
}

async fn calls_of_a_rollout() -> (u32, u32) {
    let harness = Harness::serving(brief()).await;
    let before = calls(&harness);
    harness.deploy_request(blue_green("2", "b-1")).await;
    (before, calls(&harness))
}

#[tokio::test(start_paused = true)]
async fn whichever_call_is_refused_once_the_service_ends_whole() {
    let (from, to) = calls_of_a_rollout().await;
    for nth in from..to {
        let harness = Harness::serving(brief()).await;
        let refusal = "Error from server (Forbidden): the fault of this test";
        harness.cluster.fail("", Times::After(nth - from), Fault::Exit(refusal.to_owned()));
        let result = harness.deploy_request(blue_green("2", "b-1")).await;
        harness.settle().await;
        assert_whole(&harness, &result, &format!("call {} refused", nth - from));
    }
}

#[tokio::test(start_paused = true)]
async fn whichever_call_cannot_reach_the_cluster_once_the_deployment_succeeds() {
    let (from, to) = calls_of_a_rollout().await;
    for nth in from..to {
        let harness = Harness::serving(brief()).await;
        harness.cluster.fail("", Times::After(nth - from), Fault::Unreachable);
        let result = harness.deploy_request(blue_green("2", "b-1")).await;
        assert_eq!(
            result.end(),
            Outcome::Succeeded,
            "call {} unreachable\n{}",
            nth - from,
            result.timeline()
        );
        assert_whole(&harness, &result, &format!("call {} unreachable", nth - from));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_did_its_work_and_died_before_saying_so_is_not_done_twice() {
    let (from, to) = calls_of_a_rollout().await;
    for nth in from..to {
        let harness = Harness::serving(brief()).await;
        harness.cluster.fail("", Times::After(nth - from), Fault::KilledAfter);
        let result = harness.deploy_request(blue_green("2", "b-1")).await;
        assert_eq!(
            result.end(),
            Outcome::Succeeded,
            "call {} killed after its work\n{}",
            nth - from,
            result.timeline()
        );
        assert_eq!(
            harness.revisions(),
            2,
            "call {} killed after its work\n{}",
            nth - from,
            result.timeline()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn whichever_call_hangs_once_the_service_ends_whole() {
    let (from, to) = calls_of_a_rollout().await;
    for nth in from..to {
        let harness = Harness::serving(brief()).await;
        harness.cluster.fail("", Times::After(nth - from), Fault::Hang);
        let result = harness.deploy_request(blue_green("2", "b-1")).await;
        harness.settle().await;
        assert_whole(&harness, &result, &format!("call {} hangs", nth - from));
    }
}

/// Lays a fault on each call of a rollout that rolls back, in turn.
async fn whichever_call_of_a_bad_rollout(
    fault: Fault,
    check: impl Fn(&Harness, &RolloutResult, &str),
) {
    let harness = Harness::serving(brief()).await;
    let before = calls(&harness);
    harness.deploy_request(blue_green("crash", "b-1")).await;
    for nth in 0..calls(&harness) - before {
        let harness = Harness::serving(brief()).await;
        harness.cluster.fail("", Times::After(nth), fault.clone());
        let result = harness.deploy_request(blue_green("crash", "b-1")).await;
        harness.settle().await;
        check(&harness, &result, &format!("call {nth}: {fault:?}"));
    }
}

/// Rolled back, whatever was laid in the way.
fn assert_rolled_back(harness: &Harness, result: &RolloutResult, what: &str) {
    assert_eq!(
        (result.end(), result.ends()),
        (Outcome::RolledBack, 1),
        "{what}\n{}",
        result.timeline()
    );
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn whichever_call_of_a_bad_rollout_cannot_reach_the_cluster_once_stable_serves_again() {
    whichever_call_of_a_bad_rollout(Fault::Unreachable, assert_rolled_back).await;
}

#[tokio::test(start_paused = true)]
async fn whichever_call_of_a_bad_rollout_died_before_saying_so_stable_serves_again() {
    whichever_call_of_a_bad_rollout(Fault::KilledAfter, assert_rolled_back).await;
}

#[tokio::test(start_paused = true)]
async fn whichever_call_of_a_bad_rollout_is_refused_once_stable_serves_again() {
    whichever_call_of_a_bad_rollout(
        Fault::Exit("Error from server (Forbidden): the fault of this test".to_owned()),
        assert_whole,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn whichever_call_of_a_bad_rollout_hangs_once_stable_serves_again() {
    whichever_call_of_a_bad_rollout(Fault::Hang, assert_whole).await;
}

#[tokio::test(start_paused = true)]
async fn whichever_program_ended_well_and_changed_nothing_the_service_ends_whole() {
    let (from, to) = calls_of_a_rollout().await;
    for nth in from..to {
        for fault in [Fault::NotDone, Fault::OnlyTried] {
            let harness = Harness::serving(brief()).await;
            harness.cluster.fail("", Times::After(nth - from), fault.clone());
            let result = harness.deploy_request(blue_green("2", "b-1")).await;
            harness.settle().await;
            assert_whole(&harness, &result, &format!("call {}: {fault:?}", nth - from));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whichever_program_of_a_bad_rollout_ended_well_and_changed_nothing_stable_serves_again() {
    whichever_call_of_a_bad_rollout(Fault::NotDone, assert_whole).await;
    whichever_call_of_a_bad_rollout(Fault::OnlyTried, assert_whole).await;
}

#[tokio::test(start_paused = true)]
async fn every_step_may_run_twice_with_the_same_end() {
    for rollout in [Rollout::Good, Rollout::Bad] {
        let harness = Harness::serving(brief()).await;
        let once = harness.deploy_request(rollout.request()).await;
        let (again, twice) = with_every_step_twice(rollout).await;
        assert_eq!((twice.end(), twice.ends()), (once.end(), 1), "{}", twice.timeline());
        let steps = once.steps().into_iter().flat_map(|step| [step, step]).collect::<Vec<_>>();
        assert_eq!(twice.steps(), steps, "{}", twice.timeline());
        harness.settle().await;
        again.settle().await;
        assert_eq!(
            (again.serves(), again.revisions()),
            (harness.serves(), harness.revisions()),
            "{}",
            twice.timeline()
        );
        assert_eq!(
            again.cluster.traffic_history("game", "game"),
            harness.cluster.traffic_history("game", "game"),
            "{}",
            twice.timeline()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_death_at_any_commit_of_a_good_rollout_ends_in_one_success_with_one_new_revision() {
    for before in [true, false] {
        let mut last = 0;
        for nth in commits_to_die_at() {
            let Some((harness, result)) = with_a_death_at(nth, before, Rollout::Good).await else {
                break;
            };
            last = nth;
            let what = format!("death at commit {nth}, before it is on disk: {before}");
            assert_eq!(result.end(), Outcome::Succeeded, "{what}\n{}", result.timeline());
            assert_whole(&harness, &result, &what);
            assert_eq!(harness.revisions(), 2, "{what}\n{}", result.timeline());
            assert_eq!(result.ends(), 1, "{what}\n{}", result.timeline());
        }
        assert!(last > 19, "a rollout has more commits than {last}");
    }
}

/// Rolled back, wherever boathook dies.
async fn a_death_at_any_commit(rollout: Rollout) {
    for before in [true, false] {
        let mut nth = 0;
        while let Some((harness, result)) = with_a_death_at(nth, before, rollout).await {
            let what = format!("death at commit {nth}, before it is on disk: {before}");
            assert_eq!(result.end(), Outcome::RolledBack, "{what}\n{}", result.timeline());
            assert_whole(&harness, &result, &what);
            harness.assert_back_on("game-00001");
            assert_eq!(result.ends(), 1, "{what}\n{}", result.timeline());
            nth += 1;
        }
        assert!(nth > 12, "a rollout has more commits than {nth}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_death_at_any_commit_of_a_bad_rollout_ends_on_stable() {
    a_death_at_any_commit(Rollout::Bad).await;
}

#[tokio::test(start_paused = true)]
async fn a_death_at_any_commit_of_a_rollout_that_a_metric_ends_is_on_stable() {
    a_death_at_any_commit(Rollout::BadByMetric).await;
}

#[tokio::test(start_paused = true)]
async fn a_death_at_any_commit_of_a_rollback_that_fails_and_is_tried_again_ends_on_stable() {
    for before in [true, false] {
        let mut nth = 0;
        while let Some((harness, result)) =
            with_a_death_at(nth, before, Rollout::RollbackFailed).await
        {
            let what =
                format!("death at commit {nth} of the rollback, before it is on disk: {before}");
            assert!(
                result.records.iter().any(|record| matches!(
                    record.event,
                    Event::Step(StepEvent::RollbackFailed { .. })
                )),
                "{what}\n{}",
                result.timeline()
            );
            assert_rolled_back(&harness, &result, &what);
            assert_eq!(harness.serves(), "v1 100", "{what}\n{}", result.timeline());
            nth += 1;
        }
        assert!(nth > 8, "a rollback that is tried again has more commits than {nth}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_death_at_any_commit_of_taking_over_a_failed_rollback_leaves_one_end() {
    for before in [true, false] {
        let mut nth = 0;
        while let Some((_, result)) = with_a_death_at(nth, before, Rollout::Abandoned).await {
            let what = format!(
                "death at commit {nth} since its rollback failed, before it is on disk: {before}"
            );
            assert_eq!(
                (result.end(), result.ends()),
                (Outcome::Abandoned, 1),
                "{what}\n{}",
                result.timeline()
            );
            nth += 1;
        }
        assert!(nth > 1, "taking over has more commits than {nth}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_step_of_a_rollback_that_fails_may_run_twice_with_the_same_end() {
    let (harness, result) = with_every_step_twice(Rollout::RollbackFailed).await;
    assert!(
        result
            .records
            .iter()
            .any(|record| matches!(record.event, Event::Step(StepEvent::RollbackFailed { .. }))),
        "{}",
        result.timeline()
    );
    assert_rolled_back(&harness, &result, "every step twice");
    assert_eq!(
        (harness.serves().as_str(), harness.revisions()),
        ("v1 100", 2),
        "{}",
        result.timeline()
    );
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_is_away_for_a_minute_moves_no_traffic_and_ends_nothing() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    harness.cluster.fail("kubectl", Times::UntilHealed, Fault::Unreachable);
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    assert_eq!(harness.serves(), "v1 90, v2 10");
    harness.cluster.heal("kubectl");
    let result = deploying.end().await;
    result.assert_end(Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn watches_that_end_in_silence_cost_nothing() {
    let harness = Harness::new();
    harness.cluster.fail("watch ksvc", Times::UntilHealed, Fault::WatchEnds);
    harness.deploy("1").await;
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_missing_kubectl_is_named_and_nothing_is_changed() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.cluster.fail("kubectl", Times::UntilHealed, Fault::NotInstalled);
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Failed);
    assert!(
        result.reason().contains("`kubectl` is not installed, or not in boathook's PATH"),
        "{}",
        result.reason()
    );
    assert_eq!(harness.serves(), "v1 100");
}

#[tokio::test(start_paused = true)]
async fn a_slow_candidate_breaks_the_response_time_rule_at_its_own_url() {
    let mut settings = boathook_testing::rollout_harness::settings();
    settings.probing.rules.latency = Some(boathook_core::health::Latency {
        percentile: 95,
        limit: std::time::Duration::from_millis(500),
        mode: boathook_core::health::Mode::Fail,
    });
    let harness = Harness::with(settings);
    harness.cluster.publish(
        REPOSITORY,
        "slow",
        Behaviour::slow("v9", std::time::Duration::from_secs(2)),
    );
    harness.deploy("1").await;
    let result = harness.deploy("slow").await;
    result.assert_end(Outcome::RolledBack);
    assert!(result.reason().contains("allowed are 500 ms"), "{}", result.reason());
    assert_eq!(harness.serves(), "v1 100");
}

#[tokio::test(start_paused = true)]
async fn a_stop_in_the_middle_of_a_hold_is_taken_up_where_the_record_left_it() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 50, game-00002 50 (boathook)").await;
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let result = deploying.restart().await.end().await;
    result.assert_end(Outcome::Succeeded);
    let hold = result.holds();
    assert_eq!(hold, [120, 120, 60], "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_stays_away_is_reported_in_its_own_words() {
    let harness = Harness::new();
    harness.cluster.fail("kubectl", Times::UntilHealed, Fault::Unreachable);
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Failed);
    expect![
        "`GET /apis/serving.knative.dev/v1/namespaces/game/services/game` failed (HTTP 500 after 2 ms): Unable to connect to the server: \
         dial tcp 10.0.0.1:6443: connect: connection refused; the service was not changed"
    ]
    .assert_eq(result.reason());
}
