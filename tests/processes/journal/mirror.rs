//! The leader announces what it writes, and a follower takes it in.

use std::{sync::Arc, time::Duration};

use boathook::journal::{Journal, PostgresStore, Store};
use boathook_core::clock::Clock;
use boathook_testing::{postgres_server, samples::accept, waiting::until_is};
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn the_leader_announces_what_it_wrote_and_a_follower_reads_it() {
    let options = postgres_server::new_schema();
    let store: Arc<dyn Store> = Arc::new(PostgresStore::open(options).unwrap());
    let leader = Journal::open(Arc::clone(&store), Clock::system()).unwrap();
    let follower = Journal::follow(Arc::clone(&store), Clock::system()).unwrap();
    let mut notices = store.notices().unwrap();
    // The connection is there.
    timeout(SOON, notices.records()).await.unwrap();
    accept(&leader, "game", "1").await;
    timeout(SOON, notices.records()).await.expect("nothing was announced");
    until_is(1, || follower.last_sequence()).await;
}
