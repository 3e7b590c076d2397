//! Group commit: what waits together is written together, and nobody waits for ever.

use std::{
    future::ready,
    panic::resume_unwind,
    pin::pin,
    sync::{
        Arc, Mutex,
        mpsc::{Sender, channel},
    },
};

use boathook::journal::{AcceptError, Accepted, Journal, StoreError};
use boathook_core::clock::Clock;
use boathook_testing::{
    samples::{QUEUE, acceptance},
    state_dir::StateDir,
    tapped_store::TappedStore,
};
use futures_util::future::join_all;

enum Leave {
    Write,
    Panic,
}

/// A journal that writes only with leave, and how many records each of its transactions had.
fn gated(dir: &StateDir) -> (Journal, Sender<Leave>, Arc<Mutex<Vec<usize>>>) {
    let (leave, given) = channel();
    let (given, sizes) = (Mutex::new(given), Arc::new(Mutex::new(Vec::new())));
    let transactions = Arc::clone(&sizes);
    let store = TappedStore::new(dir.try_store().unwrap(), move |batch| {
        let leave = given.lock().unwrap().recv();
        if matches!(leave, Ok(Leave::Panic)) {
            resume_unwind(Box::new("on purpose"));
        }
        sizes.lock().unwrap().push(batch.records.len());
        Ok(())
    });
    (Journal::open(Arc::new(store), Clock::system()).unwrap(), leave, transactions)
}

async fn ask(journal: &Journal, count: u32) -> Vec<Result<Accepted, AcceptError>> {
    join_all(
        (0..count).map(|number| journal.accept(acceptance("game", &number.to_string()), QUEUE)),
    )
    .await
}

#[tokio::test]
async fn what_waits_while_the_disk_is_written_is_written_together() {
    let dir = StateDir::new();
    let (journal, leave, transactions) = gated(&dir);
    let mut all = pin!(ask(&journal, 50));
    tokio::select! {
        biased;
        _ = &mut all => panic!("answered before it was written"),
        () = ready(()) => {}
    }
    // The first may have begun alone; the others then wait together.
    leave.send(Leave::Write).unwrap();
    leave.send(Leave::Write).unwrap();

    assert!(all.await.iter().all(Result::is_ok));
    let transactions = transactions.lock().unwrap();
    assert!(transactions.len() <= 2, "{transactions:?}");
    assert_eq!(transactions.iter().sum::<usize>(), 50);
}

#[tokio::test]
async fn a_writer_that_comes_to_grief_lets_its_callers_go_and_the_next_one_writes() {
    let dir = StateDir::new();
    let (journal, leave, _transactions) = gated(&dir);
    leave.send(Leave::Panic).unwrap();
    assert!(matches!(ask(&journal, 1).await[..], [Err(AcceptError::Store(StoreError::Stopped))]));
    assert!(journal.live().is_empty());

    leave.send(Leave::Write).unwrap();
    assert!(matches!(ask(&journal, 1).await[..], [Ok(Accepted::New(_))]));
}

#[tokio::test]
async fn the_journal_has_no_beat_while_its_writer_hangs() {
    let dir = StateDir::new();
    let (journal, leave, _) = gated(&dir);
    journal.beat().await.unwrap();
    let mut held = pin!(ask(&journal, 1));
    tokio::select! {
        biased;
        _ = &mut held => panic!("answered before it was written"),
        () = ready(()) => {}
    }
    let mut beat = pin!(journal.beat());
    tokio::select! {
        biased;
        _ = &mut beat => panic!("it beats before the writer does anything"),
        () = ready(()) => {}
    }
    leave.send(Leave::Write).unwrap();
    held.await;
    beat.await.unwrap();
}
