//! A follower that cannot read the record for a while: it loses nothing, and doubles nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use boathook::journal::{Batch, Journal, Notices, RowReader, Statement, Store, StoreError};
use boathook_core::clock::Clock;
use boathook_testing::{samples::accept, state_dir::StateDir};
use tokio::time::sleep;

/// A store whose reading fails at will.
struct Failing {
    store: Arc<dyn Store>,
    fails: AtomicBool,
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
        if self.fails.load(Ordering::Relaxed) {
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
    let failing = Arc::new(Failing { store, fails: AtomicBool::new(false) });
    let follower = Journal::follow(Arc::clone(&failing) as _, Clock::system()).unwrap();
    let mut news = follower.subscribe();
    accept(&leader, "game", "1").await;
    while follower.last_sequence() < 1 {
        sleep(Duration::from_millis(20)).await;
    }

    failing.fails.store(true, Ordering::Relaxed);
    accept(&leader, "game", "2").await;
    sleep(Duration::from_secs(60)).await;
    assert_eq!(follower.last_sequence(), 1);
    assert!(follower.mirror_age().unwrap() >= Duration::from_secs(58));

    failing.fails.store(false, Ordering::Relaxed);
    while follower.last_sequence() < 2 {
        sleep(Duration::from_millis(20)).await;
    }
    assert!(follower.mirror_age().unwrap() <= Duration::from_secs(2));
    assert_eq!(follower.live(), leader.live());
    assert_eq!(news.recv().await.unwrap().sequence, 1);
    assert_eq!(news.recv().await.unwrap().sequence, 2);
    assert!(news.is_empty());
}
