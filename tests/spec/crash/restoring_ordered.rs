//! Every call and every record of an ordered rollback that brings back objects: one of the two
//! revisions serves, and each object is what it was with that revision, or named.

use boathook_core::record::Outcome;
use boathook_sandbox::{Fault, Times};
use boathook_testing::rollout_harness::{Harness, RolloutResult, brief};
use tokio_util::sync::CancellationToken;

use crate::support::{
    crashes::{Rollout, with_a_death_at, with_every_step_twice},
    restoring_harness::{mottos, order, replaced},
};

const REFUSAL: &str = "Error from server (Forbidden): the fault of this test";

async fn roll_back(harness: &Harness) -> RolloutResult {
    let id = order(harness, None).await;
    harness.engine.run(&id, &CancellationToken::new()).await;
    harness.result(&id).await
}

fn calls(harness: &Harness) -> u32 {
    let cluster = &harness.cluster;
    u32::try_from(cluster.commands().len() + cluster.reads().len()).unwrap()
}

fn assert_of_one_time(harness: &Harness, result: &RolloutResult, what: &str) {
    let told = || format!("{what}\n{}", result.timeline());
    let (serves, motto) = match result.end() {
        Outcome::Succeeded => ("v1 100", "first"),
        Outcome::RolledBack | Outcome::Failed | Outcome::Aborted => ("v2 100", "second"),
        other => panic!("ended {}, {}", other.name(), told()),
    };
    assert_eq!(harness.serves(), serves, "{}", told());
    assert_eq!(result.ends(), 1, "{}", told());
    for (name, found) in ["one", "two"].into_iter().zip(mottos(harness)) {
        let named = format!("ConfigMap game/{name} was not brought back");
        assert!(found == motto || result.reason().contains(&named), "{name}: {found}, {}", told());
    }
}

/// Lays each fault on each call, in turn.
async fn whichever_call(faults: &[Fault], check: impl Fn(&Harness, &RolloutResult, &str)) {
    let harness = replaced(brief()).await;
    let before = calls(&harness);
    roll_back(&harness).await;
    let count = calls(&harness) - before;
    assert!(count > 5, "{count}");
    for fault in faults {
        for nth in 0..count {
            let harness = replaced(brief()).await;
            harness.cluster.fail("", Times::After(nth), fault.clone());
            let result = roll_back(&harness).await;
            harness.settle().await;
            check(&harness, &result, &format!("call {nth}: {fault:?}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whichever_call_of_an_ordered_rollback_is_refused_or_hangs_objects_and_revision_are_of_one_time()
 {
    let faults = [Fault::Exit(REFUSAL.to_owned()), Fault::Hang];
    whichever_call(&faults, assert_of_one_time).await;
}

#[tokio::test(start_paused = true)]
async fn whichever_call_of_an_ordered_rollback_changed_nothing_objects_and_revision_are_of_one_time()
 {
    whichever_call(&[Fault::NotDone, Fault::OnlyTried], assert_of_one_time).await;
}

#[tokio::test(start_paused = true)]
async fn whichever_call_of_an_ordered_rollback_died_after_its_work_both_objects_are_back() {
    let check = |harness: &Harness, result: &RolloutResult, what: &str| {
        harness.assert_ended(result, Outcome::Succeeded, "v1 100");
        assert_eq!(mottos(harness), ["first", "first"], "{what}\n{}", result.timeline());
    };
    whichever_call(&[Fault::KilledAfter, Fault::Unreachable], check).await;
}

#[tokio::test(start_paused = true)]
async fn a_death_at_any_commit_of_an_ordered_rollback_ends_with_both_objects_back() {
    for before in [true, false] {
        let mut nth = 0;
        while let Some((harness, result)) = with_a_death_at(nth, before, Rollout::Ordered).await {
            let what = format!(
                "death at commit {nth}, before it is on disk: {before}\n{}",
                result.timeline()
            );
            assert_eq!((result.end(), result.ends()), (Outcome::Succeeded, 1), "{what}");
            assert_eq!(harness.serves(), "v1 100", "{what}");
            assert_eq!(mottos(&harness), ["first", "first"], "{what}");
            nth += 1;
        }
        assert!(nth > 3, "there are more commits than {nth}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_step_of_an_ordered_rollback_may_run_twice() {
    let (harness, result) = with_every_step_twice(Rollout::Ordered).await;
    assert_eq!((result.end(), result.ends()), (Outcome::Succeeded, 1), "{}", result.timeline());
    assert_eq!(harness.serves(), "v1 100", "{}", result.timeline());
    assert_eq!(mottos(&harness), ["first", "first"], "{}", result.timeline());
}
