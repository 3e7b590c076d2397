//! A follower learns of what the leader writes.

use std::{sync::Arc, time::Duration};

use boathook::journal::{Journal, PostgresStore, Store};
use boathook_core::clock::Clock;
use boathook_testing::{postgres_server, samples::accept, waiting::until};
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(10);

/// Nothing but the announcement wakes it: its own look would come after a second.
#[tokio::test]
async fn a_follower_hears_of_a_record_at_once() {
    let options = postgres_server::new_schema();
    let store: Arc<dyn Store> = Arc::new(PostgresStore::open(options).unwrap());
    let leader = Journal::open(Arc::clone(&store), Clock::system()).unwrap();
    let follower = Journal::follow(Arc::clone(&store), Clock::system()).unwrap();
    let mut notices = store.notices().unwrap();
    // The connection is there.
    timeout(SOON, notices.records()).await.unwrap();
    accept(&leader, "game", "1").await;
    timeout(SOON, notices.records()).await.expect("nothing was announced");
    until(|| follower.last_sequence() == 1).await;
}
