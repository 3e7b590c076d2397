//! Rollouts with Jobs that must succeed: whichever call fails and wherever boathook dies, each Job is
//! created once, none goes on after the deployment, and the service is whole.

use boathook_core::record::Outcome;
use boathook_sandbox::{Fault, Kind, Times};
use boathook_testing::rollout_harness::{Harness, RolloutResult, brief, request};

use crate::support::{
    crashes::{Rollout, with_a_death_at, with_every_step_twice},
    job_harness::{all, created, serving_with_jobs},
};

/// Stable or candidate has everything, and no Job of the deployment runs.
#[track_caller]
fn assert_whole(harness: &Harness, result: &RolloutResult, what: &str) {
    let what = format!("{what}\n{}", result.timeline());
    let expected = if result.end() == Outcome::Succeeded { "v2 100" } else { "v1 100" };
    assert_eq!(harness.serves(), expected, "{what}");
    assert_eq!(result.ends(), 1, "{what}");
    for name in ["migrate", "smoke"] {
        assert!(created(harness, name) <= 1, "{name} was created again: {what}");
    }
    let is_named = result.reason().contains("may still run");
    for job in all(harness, Kind::Job) {
        assert!(!job["status"]["conditions"].is_null() || is_named, "a Job runs on: {what}");
    }
}

/// Lays a fault on each call of a rollout in turn.
async fn whichever_call(smoke: &str, fault: Fault) -> Vec<Outcome> {
    let gated = || serving_with_jobs(brief(), GOOD, smoke);
    let calls = |harness: &Harness| {
        u32::try_from(harness.cluster.commands().len() + harness.cluster.reads().len()).unwrap()
    };
    let whole = gated().await;
    let before = calls(&whole);
    whole.deploy_request(request("2", "b-1")).await;
    let mut ends = Vec::new();
    for nth in 0..calls(&whole) - before {
        let harness = gated().await;
        harness.cluster.fail("", Times::After(nth), fault.clone());
        let result = harness.deploy_request(request("2", "b-1")).await;
        harness.settle().await;
        assert_whole(&harness, &result, &format!("call {nth}: {fault:?}"));
        ends.push(result.end());
    }
    ends
}

const GOOD: &str = "ends-after:1s:0";

fn refused() -> Fault {
    Fault::Exit("Error from server (Forbidden): the fault of this test".to_owned())
}

#[tokio::test(start_paused = true)]
async fn whichever_call_is_refused_or_hangs_or_does_nothing_each_job_runs_once_and_none_goes_on() {
    for fault in [refused(), Fault::Hang, Fault::NotDone] {
        let ends = whichever_call(GOOD, fault.clone()).await;
        assert!(ends.contains(&Outcome::Succeeded), "{fault:?}: {ends:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whichever_call_cannot_reach_the_cluster_or_dies_after_its_work_the_deployment_succeeds() {
    for fault in [Fault::Unreachable, Fault::KilledAfter] {
        let ends = whichever_call(GOOD, fault.clone()).await;
        assert!(ends.iter().all(|end| *end == Outcome::Succeeded), "{fault:?}: {ends:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whichever_call_goes_wrong_around_a_job_that_never_ends_it_is_deleted_or_named() {
    for fault in [refused(), Fault::Hang] {
        let ends = whichever_call("good", fault.clone()).await;
        assert!(!ends.contains(&Outcome::Succeeded), "{fault:?}: {ends:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_step_of_a_rollout_with_jobs_may_run_twice_with_the_same_end() {
    for (rollout, end) in [
        (Rollout::Gated, Outcome::Succeeded),
        (Rollout::BadByJob, Outcome::Failed),
        (Rollout::BadByJobThatHangs, Outcome::RolledBack),
    ] {
        let (harness, result) = with_every_step_twice(rollout).await;
        assert_eq!(result.end(), end, "{}", result.timeline());
        harness.settle().await;
        assert_whole(&harness, &result, "every step twice");
    }
}

#[tokio::test(start_paused = true)]
async fn a_death_at_any_commit_creates_no_job_twice_and_leaves_none_behind() {
    for (rollout, end) in [
        (Rollout::Gated, Outcome::Succeeded),
        (Rollout::BadByJob, Outcome::Failed),
        (Rollout::BadByJobThatHangs, Outcome::RolledBack),
    ] {
        for before in [true, false] {
            let mut nth = 0;
            while let Some((harness, result)) = with_a_death_at(nth, before, rollout).await {
                let what =
                    format!("{rollout:?}, death at commit {nth}, before it is on disk: {before}");
                assert_eq!(result.end(), end, "{what}\n{}", result.timeline());
                harness.settle().await;
                assert_whole(&harness, &result, &what);
                nth += 1;
            }
            assert!(nth > 4, "{rollout:?} has more commits than {nth}");
        }
    }
}
