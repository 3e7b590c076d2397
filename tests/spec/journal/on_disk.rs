//! The journal's file: a full disk, a kill in mid-write, and files that are not what they should
//! be.

use std::{fs, sync::Arc};

use boathook::journal::{
    AcceptError, Accepted, AppendError, Filter, Journal, SqliteStore, StoreError, StoreOptions,
};
use boathook_core::{
    clock::Clock,
    deployment::DeploymentId,
    record::{CommandEvent, CommandExit, DeploymentEvent, Event},
};
use boathook_testing::{
    samples::{QUEUE, accept, acceptance, append_all, command_started, image, success},
    state_dir::StateDir,
};
use futures_util::future::join_all;
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
use rusqlite::Connection;

/// Larger than what SQLite may still have room for in pages it already has.
fn large() -> Event {
    Event::Command(CommandEvent::CommandEnded {
        command: 1,
        exit: CommandExit::Code(0),
        duration_ms: 1,
        stdout: "x".repeat(100_000),
        stderr: String::new(),
    })
}

async fn running(journal: &Journal) -> DeploymentId {
    let id = accept(journal, "game", "1").await;
    append_all(journal, &id, vec![Event::Deployment(DeploymentEvent::Started), command_started(1)])
        .await;
    id
}

#[tokio::test]
async fn a_full_disk_is_reported_to_the_caller_and_leaves_nothing_behind() {
    let dir = StateDir::with_file();
    let store = dir.sqlite();
    let journal = Journal::open(Arc::clone(&store) as _, Clock::system()).unwrap();
    let id = running(&journal).await;
    let before = journal.deployment(&id).await.unwrap();
    let mut records = journal.subscribe();

    store.limit(Some(0)).unwrap();
    let Err(AppendError::Store(refused)) = journal.append(&id, large()).await else {
        panic!("a full disk took it")
    };
    assert_eq!(refused.to_string(), "failed to write the journal");
    assert_eq!(
        std::error::Error::source(&refused).unwrap().to_string(),
        "database or disk is full"
    );
    let mut too_much = acceptance("other", "1");
    too_much.request.triggered_by = Some("x".repeat(100_000));
    assert!(matches!(journal.accept(too_much.clone(), QUEUE).await, Err(AcceptError::Store(_))));

    assert_eq!(journal.deployment(&id).await.unwrap(), before);
    assert_eq!(journal.records(&id, 0).await.unwrap().len(), 3);
    assert_eq!(journal.live().len(), 1);
    assert!(records.try_recv().is_err(), "a record was published that is not on disk");
    assert!(
        matches!(journal.accept(acceptance("game", "1"), QUEUE).await, Ok(Accepted::Repeat(_))),
        "a repeat needs no room"
    );

    store.limit(None).unwrap();
    assert_eq!(journal.append(&id, large()).await.unwrap().sequence, 4);
    assert!(matches!(journal.accept(too_much, QUEUE).await, Ok(Accepted::New(_))));
    assert_eq!(records.try_recv().unwrap().sequence, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_who_waited_for_a_full_disk_learns_of_it() {
    let dir = StateDir::with_file();
    let store = Arc::new(
        SqliteStore::open(&dir.path(), StoreOptions { max_bytes: Some(200_000) }).unwrap(),
    );
    let journal = Journal::open(store, Clock::system()).unwrap();
    let askers = (0..40).map(|number| {
        let journal = journal.clone();
        tokio::spawn(async move {
            let mut acceptance = acceptance("game", &number.to_string());
            acceptance.request.triggered_by = Some("x".repeat(10_000));
            journal.accept(acceptance, QUEUE).await.is_ok()
        })
    });
    let taken = join_all(askers).await.into_iter().filter(|taken| *taken.as_ref().unwrap()).count();

    let listed = journal.list(&Filter { limit: 100, ..Filter::default() }).await.unwrap().len();
    assert!(taken < 40, "it never became full");
    assert_eq!((listed, journal.live().len()), (taken, taken));
}

/// A journal's two files after every record of two deployments, and how long the log was then.
struct Written {
    database: Vec<u8>,
    log: Vec<u8>,
    lengths: Vec<usize>,
}

async fn written() -> Written {
    let dir = StateDir::with_file();
    let journal = dir.journal();
    let length = || fs::metadata(dir.log()).unwrap().len().try_into().unwrap();
    let mut lengths = Vec::new();
    for (deployment_id, events) in [
        ("1", success("game", "game-00002", &image("game:1"))),
        ("2", vec![Event::Deployment(DeploymentEvent::Started), large()]),
    ] {
        let id = accept(&journal, "game", deployment_id).await;
        lengths.push(length());
        for event in events {
            journal.append(&id, event).await.unwrap();
            lengths.push(length());
        }
    }
    Written { database: fs::read(dir.path()).unwrap(), log: fs::read(dir.log()).unwrap(), lengths }
}

impl Written {
    /// How many records are whole in so many bytes of the log.
    fn whole(&self, cut: usize) -> usize {
        self.lengths.iter().filter(|length| **length <= cut).count()
    }

    /// How many records a journal has that is opened on a log cut there, with `torn` after the cut.
    fn found(&self, cut: usize, torn: &[u8]) -> usize {
        let log = [&self.log[..cut], torn].concat();
        let dir = StateDir::with(&[("journal.db", &self.database), ("journal.db-wal", &log)]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let journal = dir.journal();
            let mut records = 0;
            for summary in journal.list(&Filter::default()).await.unwrap() {
                records += journal.records(&summary.id, 0).await.unwrap().len();
                let folded =
                    journal.deployment(&summary.id).await.unwrap().expect("a row without records");
                assert_eq!(folded.state.status(), summary.status);
            }
            accept(&journal, "another", "1").await;
            records
        })
    }
}

/// Bytes of a frame in SQLite's log: a header and a page.
const FRAME: usize = 24 + 4096;

#[test]
fn a_journal_cut_at_any_record_and_any_page_opens_at_the_last_whole_record() {
    let written = tokio::runtime::Runtime::new().unwrap().block_on(written());
    let pages = (32..written.log.len()).step_by(FRAME);
    for cut in pages.chain(written.lengths.iter().copied()) {
        for cut in [cut - 1, cut, cut + 1].map(|cut| cut.min(written.log.len())) {
            assert_eq!(written.found(cut, &[]), written.whole(cut), "cut after {cut} bytes");
        }
    }
    assert_eq!(written.found(written.log.len(), &[]), written.lengths.len());
}

#[test]
fn a_journal_cut_at_any_byte_opens_at_the_last_whole_record() {
    let written = tokio::runtime::Runtime::new().unwrap().block_on(written());
    proptest!(ProptestConfig::with_cases(100), |(
        cut in 0..written.log.len(),
        torn in any::<[u8; 32]>(),
    )| {
        prop_assert_eq!(written.found(cut, &[]), written.whole(cut));
        prop_assert_eq!(written.found(cut, &torn), written.whole(cut));
    });
}

#[tokio::test]
async fn sequences_go_on_after_a_restart_and_none_is_given_twice() {
    let dir = StateDir::with_file();
    let journal = dir.journal();
    running(&journal).await;
    drop(journal);
    Connection::open(dir.path())
        .unwrap()
        .execute_batch("DELETE FROM records; DELETE FROM deployments")
        .unwrap();

    let journal = dir.journal();
    let id = accept(&journal, "game", "2").await;
    assert_eq!(journal.records(&id, 0).await.unwrap()[0].sequence, 4);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_an_error_and_not_a_gap() {
    let dir = StateDir::with_file();
    let journal = dir.journal();
    let id = accept(&journal, "game", "1").await;
    append_all(&journal, &id, success("game", "game-00002", &image("game:1"))).await;
    drop(journal);
    Connection::open(dir.path())
        .unwrap()
        .execute_batch("UPDATE records SET event = '{\"type\":\"st' WHERE sequence = 3")
        .unwrap();

    let refused = dir.journal().records(&id, 0).await.unwrap_err();
    assert_eq!(refused.to_string(), "failed to read the records of a deployment");
}

#[tokio::test]
async fn a_journal_whose_events_do_not_hold_together_is_not_opened() {
    let dir = StateDir::with_file();
    let journal = dir.journal();
    let id = running(&journal).await;
    drop(journal);
    Connection::open(dir.path())
        .unwrap()
        .execute_batch("DELETE FROM records WHERE sequence = 2")
        .unwrap();

    let Err(refused) = Journal::open(dir.sqlite(), Clock::system()) else {
        panic!("it was opened")
    };
    assert_eq!(
        refused.to_string(),
        format!("the stored record of deployment {id} is inconsistent")
    );
}

fn refused(dir: &StateDir) -> StoreError {
    match dir.try_sqlite() {
        Ok(_) => panic!("the journal was opened"),
        Err(error) => error,
    }
}

#[test]
fn two_boathooks_cannot_have_one_journal() {
    let dir = StateDir::with_file();
    let first = dir.sqlite();
    assert!(matches!(refused(&dir), StoreError::InUse { path } if path == dir.path()));
    drop(first);
    dir.sqlite();
}

#[test]
fn a_file_that_is_something_else_is_left_alone() {
    let text = b"#!/bin/sh\necho this is no database, and long enough that SQLite reads its first \
                 hundred bytes as a header\n";
    let dir = StateDir::with(&[("journal.db", text)]);
    assert!(matches!(refused(&dir), StoreError::NotOurs { .. }));
    assert_eq!(fs::read(dir.path()).unwrap(), text);

    let dir = StateDir::with_file();
    Connection::open(dir.path())
        .unwrap()
        .execute_batch("CREATE TABLE recipes (name TEXT)")
        .unwrap();
    let before = fs::read(dir.path()).unwrap();
    assert!(matches!(refused(&dir), StoreError::NotOurs { .. }));
    assert_eq!(fs::read(dir.path()).unwrap(), before);
}

#[test]
fn a_journal_of_a_newer_boathook_is_left_alone() {
    let dir = StateDir::with_file();
    drop(dir.sqlite());
    dir.claim_format(99);
    let refused = refused(&dir);
    assert!(matches!(refused, StoreError::Newer { found: 99, known: 13, .. }), "{refused}");
}

#[tokio::test]
async fn a_journal_of_the_format_before_is_brought_to_the_newest_with_what_is_in_it() {
    let dir = StateDir::with_file();
    let journal = dir.journal();
    accept(&journal, "game", "1").await;
    drop(journal);
    dir.claim_format(12);
    let journal = dir.journal();
    assert_eq!(journal.list(&Filter::default()).await.unwrap().len(), 1);
    drop(journal);
    let format = Connection::open(dir.path()).unwrap();
    let format: i64 = format.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(format, 13);
}

#[test]
fn a_journal_of_a_build_before_the_first_release_is_left_alone() {
    let dir = StateDir::with_file();
    drop(dir.sqlite());
    dir.claim_format(6);
    let before = fs::read(dir.path()).unwrap();
    let refused = refused(&dir);
    assert!(matches!(refused, StoreError::Older { found: 6, .. }), "{refused}");
    assert_eq!(fs::read(dir.path()).unwrap(), before);
}

#[tokio::test]
async fn a_reason_that_is_damaged_is_an_error_and_no_words() {
    let dir = StateDir::with_file();
    drop(dir.journal());
    let journal = dir.journal();
    accept(&journal, "game", "1").await;
    drop(journal);
    let damage =
        r#"UPDATE deployments SET reason = '{"kind":"aborted","by":{"operator":{"user":"ada"'"#;
    Connection::open(dir.path()).unwrap().execute_batch(damage).unwrap();
    let listed = dir.journal().list(&Filter::default()).await;
    assert!(matches!(listed, Err(StoreError::Failed { .. })), "{listed:?}");
}

#[tokio::test]
async fn a_damaged_row_refuses_the_requests_of_its_service_alone() {
    let dir = StateDir::with_file();
    {
        let journal = dir.journal();
        for name in ["game", "other"] {
            let id = accept(&journal, name, "1").await;
            let serves = image(&format!("registry.example/game@sha256:{}", "a".repeat(64)));
            append_all(&journal, &id, success(name, "game-00001", &serves)).await;
        }
    }
    let damage = "UPDATE deployments SET reason = '{' WHERE service = 'game'";
    Connection::open(dir.path()).unwrap().execute_batch(damage).unwrap();
    let journal = dir.journal();
    // The first may begin alone; the others then wait together.
    let all =
        ["first", "game", "game", "other", "other"].into_iter().zip(["1", "1", "2", "1", "2"]);
    let answers = join_all(all.map(|(name, id)| journal.accept(acceptance(name, id), QUEUE))).await;
    assert!(
        matches!(
            answers[..],
            [
                Ok(Accepted::New(_)),
                Err(AcceptError::Store(StoreError::Failed { .. })),
                Err(AcceptError::Store(StoreError::Failed { .. })),
                Ok(Accepted::Repeat(_)),
                Ok(Accepted::New(_)),
            ]
        ),
        "{answers:?}"
    );
}

#[test]
fn a_journal_that_may_only_be_read_is_refused_at_once() {
    let dir = StateDir::with_file();
    drop(dir.sqlite());
    let mut database = fs::read(dir.path()).unwrap();
    // SQLite's header says in byte 18 which version may write; to a later one than its own it is
    // read-only.
    database[18] = 3;
    fs::write(dir.path(), database).unwrap();
    assert!(matches!(refused(&dir), StoreError::ReadOnly { .. }));
}

#[test]
fn a_missing_directory_is_named() {
    let dir = StateDir::with_file();
    let Err(refused) = SqliteStore::open(&dir.path().join("nowhere"), StoreOptions::default())
    else {
        panic!("it was opened")
    };
    assert!(refused.to_string().contains("journal.db/nowhere"), "{refused}");
}

#[test]
fn the_journal_is_its_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = StateDir::with_file();
    let _store = dir.sqlite();
    for file in [dir.path(), dir.log()] {
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            file.display()
        );
    }
}
