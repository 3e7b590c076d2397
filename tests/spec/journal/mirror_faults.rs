//! A follower that cannot read the record for a while: it loses nothing, and doubles nothing.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use boathook::journal::{DatedEvent, Journal, Store, StoreError};
use boathook_core::{
    clock::Clock,
    record::{DeploymentEvent, Event},
};
use boathook_testing::{
    samples::{accept, append_all, command_started, image, success},
    state_dir::StateDir,
    tapped_store::{StoreCall, TappedStore},
    waiting::until_is,
};
use tokio::time::{sleep, timeout};

const SOON: Duration = Duration::from_secs(10);

/// When reading a store fails.
#[derive(Default)]
struct Failures {
    always: AtomicBool,
    /// The next one but so many that reads records.
    after: Mutex<Option<u32>>,
}

impl Failures {
    /// The store, and what decides about its reading.
    fn of(store: Arc<dyn Store>) -> (Arc<dyn Store>, Arc<Self>) {
        let failures = Arc::new(Self::default());
        let deciding = Arc::clone(&failures);
        let store = TappedStore::of_all(store, move |call| match call {
            StoreCall::Read(operation) if deciding.is_next(operation) => Err(StoreError::Stopped),
            StoreCall::Read(_) | StoreCall::Write(_) | StoreCall::Inbox(_) => Ok(()),
        });
        (Arc::new(store), failures)
    }

    fn is_next(&self, operation: &str) -> bool {
        let mut after = self.after.lock().unwrap();
        if operation == "read the records of all deployments"
            && let Some(left) = *after
        {
            *after = left.checked_sub(1);
            return left == 0;
        }
        self.always.load(Ordering::Relaxed)
    }
}

#[tokio::test(start_paused = true)]
async fn a_follower_that_cannot_read_for_a_while_says_how_old_its_knowledge_is_and_goes_on() {
    let dir = StateDir::new();
    let store = dir.store();
    let leader = Journal::open(Arc::clone(&store), Clock::system()).unwrap();
    let (store, failures) = Failures::of(store);
    let follower = Journal::follow(store, Clock::system()).unwrap();
    let mut records = follower.subscribe();
    accept(&leader, "game", "1").await;
    until_is(1, || follower.last_sequence()).await;

    failures.always.store(true, Ordering::Relaxed);
    accept(&leader, "game", "2").await;
    sleep(Duration::from_secs(60)).await;
    assert_eq!(follower.last_sequence(), 1);
    assert!(follower.mirror_age().unwrap() >= Duration::from_secs(58));

    failures.always.store(false, Ordering::Relaxed);
    until_is(2, || follower.last_sequence()).await;
    assert!(follower.mirror_age().unwrap() <= Duration::from_secs(2));
    assert_eq!(follower.live(), leader.live());
    assert_eq!(records.recv().await.unwrap().sequence, 1);
    assert_eq!(records.recv().await.unwrap().sequence, 2);
    assert!(records.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_fails_half_way_leaves_no_gap_and_no_ghost() {
    let dir = StateDir::with_file();
    let store = dir.store();
    let leader = Journal::open(Arc::clone(&store), Clock::system()).unwrap();
    let (store, failures) = Failures::of(store);
    let ghost = accept(&leader, "shop", "1").await;
    let follower = Journal::follow(store, Clock::system()).unwrap();
    let mut reader = follower.follower(0);

    let id = accept(&leader, "game", "1").await;
    append_all(&leader, &ghost, success("shop", "shop-00001", &image("shop:1"))).await;
    let started = Event::Deployment(DeploymentEvent::Started);
    let events = std::iter::once(started).chain((1..700).map(command_started));
    let at = leader.live()[0].1.changed_at;
    let events = events.map(|event| DatedEvent { at, event }).collect();
    leader.append_all(&id, events, None).await.unwrap();
    // The second of three readings.
    *failures.after.lock().unwrap() = Some(1);
    follower.lead().await.unwrap_err();
    assert!(!follower.leads());

    let last = leader.last_sequence();
    until_is(last, || follower.last_sequence()).await;
    assert_eq!(follower.live(), leader.live());
    let mut read = Vec::new();
    while read.len() < last as usize {
        let records = timeout(SOON, reader.next()).await.expect("no more").unwrap();
        reader.advance(records.last().unwrap().sequence);
        read.extend(records.iter().map(|record| record.sequence));
    }
    assert_eq!(read, (1..=last).collect::<Vec<_>>());
    follower.lead().await.unwrap();
    assert!(follower.leads());
}
