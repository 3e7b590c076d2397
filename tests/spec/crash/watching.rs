//! boathook dies at any commit of a watch that turns bad and of the rollback that follows: the end is
//! the same.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use boathook::journal::{Batch, StoreError};
use boathook_core::{
    record::{AfterBad, Outcome, WatchEnd},
    rollout::OnBad,
};
use boathook_testing::rollout_harness::Harness;
use tokio::sync::Notify;

use crate::support::crashes::commits_to_die_at;
use crate::support::watch_harness::{
    all, begin, deployed, digest, ended, over, turning_bad_after, watch_events, watched,
};

/// Runs to the death at the `nth` commit from the verdict on, before or after it is on disk, and
/// then to the end. Returns whether it died.
async fn dies(nth: usize, before: bool) -> bool {
    let mut harness = turning_bad_after(5, watched(60, OnBad::Rollback));
    let running = begin(&harness);
    deployed(&harness, "1").await;
    let late = deployed(&harness, "late").await;
    running.stopped().await;
    let count = AtomicUsize::new(0);
    let died = Arc::new(Notify::new());
    let tells = Arc::clone(&died);
    harness
        .tap(move |batch: &Batch| {
            if batch.records.is_empty() {
                return Ok(());
            }
            let at = count.fetch_add(1, Ordering::SeqCst);
            let dies = if before { at >= nth } else { at > nth };
            if dies {
                tells.notify_one();
                return Err(StoreError::Stopped);
            }
            Ok(())
        })
        .await;
    let running = begin(&harness);
    let end = async {
        let WatchEnd::Bad { then: AfterBad::RollsBack { rollback }, .. } =
            over(&harness, &late).await
        else {
            panic!("{:?}", watch_events(&harness, &late).await);
        };
        ended(&harness, &rollback).await;
    };
    let dead = tokio::select! {
        () = died.notified() => true,
        () = end => false,
    };
    running.killed().await;
    harness.restart().await;
    let running = begin(&harness);
    assert_rolled_back(&harness, nth, before).await;
    running.stopped().await;
    dead
}

async fn assert_rolled_back(harness: &Harness, nth: usize, before: bool) {
    let late = all(harness).await[1].clone();
    let end = over(harness, &late).await;
    let WatchEnd::Bad { then: AfterBad::RollsBack { rollback }, .. } = end else {
        panic!("{nth} {before}: {end}");
    };
    assert_eq!(ended(harness, &rollback).await, Outcome::Succeeded, "{nth} {before}");
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(harness.serves(), "v1 100", "{nth} {before}");
    assert_eq!(watch_events(harness, &late).await.len(), 2, "{nth} {before}");
    assert_eq!(all(harness).await.len(), 3, "{nth} {before}");
    let bad = digest(harness, "game-00002");
    assert!(harness.journal.withdrawal(&bad).await.unwrap().is_some(), "{nth} {before}");
    assert_eq!(harness.journal.withdrawals(9).await.unwrap().len(), 1, "{nth} {before}");
}

#[tokio::test(start_paused = true)]
async fn wherever_boathook_dies_what_turned_bad_is_rolled_back_once() {
    for before in [true, false] {
        let mut last = 0;
        for nth in commits_to_die_at() {
            if !dies(nth, before).await {
                break;
            }
            last = nth;
        }
        assert!(last > 4, "{last}");
    }
}
