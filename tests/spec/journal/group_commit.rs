//! Group commit: what waits together is written together, and nobody waits for ever.

use std::{
    future::ready,
    panic::resume_unwind,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{Sender, channel},
    },
};

use boathook::journal::{
    AcceptError, Accepted, DatedEvent, Journal, RedeployError, RedeployOrder, StoreError, Summary,
};
use boathook_core::{
    clock::Clock,
    deployment::{Actor, DeployRequest, Environment},
};
use boathook_testing::{
    samples::{
        QUEUE, accept, acceptance, accepted_as_sent, append_all, image, request, service, success,
    },
    shipped::Shipped as _,
    state_dir::StateDir,
    tapped_store::{StoreCall, TappedStore},
};
use futures_util::future::join_all;
use tokio::sync::mpsc::unbounded_channel;

enum Leave {
    Write,
    Panic,
}

/// A journal that writes only with leave, and how many records each of its transactions had.
fn gated(dir: &StateDir) -> (Journal, Sender<Leave>, Arc<Mutex<Vec<usize>>>) {
    let (leave, given) = channel();
    let given = Mutex::new(given);
    let sizes = Arc::new(Mutex::new(Vec::new()));
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

/// An ended deployment `game` `1` in the record, and a journal whose first write, that of `other` `1`,
/// is held until all these requests wait. What it answers to them, and what the record was asked
/// for them.
async fn judged_together(
    requests: Vec<DeployRequest>,
    fails: bool,
) -> (Vec<Result<Accepted, AcceptError>>, Vec<String>) {
    let dir = StateDir::new();
    {
        let journal = Journal::open(dir.store(), Clock::system()).unwrap();
        let id = accept(&journal, "game", "1").await;
        let serves = image(&format!("registry.example/game@sha256:{}", "a".repeat(64)));
        append_all(&journal, &id, success("game", "game-00001", &serves)).await;
    }
    let (writes, mut written) = unbounded_channel();
    let (leave, given) = channel::<Leave>();
    let given = Mutex::new(given);
    let is_first = AtomicBool::new(true);
    let asked = Arc::new(Mutex::new(None::<Vec<String>>));
    let asks = Arc::clone(&asked);
    let store = TappedStore::of_all(dir.store(), move |call| match call {
        StoreCall::Write(_) => {
            if is_first.swap(false, Ordering::Relaxed) {
                *asks.lock().unwrap() = Some(Vec::new());
                writes.send(()).unwrap();
                let _ = given.lock().unwrap().recv();
            }
            Ok(())
        }
        StoreCall::Read(operation) => {
            let mut asks = asks.lock().unwrap();
            let Some(asks) = asks.as_mut() else { return Ok(()) };
            asks.push(operation.to_owned());
            if fails { Err(StoreError::Stopped) } else { Ok(()) }
        }
        StoreCall::Inbox(_) => Ok(()),
    });
    let journal = Journal::open(Arc::new(store), Clock::system()).unwrap();
    let elsewhere = async { journal.accept(acceptance("other", "1"), QUEUE).await };
    let together = async {
        written.recv().await.unwrap();
        let all =
            requests.into_iter().map(|request| journal.accept(accepted_as_sent(request), QUEUE));
        let submitted = async {
            ready(()).await;
            drop(leave);
        };
        tokio::join!(biased; join_all(all), submitted).0
    };
    let (elsewhere, answers) = tokio::join!(elsewhere, together);
    elsewhere.unwrap();
    let asked = asked.lock().unwrap().take().unwrap();
    (answers, asked)
}

#[tokio::test]
async fn the_record_is_asked_once_for_all_that_wait_together() {
    let requests = (1..30).map(|number| request("game", &number.to_string())).collect();
    let (answers, asked) = judged_together(requests, false).await;
    let Some((Ok(Accepted::Repeat(_)), others)) = answers.split_first() else {
        panic!("{answers:?}")
    };
    assert!(others.iter().all(|answer| matches!(answer, Ok(Accepted::New(_)))), "{answers:?}");
    assert_eq!(
        asked,
        [
            "look deployments up by their identities",
            "read records by their sequences",
            "look up the requests made last",
        ]
    );
}

#[tokio::test]
async fn what_waits_together_is_judged_by_the_record_and_by_each_other() {
    let made_at = |deployment_id: &str, at: &str| DeployRequest {
        timestamp: Some(at.parse().unwrap()),
        ..request("game", deployment_id)
    };
    let another = |deployment_id: &str| DeployRequest {
        image: image("registry.example/game:2"),
        ..request("game", deployment_id)
    };
    let (answers, _) = judged_together(
        vec![
            request("game", "1"),
            another("1"),
            made_at("2", "2026-08-01T09:59:59Z"),
            made_at("3", "2026-08-01T10:00:02Z"),
            made_at("3", "2026-08-01T10:00:02Z"),
            another("3"),
            made_at("4", "2026-08-01T10:00:01Z"),
        ],
        false,
    )
    .await;
    let external = |summary: &Summary| summary.deployment_id.to_string();
    let words: Vec<_> = answers
        .iter()
        .map(|answer| match answer {
            Ok(Accepted::New(summary)) => format!("{} is new", external(summary)),
            Ok(Accepted::Repeat(summary)) => format!("{} is a repeat", external(summary)),
            Err(AcceptError::Conflict { existing }) => {
                format!("{} means something else", external(existing))
            }
            Err(AcceptError::Older { newer, .. }) => format!("older than {}", external(newer)),
            Err(other) => panic!("{other}"),
        })
        .collect();
    assert_eq!(
        words,
        [
            "1 is a repeat",
            "1 means something else",
            "older than 1",
            "3 is new",
            "3 is a repeat",
            "3 means something else",
            "older than 3",
        ]
    );
}

#[tokio::test]
async fn nothing_is_accepted_while_the_record_cannot_be_asked() {
    let (answers, asked) =
        judged_together(vec![request("game", "1"), request("game", "2")], true).await;
    assert!(
        answers.iter().all(|answer| matches!(answer, Err(AcceptError::Store(StoreError::Stopped)))),
        "{answers:?}"
    );
    assert_eq!(asked.len(), 2, "once for both: {asked:?}");
}

/// The success and the order are written together; the store does not know the success yet.
#[tokio::test]
async fn an_order_is_judged_by_what_is_written_with_it() {
    let dir = StateDir::new();
    let of = |letter: &str| image(&format!("registry.example/game@sha256:{}", letter.repeat(64)));
    let second = {
        let journal = Journal::open(dir.store(), Clock::system()).unwrap();
        let first = accept(&journal, "game", "1").await;
        append_all(&journal, &first, success("game", "game-00001", &of("a"))).await;
        accept(&journal, "game", "2").await
    };
    let (writes, mut written) = unbounded_channel();
    let (leave, given) = channel::<Leave>();
    let given = Mutex::new(given);
    let store = TappedStore::new(dir.store(), move |_| {
        writes.send(()).unwrap();
        // Without a sender any more, everything is written.
        let _ = given.lock().unwrap().recv();
        Ok(())
    });
    let journal = Journal::open(Arc::new(store), Clock::system()).unwrap();
    let redeployable = journal.to_redeploy(Environment::STAGING, &service("game")).await.unwrap();
    let order = RedeployOrder {
        request: redeployable.request,
        of: redeployable.serves.deployment,
        by: Actor::new("ada"),
        approval: None,
        opens_at: None,
    };
    let at = journal.live()[0].1.changed_at;
    let events = success("game", "game-00002", &of("b"));
    let events = events.into_iter().map(|event| DatedEvent { at, event }).collect();
    let elsewhere = async { journal.accept(acceptance("other", "1"), QUEUE).await };
    let both = async {
        written.recv().await.unwrap();
        let succeeding = journal.append_all(&second, events, None);
        let ordering = journal.order_redeploy(order, QUEUE);
        let submitted = async {
            ready(()).await;
            drop(leave);
        };
        tokio::join!(biased; succeeding, ordering, submitted)
    };
    let (elsewhere, (succeeded, ordered, ())) = tokio::join!(elsewhere, both);
    elsewhere.unwrap();
    succeeded.unwrap();
    let refused = ordered.unwrap_err();
    assert!(matches!(refused, RedeployError::Changed(..)), "{refused}");
}
