//! Several boathooks on one record in PostgreSQL: one leads, by the lease that the database's clock
//! ends, and only that one writes.

use std::{
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

use boathook::journal::{
    AcceptError, Filter, Journal, NodeName, PostgresError, PostgresOptions, PostgresStore, Store,
    StoreError, StoreReader,
};
use boathook_core::clock::Clock;
use boathook_testing::{
    postgres_server,
    samples::{QUEUE, acceptance},
    waiting::until_is,
};

use tokio::time::{sleep, timeout};

use crate::support::database_proxy::DatabaseProxy;

/// How long a server may take to notice that it ended a session.
const DEADLINE: Duration = Duration::from_secs(30);

fn join(options: &PostgresOptions, node: &str) -> Arc<PostgresStore> {
    let node = NodeName::try_from(node.to_owned()).unwrap();
    Arc::new(PostgresStore::join(options.clone(), node).unwrap())
}

fn journal(store: &Arc<PostgresStore>) -> Journal {
    Journal::open(Arc::clone(store) as Arc<dyn Store>, Clock::system()).unwrap()
}

async fn accept(journal: &Journal, id: &str) -> Result<(), AcceptError> {
    journal.accept(acceptance("game", id), QUEUE).await.map(drop)
}

/// The sender's names of what is in the record, the first one first.
async fn recorded(journal: &Journal) -> Vec<String> {
    let mut all = journal.list(&Filter { limit: 1000, ..Filter::default() }).await.unwrap();
    all.reverse();
    all.iter().map(|one| one.deployment_id.to_string()).collect()
}

/// Lets the lease end, as time does.
fn end_lease(options: &PostgresOptions) {
    let schema = options.schema().as_str();
    postgres_server::administer(&format!("UPDATE {schema}.lease SET ends = clock_timestamp()"));
}

/// Lets it last for longer than any test, so that none depends on speed.
fn hold_lease(options: &PostgresOptions) {
    let schema = options.schema().as_str();
    postgres_server::administer(&format!(
        "UPDATE {schema}.lease SET ends = clock_timestamp() + interval '1 hour'"
    ));
}

fn is_deposed(error: &StoreError) -> bool {
    matches!(error, StoreError::Postgres(PostgresError::Deposed { .. }))
}

/// Has one accept requests that led, until it hears that it does not any more.
async fn until_deposed(journal: &Journal, number: &str) {
    let refused = async {
        loop {
            match accept(journal, number).await {
                Err(AcceptError::Store(error)) if is_deposed(&error) => break,
                Err(_) => sleep(Duration::from_millis(20)).await,
                Ok(()) => panic!("it wrote"),
            }
        }
    };
    timeout(DEADLINE, refused).await.expect("it does not hear of it");
}

fn follows(error: &StoreError) -> bool {
    matches!(error, StoreError::Follows)
}

#[test]
fn boathooks_that_start_at_once_make_one_journal() {
    let schema = postgres_server::new_schema();
    let starting = ["a", "b", "c", "d", "e"].map(|node| {
        let schema = schema.clone();
        thread::spawn(move || join(&schema, node))
    });
    let stores = starting.map(|one| one.join().unwrap());
    assert!(stores.iter().all(|store| store.last_sequence().unwrap() == 0));
}

#[test]
fn of_those_that_find_the_lease_ended_at_once_one_leads() {
    let schema = postgres_server::new_schema();
    let first = join(&schema, "first");
    assert!(first.try_to_lead().unwrap());
    let others = ["a", "b", "c", "d"].map(|node| join(&schema, node));
    end_lease(&schema);
    let barrier = Arc::new(Barrier::new(others.len()));
    let trying = others.map(|store| {
        let barrier = Arc::clone(&barrier);
        thread::spawn(move || {
            barrier.wait();
            (store.try_to_lead().unwrap(), store)
        })
    });
    let tried = trying.map(|one| one.join().unwrap());
    assert_eq!(tried.iter().filter(|(leads, _)| *leads).count(), 1);
    assert_eq!(tried[0].1.lease().unwrap().epoch, 2);
}

#[tokio::test]
async fn one_leads_and_the_others_read_what_it_writes() {
    let schema = postgres_server::new_schema();
    let first = join(&schema, "first");
    let second = join(&schema, "second");
    assert!(follows(&first.check().unwrap_err()), "nobody leads unasked");
    assert!(second.lease().unwrap().has_ended());

    assert!(first.try_to_lead().unwrap());
    hold_lease(&schema);
    assert!(first.try_to_lead().unwrap(), "asked again, it still does");
    assert!(!second.try_to_lead().unwrap());
    assert!(first.leads() && !second.leads());

    accept(&journal(&first), "1").await.unwrap();
    assert_eq!(recorded(&journal(&second)).await, ["1"]);
    let refused = second.check().unwrap_err();
    assert!(follows(&refused), "{refused}");
    assert!(follows(&second.renew_lease().unwrap_err()));
    second.release_lease().unwrap_err();
    let lease = second.lease().unwrap();
    assert_eq!((lease.node.as_str(), lease.epoch), ("first", 1));
    first.renew_lease().unwrap();
    first.renew_lease_elsewhere().unwrap();
    assert!(second.lease().unwrap().left <= Duration::from_secs(10));
}

#[tokio::test]
async fn when_the_lease_ends_another_leads_and_the_first_writes_nothing_any_more() {
    let schema = postgres_server::new_schema();
    let first = join(&schema, "first");
    let second = join(&schema, "second");
    assert!(first.try_to_lead().unwrap());
    let deposed = journal(&first);
    accept(&deposed, "1").await.unwrap();

    end_lease(&schema);
    assert!(second.try_to_lead().unwrap(), "the lock of the first one does not stop it");
    hold_lease(&schema);
    let leader = journal(&second);
    accept(&leader, "2").await.unwrap();

    let refused = first.renew_lease().unwrap_err();
    assert!(is_deposed(&refused), "{refused}");
    until_deposed(&deposed, "3").await;
    let why = first.ended().await;
    assert!(matches!(why, PostgresError::Deposed { .. }), "{why}");
    second.renew_lease().unwrap();
    assert_eq!(second.lease().unwrap().epoch, 2);
    assert_eq!(recorded(&leader).await, ["1", "2"]);
}

#[tokio::test]
async fn a_lease_that_has_ended_is_not_renewed_though_nobody_took_it() {
    let schema = postgres_server::new_schema();
    let store = join(&schema, "first");
    assert!(store.try_to_lead().unwrap());
    end_lease(&schema);
    let refused = store.renew_lease().unwrap_err();
    assert!(is_deposed(&refused), "{refused}");
}

#[tokio::test]
async fn a_leader_that_releases_the_lease_is_followed_at_once() {
    let schema = postgres_server::new_schema();
    let first = join(&schema, "first");
    let second = join(&schema, "second");
    assert!(first.try_to_lead().unwrap());
    accept(&journal(&first), "1").await.unwrap();

    hold_lease(&schema);
    let mut announced = second.announced();
    // The connection is there.
    timeout(DEADLINE, announced.lead()).await.unwrap();
    first.release_lease().unwrap();
    timeout(DEADLINE, announced.lead()).await.expect("it was not announced");
    assert!(second.lease().unwrap().has_ended());
    let refused = first.check().unwrap_err();
    assert!(follows(&refused), "{refused}");
    assert!(second.try_to_lead().unwrap());
    accept(&journal(&second), "2").await.unwrap();
    assert_eq!(recorded(&journal(&first)).await, ["1", "2"]);
}

#[tokio::test]
async fn one_that_gives_up_writes_nothing_though_its_lease_lasts() {
    let schema = postgres_server::new_schema();
    let first = join(&schema, "first");
    let second = join(&schema, "second");
    assert!(first.try_to_lead().unwrap());
    hold_lease(&schema);
    first.stop_writing();
    assert!(follows(&first.check().unwrap_err()));
    assert!(follows(&first.renew_lease().unwrap_err()));
    assert!(!second.try_to_lead().unwrap(), "its programs may still run");
}

#[test]
fn nobody_takes_the_lease_of_one_that_is_gone_before_the_database_ends_it() {
    let schema = postgres_server::new_schema();
    let first = join(&schema, "first");
    let second = join(&schema, "second");
    assert!(first.try_to_lead().unwrap());
    hold_lease(&schema);
    drop(first);
    assert!(!second.try_to_lead().unwrap());
    end_lease(&schema);
    assert!(second.try_to_lead().unwrap());
}

#[test]
fn one_that_did_not_hear_that_it_leads_asks_again() {
    let schema = postgres_server::new_schema();
    let proxy = DatabaseProxy::before(&schema);
    let store = join(proxy.options(), "first");
    proxy.swallow_answer_to_commit();
    store.try_to_lead().unwrap_err();
    assert!(proxy.has_swallowed(), "nothing was cut off");
    assert!(!store.leads());

    hold_lease(&schema);
    let other = join(&schema, "second");
    assert_eq!(other.lease().unwrap().node, "first");
    assert!(!other.may_lead().unwrap() && !other.try_to_lead().unwrap());
    assert!(store.may_lead().unwrap());
    assert!(store.try_to_lead().unwrap());
    store.check().unwrap();
    assert_eq!(store.lease().unwrap().epoch, 2);
}

#[tokio::test]
async fn one_that_leads_once_the_database_is_back_reads_it_at_once() {
    let schema = postgres_server::new_schema();
    let proxy = DatabaseProxy::before(&schema);
    let store = join(proxy.options(), "first");
    proxy.cut();
    // Until the pauses between attempts are long.
    for _ in 0..20 {
        store.last_sequence().unwrap_err();
        sleep(Duration::from_millis(100)).await;
    }
    proxy.mend();
    assert!(store.try_to_lead().unwrap());
    assert_eq!(store.last_sequence().unwrap(), 0);
}

#[test]
fn a_journal_that_a_command_has_open_for_itself_has_no_leader_meanwhile() {
    let schema = postgres_server::new_schema();
    let store = join(&schema, "first");
    let command = PostgresStore::open(schema.clone()).unwrap();
    let refused = store.try_to_lead().unwrap_err();
    assert!(matches!(refused, StoreError::Postgres(PostgresError::InUse { .. })), "{refused}");
    command.check().unwrap();
    drop(command);
    // The server may not have missed it yet.
    let led = (0..20).any(|_| store.try_to_lead().is_ok_and(|leads| leads));
    assert!(led);
    store.check().unwrap();
}

#[test]
fn a_record_in_a_newer_format_is_neither_led_nor_followed() {
    let schema = postgres_server::new_schema();
    let store = join(&schema, "first");
    let name = schema.schema().as_str();
    postgres_server::administer(&format!("UPDATE {name}.journal SET format = 99"));
    for refused in [store.lease().map(drop), store.try_to_lead().map(drop)] {
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, StoreError::Postgres(PostgresError::Newer { found: 99, .. })),
            "{refused}"
        );
    }
    let node = NodeName::try_from("second".to_owned()).unwrap();
    let refused = PostgresStore::join(schema, node).map(drop).unwrap_err();
    assert!(matches!(refused, StoreError::Postgres(PostgresError::Newer { .. })), "{refused}");
}

/// As in a rolling upgrade, where the first node with the newer version follows before it leads.
#[tokio::test]
async fn who_leads_first_brings_a_record_of_an_earlier_format_to_the_newest() {
    let schema = postgres_server::new_schema();
    let earlier = join(&schema, "first");
    assert!(earlier.try_to_lead().unwrap());
    accept(&journal(&earlier), "1").await.unwrap();
    drop(earlier);
    let name = schema.schema().as_str();
    postgres_server::administer(&format!("UPDATE {name}.journal SET format = 12"));
    let newer = join(&schema, "second");
    assert_eq!(newer.lease().unwrap().format, 12);
    assert_eq!(recorded(&journal(&newer)).await, ["1"], "it follows");
    end_lease(&schema);
    assert!(newer.try_to_lead().unwrap());
    assert_eq!(newer.lease().unwrap().format, 13);
    accept(&journal(&newer), "2").await.unwrap();
    assert_eq!(recorded(&journal(&newer)).await, ["1", "2"]);
}

#[test]
fn the_name_of_a_node_is_one_that_a_host_can_have() {
    for name in ["node-1", "k3s-a.example.net", "NODE_2"] {
        assert_eq!(NodeName::try_from(name.to_owned()).unwrap().as_str(), name);
    }
    for name in ["", "a b", "knöten", "a/b", &"a".repeat(254)] {
        NodeName::try_from(name.to_owned()).unwrap_err();
    }
    NodeName::of_host().unwrap();
}

/// What was kept is the next one's to go on from; its sender heard of no decision, and repeats it.
#[tokio::test]
async fn what_a_leader_wrote_without_hearing_of_it_is_once_in_the_record_of_the_next_one() {
    let schema = postgres_server::new_schema();
    let proxy = DatabaseProxy::before(&schema);
    let first = join(proxy.options(), "first");
    let second = join(&schema, "second");
    assert!(first.try_to_lead().unwrap());
    let deposed = journal(&first);
    accept(&deposed, "1").await.unwrap();
    proxy.swallow_answer_to_commit_and_stay_away();
    let sender = deposed.clone();
    let unheard = tokio::spawn(async move { accept(&sender, "2").await });
    until_is(true, || proxy.has_swallowed()).await;
    end_lease(&schema);
    assert!(second.try_to_lead().unwrap());
    hold_lease(&schema);
    let leader = journal(&second);
    proxy.mend();
    for number in ["2", "3"] {
        accept(&leader, number).await.unwrap();
    }
    until_deposed(&deposed, "4").await;
    let unheard = timeout(DEADLINE, unheard).await.unwrap().unwrap();
    assert!(matches!(unheard, Err(AcceptError::Store(_))), "{unheard:?}");
    first.ended().await;
    assert_eq!(recorded(&leader).await, ["1", "2", "3"]);
}

/// One that was sent after it has come on the other connection. Its leader may have ended meanwhile, and
/// nobody leads until the lease ends.
#[test]
fn a_renewal_that_the_network_held_up_neither_shortens_the_lease_nor_prolongs_it() {
    let schema = postgres_server::new_schema();
    let proxy = DatabaseProxy::before(&schema);
    let leader = join(proxy.options(), "first");
    assert!(leader.try_to_lead().unwrap());
    leader.renew_lease().unwrap();
    proxy.hold();
    let silent = leader.renew_lease().unwrap_err();
    assert!(matches!(silent, StoreError::Postgres(PostgresError::Silent { .. })), "{silent}");
    leader.renew_lease_elsewhere().unwrap();

    let name = schema.schema().as_str();
    let ends = format!("SELECT ends FROM {name}.lease");
    let version = format!("SELECT xmin FROM {name}.lease");
    let before = (postgres_server::ask(&ends), postgres_server::ask(&version));
    proxy.release();
    let has_come = format!("{version}, pg_sleep(0.02)");
    assert!((0..400).any(|_| postgres_server::ask(&has_come) != before.1), "it never came");
    assert_eq!(postgres_server::ask(&ends), before.0);
}

/// An administrator's transaction, for example, that stays open.
#[test]
fn who_finds_the_lease_locked_by_another_transaction_gives_up_soon_and_leads_once_it_is_over() {
    let schema = postgres_server::new_schema();
    let first = join(&schema, "first");
    let second = join(&schema, "second");
    assert!(first.try_to_lead().unwrap());
    end_lease(&schema);
    let name = schema.schema().as_str();
    let until_over = format!(
        "DO $$ BEGIN
            PERFORM FROM {name}.lease FOR UPDATE;
            FOR turn IN 1..3000 LOOP
                EXIT WHEN EXISTS (SELECT FROM {name}.is_over);
                PERFORM pg_sleep(0.02);
            END LOOP;
        END $$"
    );
    postgres_server::administer(&format!("CREATE TABLE {name}.is_over ()"));
    let locking = thread::spawn(move || postgres_server::administer(&until_over));
    let locks = format!(
        "SELECT count(*) FROM pg_locks, pg_sleep(0.05)
         WHERE relation = '{name}.lease'::regclass AND mode = 'RowShareLock'"
    );
    assert!((0..400).any(|_| postgres_server::ask(&locks).trim() != "0"), "nobody locks it");

    assert!(!second.try_to_lead().unwrap());
    postgres_server::administer(&format!("INSERT INTO {name}.is_over DEFAULT VALUES"));
    locking.join().unwrap();
    assert!(second.try_to_lead().unwrap());
    assert_eq!(second.lease().unwrap().epoch, 2);
}
