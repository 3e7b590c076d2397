//! A follower shows and reports what another boathook records, as if it had recorded it itself.

use std::{sync::Arc, time::Duration};

use boathook::journal::{Journal, Retention, Store};
use boathook_core::{
    clock::Clock,
    deployment::{Actor, Environment},
    health::Figures,
    record::{DeploymentEvent, Event, Outcome, Place, Record, Status, WatchEnd, WatchEvent},
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    samples::{
        QUEUE, accept, append_all, command_started, ended, image, rollback, service, step_failed,
        success, watched_success,
    },
    state_dir::StateDir,
};
use futures_util::StreamExt as _;
use tokio::time::{sleep, timeout};

/// Long enough for a look at the record.
const SOON: Duration = Duration::from_secs(10);

/// Two journals on one record: the one that leads and the one that follows.
struct Both {
    leader: Journal,
    follower: Journal,
    store: Arc<dyn Store>,
    _dir: StateDir,
}

impl Both {
    fn new() -> Self {
        let dir = StateDir::new();
        let store = dir.store();
        let leader = open(&store);
        let follower = follow(&store);
        Self { leader, follower, store, _dir: dir }
    }

    /// Waits until the follower has read everything.
    async fn caught_up(&self) {
        read_by(&self.follower, self.leader.last_sequence()).await;
    }

    /// What a journal has in memory is the same on both.
    fn assert_same(&self) {
        assert_same(&self.leader, &self.follower);
    }
}

fn open(store: &Arc<dyn Store>) -> Journal {
    Journal::open(Arc::clone(store), Clock::system()).unwrap()
}

fn follow(store: &Arc<dyn Store>) -> Journal {
    Journal::follow(Arc::clone(store), Clock::system()).unwrap()
}

async fn read_by(journal: &Journal, last: u64) {
    let until = async {
        while journal.last_sequence() < last {
            sleep(Duration::from_millis(20)).await;
        }
    };
    if timeout(SOON, until).await.is_err() {
        panic!("it has read up to {} of {last}", journal.last_sequence());
    }
}

fn assert_same(one: &Journal, other: &Journal) {
    assert_eq!(other.last_sequence(), one.last_sequence());
    assert_eq!(other.live(), one.live());
    assert_eq!(other.watched(), one.watched());
    assert_eq!(other.locks(), one.locks());
    assert_eq!(other.holds(), one.holds());
}

fn operator() -> Actor {
    Actor::new("anna")
}

/// A success that is watched, one that was rolled back by order, one that failed, and two under way,
/// beside a lock and a hold.
async fn record_some_of_everything(journal: &Journal) {
    for number in ["1", "2"] {
        let id = accept(journal, "game", number).await;
        let revision = format!("game-0000{number}");
        let image = image(&format!("game@sha256:{}", number.repeat(64)));
        append_all(journal, &id, success("game", &revision, &image)).await;
    }
    let order = rollback(Environment::STAGING, &service("game"), None, operator());
    journal.order_rollback(order, QUEUE).await.unwrap();
    let watched = accept(journal, "shop", "1").await;
    append_all(journal, &watched, watched_success("shop", "shop-00001", &image("shop:1"))).await;
    let failed = accept(journal, "mail", "1").await;
    append_all(journal, &failed, failure()).await;
    accept(journal, "mail", "2").await;
    let place = Place { environment: Environment::PRODUCTION, service: None };
    journal.lock(place, "inventory".to_owned(), operator(), None).await.unwrap();
}

fn failure() -> Vec<Event> {
    let started = Event::Deployment(DeploymentEvent::Started);
    vec![started, step_failed("no"), ended(Outcome::Failed)]
}

async fn end_watch(journal: &Journal) {
    let (id, _) = journal.watched().remove(0);
    let end = WatchEvent::WatchEnded { end: WatchEnd::Clean, figures: Figures::default() };
    journal.append(&id, end).await.unwrap();
}

#[tokio::test]
async fn a_follower_knows_what_the_leader_knows() {
    let both = Both::new();
    record_some_of_everything(&both.leader).await;
    both.caught_up().await;
    both.assert_same();
    assert_eq!(both.follower.live().len(), 2);
    assert_eq!(both.follower.watched().len(), 1);
    assert_eq!((both.follower.locks().len(), both.follower.holds().len()), (1, 1));

    end_watch(&both.leader).await;
    let place = Place { environment: Environment::PRODUCTION, service: None };
    both.leader.unlock(place, operator()).await.unwrap();
    both.leader.release(Environment::STAGING, service("game"), operator()).await.unwrap();
    both.caught_up().await;
    both.assert_same();
    assert!(both.follower.watched().is_empty() && both.follower.locks().is_empty());
}

#[tokio::test]
async fn one_that_begins_to_follow_later_knows_the_same() {
    let both = Both::new();
    record_some_of_everything(&both.leader).await;
    let late = follow(&both.store);
    assert_same(&both.leader, &late);
}

#[tokio::test]
async fn a_follower_reports_each_record_once_and_in_order() {
    let both = Both::new();
    let mut records = both.follower.subscribe();
    let mut reader = both.follower.follower(0);
    record_some_of_everything(&both.leader).await;
    let all = both.leader.records_of_all(0, 1000).await.unwrap();

    let mut reported = Vec::new();
    let mut read = Vec::new();
    let until = async {
        while reported.len() < all.len() {
            reported.push(records.recv().await.unwrap());
        }
        while read.len() < all.len() {
            let records = reader.next().await.unwrap();
            reader.advance(records.last().unwrap().sequence);
            read.extend(records);
        }
    };
    timeout(SOON, until).await.expect("some were not reported");
    assert_eq!(reported, all);
    assert_eq!(read, all);
    both.caught_up().await;
    assert!(records.is_empty());
}

/// The end of a deployment and the begin of its watch may come in two readings.
#[tokio::test(start_paused = true)]
async fn a_follower_that_is_far_behind_misses_nothing_between_two_readings() {
    for before_the_end in 240..260 {
        let both = Both::new();
        let id = accept(&both.leader, "shop", "1").await;
        let mut events = watched_success("shop", "shop-00001", &image("shop:1"));
        let end = events.pop().unwrap();
        append_all(&both.leader, &id, events).await;
        let missing = before_the_end - both.leader.last_sequence();
        for command in 0..missing {
            both.leader.append(&id, command_started(100 + command as u32)).await.unwrap();
        }
        both.leader.append(&id, end).await.unwrap();
        both.caught_up().await;
        both.assert_same();
        assert_eq!(both.follower.watched().len(), 1, "{before_the_end}");
        end_watch(&both.leader).await;
        both.caught_up().await;
        both.assert_same();
    }
}

#[tokio::test]
async fn who_waits_on_a_follower_learns_the_end() {
    let both = Both::new();
    let id = accept(&both.leader, "game", "1").await;
    both.caught_up().await;
    let waiting = both.follower.clone();
    let waited = id.clone();
    let settled = tokio::spawn(async move { waiting.settled(&waited).await });
    let stream = both.follower.follow_deployment(&id, 0);
    let followed = tokio::spawn(stream.map(Result::unwrap).collect::<Vec<Record>>());
    append_all(&both.leader, &id, success("game", "game-00001", &image("game:1"))).await;

    let settled = timeout(SOON, settled).await.expect("no end").unwrap().unwrap().unwrap();
    assert_eq!(settled.state.status(), Status::Ended(Outcome::Succeeded));
    let followed = timeout(SOON, followed).await.expect("no end").unwrap();
    assert_eq!(followed, both.leader.records(&id, 0).await.unwrap());
}

/// A reader may bring a link, and the number of the last event, from a boathook that is ahead.
#[tokio::test(start_paused = true)]
async fn a_stream_of_what_a_follower_does_not_know_yet_does_not_end_early() {
    let both = Both::new();
    both.caught_up().await;
    let id = accept(&both.leader, "game", "1").await;
    let stream = |after| both.follower.follow_deployment(&id, after).map(Result::unwrap);
    let first = stream(0);
    let second = stream(1);
    let followed = tokio::spawn(first.collect::<Vec<Record>>());
    let later = tokio::spawn(second.collect::<Vec<Record>>());
    // A paused clock stands still until both wait.
    sleep(Duration::from_millis(1)).await;
    append_all(&both.leader, &id, success("game", "game-00001", &image("game:1"))).await;
    let last = both.leader.last_sequence();
    let all = both.leader.records(&id, 0).await.unwrap();
    let over = stream(last);
    assert_eq!(timeout(SOON, followed).await.expect("no end").unwrap(), all);
    assert_eq!(timeout(SOON, later).await.expect("no end").unwrap(), all[1..]);
    assert!(timeout(SOON, over.collect::<Vec<Record>>()).await.expect("no end").is_empty());
}

#[tokio::test]
async fn a_follower_that_leads_goes_on_with_what_is_under_way() {
    let both = Both::new();
    record_some_of_everything(&both.leader).await;
    let (under_way, _) = both.leader.live().pop().unwrap();
    let mut records = both.follower.subscribe();
    let last = both.leader.last_sequence();

    assert!(!both.follower.leads());
    both.follower.lead().await.unwrap();
    assert!(both.follower.leads());
    assert_same(&both.leader, &both.follower);

    let events = success("mail", "mail-00001", &image("mail:1"));
    append_all(&both.follower, &under_way, events).await;
    let again = accept(&both.follower, "mail", "3").await;
    let mut sequences = Vec::new();
    while let Ok(record) = records.try_recv() {
        sequences.push(record.sequence);
    }
    let now = both.follower.last_sequence();
    assert!(now > last);
    let reported = sequences.first().copied().unwrap()..=now;
    assert_eq!(sequences, reported.collect::<Vec<_>>(), "nothing is missed or reported twice");
    let live = both.follower.live();
    assert_eq!(live.last().map(|(id, _)| id), Some(&again));
}

#[tokio::test]
async fn what_a_follower_cannot_decide_is_refused_and_nothing_is_written() {
    let both = Both::new();
    let refused = both.follower.keep_source_cursor("github", 7).await.unwrap_err();
    assert_eq!(refused.to_string(), "this boathook follows another one, which writes the record");
    assert_eq!(both.leader.source_cursor("github").await.unwrap(), None);
    both.follower.beat().await.unwrap();
    both.follower.check_writable().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_pruned_is_not_remembered() {
    let dir = StateDir::new();
    let store = dir.store();
    let clock = Clock::following_tokio("2026-08-01T10:00:00Z".parse().unwrap());
    let leader = Journal::open(Arc::clone(&store), clock.clone()).unwrap();
    let follower = Journal::follow(store, clock).unwrap();
    let id = accept(&leader, "game", "1").await;
    append_all(&leader, &id, failure()).await;
    accept(&leader, "game", "2").await;
    tokio::time::advance(Duration::from_secs(40 * 24 * 3600)).await;
    let keep = Retention { keep_days: 1, keep_count: 1000, window: Duration::from_secs(300) };
    assert_eq!(leader.prune(keep, leader.last_sequence()).await.unwrap(), 1);
    let kept = leader.records_of_all(0, 10).await.unwrap();
    assert_eq!(follower.records_of_all(0, 10).await.unwrap(), kept);
}
