//! A follower that cannot read the record for a while: it loses nothing, and doubles nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use boathook::journal::{
    Batch, DatedEvent, Journal, Notices, RowReader, Statement, Store, StoreError,
};
use boathook_core::{
    clock::Clock,
    record::{DeploymentEvent, Event},
};
use boathook_testing::{
    samples::{accept, append_all, command_started, image, success},
    state_dir::StateDir,
};
use tokio::time::{sleep, timeout};

use crate::support::boathooks::until;

const SOON: Duration = Duration::from_secs(10);

/// A store whose reading fails at will.
struct Failing {
    store: Arc<dyn Store>,
    fails: AtomicBool,
    /// Readings of records after which one fails.
    fails_after: AtomicUsize,
}

impl Failing {
    fn new(store: Arc<dyn Store>) -> Arc<Self> {
        let fails_after = AtomicUsize::new(usize::MAX);
        Arc::new(Self { store, fails: AtomicBool::new(false), fails_after })
    }
}

impl Store for Failing {
    fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        self.store.write(batch)
    }

    fn write_beside(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
    ) -> Result<(), StoreError> {
        self.store.write_beside(operation, statement)
    }

    fn check(&self) -> Result<(), StoreError> {
        self.store.check()
    }

    fn notices(&self) -> Option<Notices> {
        self.store.notices()
    }

    fn last_sequence(&self) -> Result<u64, StoreError> {
        self.store.last_sequence()
    }

    fn find_rows(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
        row: &mut RowReader<'_>,
    ) -> Result<(), StoreError> {
        let is_next = operation == "read the records of all deployments"
            && self.fails_after.fetch_sub(1, Ordering::Relaxed) == 0;
        if is_next || self.fails.load(Ordering::Relaxed) {
            return Err(StoreError::Stopped);
        }
        self.store.find_rows(operation, statement, row)
    }
}

#[tokio::test(start_paused = true)]
async fn a_follower_that_cannot_read_for_a_while_says_how_old_its_knowledge_is_and_goes_on() {
    let dir = StateDir::new();
    let store = dir.store();
    let leader = Journal::open(Arc::clone(&store), Clock::system()).unwrap();
    let failing = Failing::new(store);
    let follower = Journal::follow(Arc::clone(&failing) as _, Clock::system()).unwrap();
    let mut news = follower.subscribe();
    accept(&leader, "game", "1").await;
    until(|| follower.last_sequence() == 1).await;

    failing.fails.store(true, Ordering::Relaxed);
    accept(&leader, "game", "2").await;
    sleep(Duration::from_secs(60)).await;
    assert_eq!(follower.last_sequence(), 1);
    assert!(follower.mirror_age().unwrap() >= Duration::from_secs(58));

    failing.fails.store(false, Ordering::Relaxed);
    until(|| follower.last_sequence() == 2).await;
    assert!(follower.mirror_age().unwrap() <= Duration::from_secs(2));
    assert_eq!(follower.live(), leader.live());
    assert_eq!(news.recv().await.unwrap().sequence, 1);
    assert_eq!(news.recv().await.unwrap().sequence, 2);
    assert!(news.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_fails_half_way_leaves_no_gap_and_no_ghost() {
    let dir = StateDir::with_file();
    let store = dir.store();
    let leader = Journal::open(Arc::clone(&store), Clock::system()).unwrap();
    let failing = Failing::new(store);
    let ghost = accept(&leader, "shop", "1").await;
    let follower = Journal::follow(Arc::clone(&failing) as _, Clock::system()).unwrap();
    let mut reader = follower.follower(0);

    let id = accept(&leader, "game", "1").await;
    append_all(&leader, &ghost, success("shop", "shop-00001", &image("shop:1"))).await;
    let started = Event::Deployment(DeploymentEvent::Started);
    let events = std::iter::once(started).chain((1..700).map(command_started));
    let at = leader.live()[0].1.changed_at;
    let events = events.map(|event| DatedEvent { at, event }).collect();
    leader.append_all(&id, events, None).await.unwrap();
    // The second of three readings.
    failing.fails_after.store(1, Ordering::Relaxed);
    follower.lead().await.unwrap_err();
    assert!(!follower.leads());

    let last = leader.last_sequence();
    until(|| follower.last_sequence() == last).await;
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
