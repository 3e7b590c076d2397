//! The journal in PostgreSQL: one boathook writes, whatever happens to the server, to the network or
//! to the other one.

use std::{sync::Arc, time::Duration};

use boathook::journal::{
    AcceptError, Accepted, DatabaseUrl, Filter, Journal, PostgresError, PostgresOptions,
    PostgresStore, Store, StoreError,
};
use boathook_core::{clock::Clock, deployment::DeploymentId};
use boathook_testing::{
    postgres_server::{self, PostgresServer},
    samples::{QUEUE, acceptance, image, success},
};
use tokio::time::{sleep, timeout};

use crate::support::database_proxy::DatabaseProxy;

fn open(options: &PostgresOptions) -> Journal {
    try_open(options).unwrap()
}

fn try_open(options: &PostgresOptions) -> Result<Journal, StoreError> {
    let store: Arc<dyn Store> = Arc::new(PostgresStore::open(options.clone())?);
    Journal::open(store, Clock::system())
}

async fn accept(journal: &Journal, id: &str) -> Result<DeploymentId, AcceptError> {
    let accepted = journal.accept(acceptance("game", id), QUEUE).await?;
    Ok(match accepted {
        Accepted::New(summary) | Accepted::Repeat(summary) => summary.id,
    })
}

/// The sender's names of what is in the record, the first one first.
async fn recorded(journal: &Journal) -> Vec<String> {
    let mut all = journal.list(&Filter { limit: 1000, ..Filter::default() }).await.unwrap();
    all.reverse();
    all.iter().map(|one| one.deployment_id.to_string()).collect()
}

#[tokio::test]
async fn a_second_boathook_is_refused_and_told_who_has_the_journal() {
    let schema = postgres_server::new_schema();
    let _first = open(&schema);

    let refused = try_open(&schema).map(drop).unwrap_err().to_string();
    let process = std::process::id();
    assert!(
        refused.starts_with("another boathook has the journal in schema journal_"),
        "{refused}"
    );
    assert!(refused.contains(&format!("(process {process})")), "{refused}");
    assert!(refused.ends_with("from a Unix socket, as boathook"), "{refused}");
}

#[tokio::test]
async fn a_boathook_that_lost_the_journal_to_another_writes_nothing_any_more() {
    let schema = postgres_server::new_schema();
    let proxy = DatabaseProxy::before(&schema);
    let first = open(proxy.options());
    accept(&first, "1").await.unwrap();

    proxy.cut();
    let second = open(&schema);
    proxy.mend();
    accept(&second, "2").await.unwrap();

    let deposed = accept(&first, "3").await.unwrap_err();
    assert!(
        matches!(
            deposed,
            AcceptError::Store(StoreError::Postgres(
                PostgresError::InUse { .. } | PostgresError::Deposed { .. }
            ))
        ),
        "{deposed}"
    );
    assert_eq!(recorded(&second).await, ["1", "2"]);
    drop(second);
    let last = loop {
        // Until the server has missed the second one.
        let last = accept(&first, "4").await.unwrap_err();
        if !last.to_string().contains("another boathook has the journal") {
            break last;
        }
        sleep(Duration::from_millis(20)).await;
    };
    assert!(
        matches!(last, AcceptError::Store(StoreError::Postgres(PostgresError::Deposed { .. }))),
        "{last}"
    );
    assert_eq!(recorded(&open(&schema)).await, ["1", "2"]);
}

#[tokio::test]
async fn a_boathook_whose_epoch_is_over_writes_nothing_though_its_connection_lives() {
    let schema = postgres_server::new_schema();
    let journal = open(&schema);
    let id = accept(&journal, "1").await.unwrap();
    let name = schema.schema().as_str();
    // Another one has accepted a request since.
    postgres_server::administer(&format!(
        "UPDATE {name}.journal SET epoch = epoch + 1, batch = batch + 1, last_sequence = 2;
         INSERT INTO {name}.records (sequence, deployment, at, event) SELECT 2, deployment, at, event FROM {name}.records"
    ));
    for number in ["2", "3"] {
        let deposed = accept(&journal, number).await.unwrap_err();
        assert!(
            matches!(
                deposed,
                AcceptError::Store(StoreError::Postgres(PostgresError::Deposed { .. }))
            ),
            "{deposed}"
        );
    }
    assert!(journal.check_writable().await.is_err());
    assert_eq!(journal.records(&id, 0).await.unwrap().len(), 2, "what it reads is the truth");
    assert_eq!(recorded(&journal).await, ["1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_was_cut_off_is_neither_lost_nor_done_twice() {
    let schema = postgres_server::new_schema();
    let proxy = DatabaseProxy::before(&schema);
    let journal = open(proxy.options());
    accept(&journal, "1").await.unwrap();

    proxy.swallow_answer_to_commit();
    accept(&journal, "2").await.unwrap();
    assert!(proxy.has_swallowed(), "nothing was cut off");
    accept(&journal, "3").await.unwrap();
    assert_eq!(recorded(&journal).await, ["1", "2", "3"]);
    assert_eq!(journal.last_sequence(), 3);

    drop(journal);
    assert_eq!(recorded(&open(&schema)).await, ["1", "2", "3"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_was_cut_off_before_another_boathook_began_is_not_reported_as_not_done() {
    let schema = postgres_server::new_schema();
    let proxy = DatabaseProxy::before(&schema);
    let first = open(proxy.options());
    accept(&first, "1").await.unwrap();

    proxy.swallow_answer_to_commit_and_stay_away();
    let asking = first.clone();
    let asked = tokio::spawn(async move { accept(&asking, "2").await });
    while !proxy.has_swallowed() {
        sleep(Duration::from_millis(5)).await;
    }
    let second = open(&schema);
    assert_eq!(recorded(&second).await, ["1", "2"], "it was kept");
    drop(second);
    proxy.mend();
    let answer = asked.await.unwrap().unwrap_err();
    let AcceptError::Store(uncertain) = answer else { panic!("{answer}") };
    assert!(uncertain.is_uncertain(), "{uncertain}");
    let deposed = accept(&first, "3").await.unwrap_err();
    assert!(
        matches!(deposed, AcceptError::Store(StoreError::Postgres(PostgresError::Deposed { .. }))),
        "{deposed}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_never_reached_the_server_is_reported_as_not_kept() {
    let schema = postgres_server::new_schema();
    let proxy = DatabaseProxy::before(&schema);
    let journal = open(proxy.options());
    accept(&journal, "1").await.unwrap();

    proxy.swallow_commit();
    let lost = accept(&journal, "2").await.unwrap_err();
    assert!(
        matches!(lost, AcceptError::Store(StoreError::Postgres(PostgresError::NotKept { .. }))),
        "{lost}"
    );
    assert_eq!(recorded(&journal).await, ["1"]);
    accept(&journal, "2").await.unwrap();
    assert_eq!(recorded(&journal).await, ["1", "2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_again_and_again_loses_nothing_that_was_accepted() {
    let server = PostgresServer::start();
    let schema = server.new_schema();
    let journal = open(&schema);
    let mut accepted = Vec::new();
    for round in 0..4 {
        let senders = (0..8).map(|number| {
            let journal = journal.clone();
            tokio::spawn(async move {
                let id = format!("{round}-{number}");
                accept(&journal, &id).await.ok().map(|_| id)
            })
        });
        let senders = senders.collect::<Vec<_>>();
        tokio::task::block_in_place(|| server.kill());
        tokio::task::block_in_place(|| server.restart());
        for sender in senders {
            accepted.extend(sender.await.unwrap());
        }
        let after = format!("{round}-after");
        while accept(&journal, &after).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
        accepted.push(after);
    }
    let mut found = recorded(&journal).await;
    drop(journal);
    let mut reopened = recorded(&open(&schema)).await;
    for list in [&mut accepted, &mut found, &mut reopened] {
        list.sort();
    }
    assert_eq!(found, accepted);
    assert_eq!(reopened, accepted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_accepted_while_the_server_is_away_and_everything_goes_on_afterwards() {
    let server = PostgresServer::start();
    let journal = open(&server.new_schema());
    let id = accept(&journal, "1").await.unwrap();
    let mut events = success("game", "game-00002", &image("game:1")).into_iter();
    journal.append(&id, events.next().unwrap()).await.unwrap();

    tokio::task::block_in_place(|| server.kill());
    assert!(accept(&journal, "2").await.is_err());
    assert!(journal.check_writable().await.is_err());
    assert!(journal.records(&id, 0).await.is_err());

    tokio::task::block_in_place(|| server.restart());
    let writable = async {
        while journal.check_writable().await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(60), writable).await.expect("nothing can be written");
    for event in events {
        journal.append(&id, event).await.unwrap();
    }
    assert_eq!(accept(&journal, "1").await.unwrap(), id, "a repeat is still one");
    accept(&journal, "2").await.unwrap();
    assert_eq!(recorded(&journal).await, ["1", "2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_accepted_does_not_wait_for_a_slow_search() {
    let schema = postgres_server::new_schema();
    let journal = open(&schema);
    let name = schema.schema().as_str().to_owned();
    let locks = |granted: &str| {
        let asked = format!(
            "SELECT pid FROM pg_locks WHERE relation = '{name}.source_cursors'::regclass AND {granted}"
        );
        tokio::task::block_in_place(|| postgres_server::ask(&asked)).trim().to_owned()
    };
    let hold = format!("BEGIN; LOCK TABLE {name}.source_cursors; SELECT pg_sleep(60)");
    let holder = std::thread::spawn(move || postgres_server::administer(&hold));
    let holding = until_some(|| locks("granted")).await;
    let slow = tokio::spawn({
        let journal = journal.clone();
        async move { journal.source_cursor("a").await }
    });
    until_some(|| locks("NOT granted")).await;

    accept(&journal, "1").await.unwrap();
    assert!(!slow.is_finished());
    tokio::task::block_in_place(|| {
        postgres_server::ask(&format!("SELECT pg_terminate_backend({holding})"))
    });
    assert_eq!(slow.await.unwrap().unwrap(), None);
    assert!(holder.join().is_err(), "its session was ended");
}

/// Waits until that says something.
async fn until_some(look: impl Fn() -> String) -> String {
    loop {
        let found = look();
        if !found.is_empty() {
            return found;
        }
        sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn a_url_without_a_way_to_verify_the_server_is_refused_and_never_repeated() {
    let refused = |url: &str| DatabaseUrl::parse(url).map(drop).unwrap_err().why();
    for url in [
        "postgresql://boathook:hunter2@db.example/boathook?sslmode=prefer",
        "postgresql://boathook:hunter2@db.example/boathook?sslmode=verify-ca",
        "postgresql://boathook:hunter2@db.example/boathook?sslrootcert=/etc/ca.pem",
        "postgresql://boathook:hunter2@db.example:port/boathook",
        "postgresql://boathook:hunter2@db.example/boathook?hunter2=1",
        "mysql://boathook:hunter2@db.example/boathook",
        "postgresql:///boathook",
    ] {
        assert!(!refused(url).contains("hunter2"), "{url}");
    }
    for url in [
        "postgresql://boathook:hunter2@db.example/boathook",
        "postgresql://boathook:hunter2@db.example/boathook?sslmode=disable",
        "postgres://boathook@localhost:5433/boathook",
        "postgresql://boathook@%2Frun%2Fpostgresql/boathook",
        "postgresql://boathook:hunter2@one.example,two.example:5433/boathook?sslmode=verify-full",
    ] {
        assert!(DatabaseUrl::parse(url).is_ok(), "{url}");
    }
}
