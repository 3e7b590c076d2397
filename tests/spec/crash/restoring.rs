//! Every call and every record of a rollback that brings back objects, from the apply on: stable
//! serves, and each object is back or named.

use boathook_core::record::{Event, Outcome, StepEvent};
use boathook_sandbox::{Fault, Times};
use boathook_testing::rollout_harness::{Harness, RolloutResult, brief};

use crate::support::{
    crashes::{Rollout, with_a_death_at, with_every_step_twice},
    restoring_harness::{changed, mottos},
};

const REFUSAL: &str = "Error from server (Forbidden): the fault of this test";

/// How many calls there are before the apply, and from there to the end.
async fn calls() -> (u32, u32) {
    let harness = changed(brief()).await;
    let count = |harness: &Harness| {
        let cluster = &harness.cluster;
        u32::try_from(cluster.commands().len() + cluster.reads().len()).unwrap()
    };
    let before = count(&harness);
    let deploying = harness.start(Rollout::Restoring.request()).await;
    while !harness.cluster.commands().iter().any(|line| line.contains("apply -f manifests")) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        if mottos(&harness) == ["second", "second"] {
            break;
        }
    }
    let at_apply = count(&harness);
    deploying.end().await;
    (at_apply.saturating_sub(before + 1), count(&harness) - before)
}

fn assert_back_or_named(harness: &Harness, result: &RolloutResult, what: &str) {
    let told = || format!("{what}\n{}", result.timeline());
    assert_eq!(harness.serves(), "v1 100", "{}", told());
    // A patch of the service that was only tried looks like someone else's later change.
    let is_over = matches!(result.end(), Outcome::RolledBack | Outcome::Failed | Outcome::Aborted);
    assert!(is_over, "{}", told());
    assert_eq!(result.ends(), 1, "{}", told());
    for (name, motto) in ["one", "two"].into_iter().zip(mottos(harness)) {
        let named =
            result.reason().contains(&format!("ConfigMap game/{name} was not brought back"));
        assert!(motto == "first" || motto == "second" && named, "{name}: {motto}, {}", told());
    }
}

/// Lays a fault on each call from the apply on, in turn.
async fn whichever_call(fault: Fault) {
    let (from, to) = calls().await;
    assert!(to > from + 5, "{from} {to}");
    for nth in from..to {
        let harness = changed(brief()).await;
        harness.cluster.fail("", Times::After(nth), fault.clone());
        let result = harness.deploy_request(Rollout::Restoring.request()).await;
        harness.settle().await;
        assert_back_or_named(&harness, &result, &format!("call {nth}: {fault:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn whichever_call_is_refused_once_each_object_is_back_or_named() {
    whichever_call(Fault::Exit(REFUSAL.to_owned())).await;
}

#[tokio::test(start_paused = true)]
async fn whichever_call_hangs_once_each_object_is_back_or_named() {
    whichever_call(Fault::Hang).await;
}

#[tokio::test(start_paused = true)]
async fn whichever_call_ended_well_and_changed_nothing_each_object_is_back_or_named() {
    whichever_call(Fault::NotDone).await;
    whichever_call(Fault::OnlyTried).await;
}

#[tokio::test(start_paused = true)]
async fn whichever_call_did_its_work_and_died_before_saying_so_both_objects_are_back() {
    let (from, to) = calls().await;
    for fault in [Fault::KilledAfter, Fault::Unreachable] {
        for nth in from..to {
            let harness = changed(brief()).await;
            harness.cluster.fail("", Times::After(nth), fault.clone());
            let result = harness.deploy_request(Rollout::Restoring.request()).await;
            harness.settle().await;
            let what = format!("call {nth}: {fault:?}\n{}", result.timeline());
            harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
            assert_eq!(mottos(&harness), ["first", "first"], "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_death_at_any_commit_from_the_apply_on_ends_with_both_objects_back() {
    for (rollout, end) in
        [(Rollout::Restoring, Outcome::RolledBack), (Rollout::HalfApplied, Outcome::Failed)]
    {
        for before in [true, false] {
            let mut nth = 0;
            while let Some((harness, result)) = with_a_death_at(nth, before, rollout).await {
                let what = format!(
                    "{rollout:?}, death at commit {nth}, before it is on disk: {before}\n{}",
                    result.timeline()
                );
                assert_eq!((result.end(), result.ends()), (end, 1), "{what}");
                assert_eq!(harness.serves(), "v1 100", "{what}");
                assert_eq!(mottos(&harness), ["first", "first"], "{what}");
                nth += 1;
            }
            assert!(nth > 3, "{rollout:?} has more commits than {nth}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_step_may_run_twice_and_both_objects_are_back() {
    for (rollout, end) in
        [(Rollout::Restoring, Outcome::RolledBack), (Rollout::HalfApplied, Outcome::Failed)]
    {
        let (harness, result) = with_every_step_twice(rollout).await;
        assert_eq!((result.end(), result.ends()), (end, 1), "{}", result.timeline());
        assert_eq!(harness.serves(), "v1 100", "{}", result.timeline());
        assert_eq!(mottos(&harness), ["first", "first"], "{}", result.timeline());
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_rollback_needs_is_on_disk_before_the_apply_begins() {
    let harness = changed(brief()).await;
    let result = harness.deploy_request(Rollout::Restoring.request()).await;
    let timeline = result.timeline();
    let recorded = timeline.find("learned ObjectsBefore").expect(&timeline);
    let applied = timeline.find("$ kubectl apply -f manifests/staging").expect(&timeline);
    assert!(recorded < applied, "{timeline}");
    let is_record = |event: &Event| matches!(event, Event::Step(StepEvent::StepLearned { finding: boathook_core::rollout::Observation::ObjectsBefore(objects) }) if objects.len() == 2);
    assert!(result.records.iter().any(|record| is_record(&record.event)), "{timeline}");
}
