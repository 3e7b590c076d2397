//! A record moves from a file to a database and back, whole, and never is in use in two places.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
};

use boathook::journal::{
    AcceptError, Accepted, Copied, CopyError, CopyMark, CopyPlace, CopyStep, Filter, Journal,
    PostgresError, PostgresOptions, PostgresStore, SqliteStore, Store, StoreError, StoreOptions,
    copy, copy_mark_of, inspect,
};
use boathook_core::{
    clock::Clock,
    deployment::{Actor, DeploymentId, Environment, Namespace, ServiceKey, ServiceName},
    record::{KeepsOut, Lock, ServiceHold},
};
use boathook_testing::{
    postgres_server,
    samples::{QUEUE, accept, acceptance, image, success},
    shipped::Shipped as _,
    state_dir::StateDir,
};
use jiff::Timestamp;
use rusqlite::Connection;

/// Rows of every kind of table, beside those of deployments.
const OTHERS: &str = "
    INSERT INTO withdrawals (digest, withdrawal) VALUES ('sha256:2', '{}'), ('sha256:1', '{}');
    INSERT INTO service_facts (sequence, digest, environment, namespace, service, at, what, until, bundle) VALUES
        (7, 'sha256:1', 'staging', 'game', 'game', '2026-11-23T10:00:00Z', 'succeeded', NULL, NULL),
        (9, 'sha256:1', 'staging', 'game', 'game', '2026-11-23T11:00:00Z', 'replaced', '2026-11-23T11:00:00Z', 'sha256:3');
    INSERT INTO github_deployments (deployment, repository, number, told) VALUES ('d', 'o/r', 2, 1), ('c', 'o/r', 1, 0);
    INSERT INTO source_cursors (source, position) VALUES ('github o/r', 9000000000), ('a', 1);
    INSERT INTO bundles (digest, packed) VALUES ('sha256:3', x'00ff10'), ('sha256:4', NULL), ('sha256:5', zeroblob(100000)),
        ('sha256:6', x''), ('sha256:7', x'01'), ('sha256:8', x'02');
    UPDATE sqlite_sequence SET seq = seq + 1000 WHERE name = 'records'";

/// A record in a file with something in each table, and more rows than are copied at once.
async fn recorded() -> StateDir {
    let dir = StateDir::with_file();
    let journal = dir.journal();
    for number in 0..120 {
        let id = accept(&journal, &format!("game-{}", number % 7), &number.to_string()).await;
        if number < 100 {
            for event in success("game", "game-00001", &image("game:1")) {
                journal.append(&id, event).await.unwrap();
            }
        }
    }
    drop(journal);
    let connection = Connection::open(dir.path()).unwrap();
    connection.execute_batch(OTHERS).unwrap();
    for number in [2, 1] {
        let lock = lock(number);
        let hold = hold(number);
        let written = (lock.id.as_str(), serde_json::to_string(&lock).unwrap());
        connection.execute("INSERT INTO locks (id, lock) VALUES (?1, ?2)", written).unwrap();
        let written = (hold.id.as_str(), serde_json::to_string(&hold).unwrap());
        connection
            .execute("INSERT INTO service_holds (id, hold) VALUES (?1, ?2)", written)
            .unwrap();
    }
    dir
}

/// The later one has the lower id.
fn lock(number: u8) -> Lock {
    Lock {
        id: DeploymentId::from_random([number; 20]),
        environment: Environment::PRODUCTION,
        service: None,
        reason: format!("it's \"{number} \u{20ac}\""),
        by: Actor::new("ada"),
        since: Timestamp::UNIX_EPOCH,
        until: None,
    }
}

fn hold(number: u8) -> ServiceHold {
    ServiceHold {
        id: DeploymentId::from_random([number; 20]),
        environment: Environment::PRODUCTION,
        service: ServiceKey {
            namespace: Namespace::parse("game").unwrap(),
            service: ServiceName::parse(&format!("held-{number}")).unwrap(),
        },
        deployment: DeploymentId::from_random([number; 20]),
        keeps_out: KeepsOut::default(),
        by: Actor::new("ada"),
        since: Timestamp::UNIX_EPOCH,
    }
}

fn file(path: &Path) -> CopyPlace {
    CopyPlace::File(path.to_owned())
}

fn moved(from: &CopyPlace, to: &CopyPlace) -> Copied {
    copy(from, to, &mut |_| ()).unwrap()
}

fn refusal(from: &CopyPlace, to: &CopyPlace) -> CopyError {
    copy(from, to, &mut |_| ()).unwrap_err()
}

fn opened(place: &CopyPlace) -> Result<Box<dyn Store>, StoreError> {
    Ok(match place {
        CopyPlace::File(path) => Box::new(SqliteStore::open(path, StoreOptions::default())?),
        CopyPlace::Postgres(options) => Box::new(PostgresStore::open((**options).clone())?),
    })
}

/// Why a place cannot be used, if it cannot.
fn mark(place: &CopyPlace) -> Option<CopyMark> {
    match opened(place).err()? {
        StoreError::SetAside { mark, .. }
        | StoreError::Postgres(PostgresError::SetAside { mark, .. }) => Some(mark),
        other => panic!("{other}"),
    }
}

async fn ids(journal: &Journal) -> Vec<DeploymentId> {
    let all = Filter { limit: 1000, ..Filter::default() };
    journal.list(&all).await.unwrap().into_iter().map(|one| one.id).collect()
}

#[tokio::test]
async fn a_record_that_goes_to_a_database_and_back_is_the_same() {
    let dir = recorded().await;
    let first = file(&dir.path());
    let database = CopyPlace::from(postgres_server::new_schema());
    let before = ids(&dir.journal()).await;
    let last = dir.store().last_sequence().unwrap();

    let there = moved(&first, &database);
    assert_eq!(there.tables[0], ("deployments", 120));
    assert_eq!(
        there.tables[2..],
        [
            ("locks", 2),
            ("withdrawals", 2),
            ("service_holds", 2),
            ("service_facts", 2),
            ("github_deployments", 2),
            ("source_cursors", 2),
            ("bundles", 6),
        ]
    );
    assert_eq!(there.last_sequence, last);
    let CopyPlace::Postgres(options) = &database else { unreachable!() };
    let journal = Journal::open(opened_in(options), Clock::system()).unwrap();
    assert_eq!(ids(&journal).await, before);
    assert_eq!(
        accept_again(&journal).await,
        before.last().cloned(),
        "a repeat of the first one is known"
    );
    drop(journal);

    let back = StateDir::with_file();
    let here = moved(&database, &file(&back.path()));
    assert_eq!(here, there);
    let journal = back.journal();
    assert_eq!(ids(&journal).await, before);
    let next = accept(&journal, "another", "1").await;
    let records = journal.records(&next, 0).await.unwrap();
    assert_eq!(records[0].sequence, last + 1, "no sequence is given twice");
}

fn opened_in(options: &PostgresOptions) -> std::sync::Arc<dyn Store> {
    std::sync::Arc::new(PostgresStore::open(options.clone()).unwrap())
}

/// The id of the first deployment, whose request comes once more.
async fn accept_again(journal: &Journal) -> Option<DeploymentId> {
    match journal.accept(acceptance("game-0", "0"), QUEUE).await.unwrap() {
        Accepted::Repeat(summary) => Some(summary.id),
        Accepted::New(_) => None,
    }
}

/// Cuts a copy off after each of its steps, as a crash does, and returns how many there were.
fn cut_off_everywhere(from: &CopyPlace, to: &CopyPlace) -> usize {
    for steps in 1.. {
        let left = Cell::new(steps);
        let mut last = None;
        let done = catch_unwind(AssertUnwindSafe(|| {
            copy(from, to, &mut |step| {
                left.set(left.get() - 1);
                last = Some(step);
                if left.get() == 0 && step != CopyStep::Finished {
                    // Without a message: this is what is tested.
                    resume_unwind(Box::new(()));
                }
            })
        }));
        match done {
            Ok(copied) => {
                copied.unwrap();
                return steps;
            }
            Err(_) => {
                let unfinished = CopyMark::Unfinished { from: from.to_string() };
                assert_eq!(mark(to), Some(unfinished), "{last:?}");
                let source = (last == Some(CopyStep::Retired))
                    .then(|| CopyMark::Moved { to: to.to_string() });
                assert_eq!(mark(from), source, "{last:?}");
            }
        }
    }
    unreachable!("a copy ends")
}

#[tokio::test]
async fn wherever_a_copy_is_cut_off_at_most_one_side_is_of_use_and_it_can_begin_anew() {
    let dir = recorded().await;
    let first = file(&dir.path());
    let database = CopyPlace::from(postgres_server::new_schema());
    let steps = cut_off_everywhere(&first, &database);
    assert!(steps > 12, "{steps}");
    let back = StateDir::with_file();
    assert_eq!(cut_off_everywhere(&database, &file(&back.path())), steps);
    assert_eq!(ids(&back.journal()).await.len(), 120);
}

#[tokio::test]
async fn what_was_moved_says_where_it_went_and_what_is_not_empty_is_not_written_over() {
    let dir = StateDir::with_file();
    accept(&dir.journal(), "game", "1").await;
    let first = file(&dir.path());
    let database = CopyPlace::from(postgres_server::new_schema());
    assert_eq!(copy_mark_of(&dir.path()), None);
    moved(&first, &database);
    let mark = CopyMark::Moved { to: database.to_string() };
    assert_eq!(copy_mark_of(&dir.path()), Some(mark));

    let refused = dir.try_sqlite().map(drop).unwrap_err().to_string();
    let expected = format!("{first} is out of date: the record was moved to {database}; ");
    assert!(refused.starts_with(&expected), "{refused}");
    assert_eq!(inspect(&dir.path()).unwrap_err().to_string(), refused);
    assert!(matches!(refusal(&first, &database), CopyError::AlreadyMoved { .. }));

    let other = CopyPlace::from(postgres_server::new_schema());
    assert!(matches!(refusal(&first, &other), CopyError::Source { .. }));
    assert!(matches!(refusal(&database, &first), CopyError::LeftOver { .. }));
    assert!(matches!(refusal(&database, &database), CopyError::Same { .. }));
    let second = StateDir::with_file();
    accept(&second.journal(), "game", "2").await;
    assert!(matches!(refusal(&file(&second.path()), &database), CopyError::NotEmpty { .. }));
    assert!(matches!(refusal(&other, &first), CopyError::NoRecord { .. }));
    let missing = StateDir::with_file();
    assert!(matches!(refusal(&file(&missing.path()), &other), CopyError::NoRecord { .. }));
    assert_eq!(std::fs::read_dir(missing.folder()).unwrap().count(), 0);
    assert_eq!(ids(&second.journal()).await.len(), 1);
}

#[tokio::test]
async fn a_record_that_is_in_use_is_not_copied_and_none_is_copied_into_it() {
    let dir = StateDir::with_file();
    let journal = dir.journal();
    accept(&journal, "game", "1").await;
    let schema = postgres_server::new_schema();
    let database = CopyPlace::from(schema.clone());
    let refused = refusal(&file(&dir.path()), &database);
    assert!(
        matches!(refused, CopyError::From { error: StoreError::InUse { .. }, .. }),
        "{refused}"
    );
    drop(journal);

    let used = opened_in(&schema);
    let in_use =
        |error: &StoreError| matches!(error, StoreError::Postgres(PostgresError::InUse { .. }));
    let refused = refusal(&file(&dir.path()), &database);
    assert!(matches!(&refused, CopyError::To { error, .. } if in_use(error)), "{refused}");
    let refused = refusal(&database, &file(&StateDir::with_file().path()));
    assert!(matches!(&refused, CopyError::From { error, .. } if in_use(error)), "{refused}");
    drop(used);
    let before = ids(&dir.journal()).await;
    assert_eq!(before.len(), 1);
}

#[tokio::test]
async fn nobody_writes_to_a_record_that_has_left_its_database() {
    let schema = postgres_server::new_schema();
    let store = opened_in(&schema);
    let journal = Journal::open(store, Clock::system()).unwrap();
    accept(&journal, "game", "1").await;
    let name = schema.schema().as_str();
    // As a copy leaves it that began when this one was cut off.
    postgres_server::administer(&format!("UPDATE {name}.journal SET format = -format"));
    let refused = journal.accept(acceptance("game", "2"), QUEUE).await.unwrap_err();
    assert!(
        matches!(refused, AcceptError::Store(StoreError::Postgres(PostgresError::Deposed { .. }))),
        "{refused}"
    );
}

#[tokio::test]
async fn a_copy_that_differs_is_left_unfinished_and_its_source_in_use() {
    let dir = StateDir::with_file();
    accept(&dir.journal(), "game", "1").await;
    let schema = postgres_server::new_schema();
    let first = file(&dir.path());
    let database = CopyPlace::from(schema.clone());
    let name = schema.schema().as_str().to_owned();
    for (change, expected) in [
        ("UPDATE NAME.records SET event = event || ' '", "digests "),
        ("DELETE FROM NAME.records", "1 and 0 rows of `records`"),
        ("UPDATE NAME.journal SET last_sequence = 5", "last sequences 1 and 5"),
    ] {
        let differs = copy(&first, &database, &mut |step| {
            if step == CopyStep::Compares {
                postgres_server::administer(&change.replace("NAME", &name));
            }
        });
        let CopyError::Differs { what, .. } = differs.unwrap_err() else { panic!("{change}") };
        assert!(what.starts_with(expected), "{what}");
        assert_eq!((mark(&first), mark(&database).is_some()), (None, true));
    }
    moved(&first, &database);
}

/// The columns of every table, and what does not move with a record.
#[test]
fn no_table_and_no_column_is_forgotten_by_a_copy() {
    let dir = StateDir::with_file();
    drop(dir.sqlite());
    let connection = Connection::open(dir.path()).unwrap();
    let mut query = connection
        .prepare(
            "SELECT t.name || '.' || c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND t.name || '.' || c.name <> 'service_facts.sequence'
             ORDER BY 1",
        )
        .unwrap();
    let has: Vec<String> =
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut copied: Vec<_> = boathook::journal::copied_columns().collect();
    copied.sort();
    assert_eq!(copied, has);
}

/// Of a process, or of this place, and made anew elsewhere.
const STAYS: [&str; 5] = ["journal", "lease", "nodes", "inbox", "pulls"];

#[test]
fn no_table_and_no_column_of_a_database_is_forgotten_either() {
    let schema = postgres_server::new_schema();
    drop(opened_in(&schema));
    let name = schema.schema().as_str();
    let has = postgres_server::ask(&format!(
        "SELECT table_name || '.' || column_name FROM information_schema.columns
         WHERE table_schema = '{name}' AND column_name <> 'rowid' AND table_name || '.' || column_name <> 'service_facts.sequence'"
    ));
    let mut has: Vec<&str> = has.lines().collect();
    has.retain(|column| !STAYS.iter().any(|table| column.starts_with(&format!("{table}."))));
    has.sort_unstable();
    let mut copied: Vec<_> = boathook::journal::copied_columns().collect();
    copied.sort();
    assert_eq!(copied, has);
}
