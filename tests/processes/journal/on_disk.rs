//! The journal's file: a full disk, a kill in mid-write, and files that are not what they should
//! be.

use boathook_testing::state_dir::StateDir;
use tokio::task::{JoinHandle, yield_now};

use crate::support::listening::shell;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_journal_that_was_closed_opens_at_once_also_while_programs_are_being_started() {
    let dir = StateDir::new();
    // Until it runs, a program that is being started holds what its starter has open.
    let starts =
        (0..3).map(|_| tokio::spawn(async { while shell("true", &[]).await.code == 0 {} }));
    let starts: Vec<_> = starts.collect();
    for _ in 0..500 {
        drop(dir.store());
        yield_now().await;
    }
    starts.iter().for_each(JoinHandle::abort);
}
