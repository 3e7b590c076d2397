//! The journal's file: a full disk, a kill in mid-write, and files that are not what they should
//! be.

use boathook::journal::FILE;
use boathook_testing::state_dir::StateDir;
use expect_test::expect;
use rusqlite::Connection;
use tokio::task::{JoinHandle, yield_now};

use crate::support::{listening::shell, serving::Serving};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_the_journal_can_be_written_again_is_logged() {
    let serving = Serving::start("secrets: [{id: ci, credential: secret}]").await;
    let other = Connection::open(serving.path().join("state").join(FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = serving.boathook("lock production --reason moving").await;
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: the record cannot be written; nothing was done, try again later"#]]
    .assert_eq(&refused);
    assert!(!serving.log().contains("can be written again"), "{}", serving.log());
    other.execute_batch("ROLLBACK").unwrap();
    let locked = serving.boathook("lock production --reason moving").await;
    assert!(locked.starts_with("exit 0"), "{locked}");
    serving
        .until(|log| {
            log.contains("INFO boathook::journal::writer::shared: The journal can be written again")
        })
        .await;
}
