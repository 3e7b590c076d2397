//! What becomes of a follower's request when the leader, the database or the time fails: it is
//! decided once or not at all, and its sender hears which.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use boathook::journal::{
    AcceptError, Accepted, Filter, InboxAnswer, Journal, RollbackError, StoreError,
};
use boathook_core::deployment::{Actor, Environment};
use boathook_testing::{
    postgres_server,
    samples::{QUEUE, acceptance, append_all, image, new, rollback, service, success},
    shipped::Shipped as _,
    waiting::until_is,
};
use futures_util::FutureExt as _;
use tokio::{
    runtime::Handle,
    time::{Instant, timeout},
};

use crate::support::{
    boathooks::{
        follower, follower_with, following, leader, leader_with, leading_store, requests_in,
    },
    database_proxy::DatabaseProxy,
};

const SOON: Duration = Duration::from_secs(10);

async fn accept(journal: &Journal, number: &str) -> Result<Accepted, AcceptError> {
    journal.accept(acceptance("game", number), QUEUE).await
}

async fn recorded(journal: &Journal) -> Vec<String> {
    let mut all = journal.list(&Filter { limit: 1000, ..Filter::default() }).await.unwrap();
    all.reverse();
    all.iter().map(|one| one.deployment_id.to_string()).collect()
}

fn is_taken_back(answer: &Result<Accepted, AcceptError>) -> bool {
    matches!(answer, Err(AcceptError::Store(StoreError::NoAnswer)))
}

/// The leader has looked at the inbox since.
async fn until_decided(leader: &Journal, follower: &Journal, number: &str) {
    new(accept(follower, number).await.unwrap());
    assert!(recorded(leader).await.contains(&number.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn without_a_leader_a_request_is_taken_back_after_15_s_and_never_accepted() {
    let schema = postgres_server::new_schema();
    let follower = follower(&schema);
    let begun = Instant::now();
    let answer = accept(&follower, "1").await;
    assert!(is_taken_back(&answer), "{answer:?}");
    let waited = begun.elapsed();
    assert!((15..=17).contains(&waited.as_secs()), "{waited:?}");

    let leader = leader(&schema).await;
    until_decided(&leader, &follower, "2").await;
    assert_eq!(recorded(&leader).await, ["2"]);
}

/// The answer comes when the follower has decided to take the request back, and has not done so yet.
#[tokio::test(start_paused = true)]
async fn a_request_that_is_answered_just_as_it_is_taken_back_is_accepted() {
    let schema = postgres_server::new_schema();
    let leader = following(leading_store(&schema));
    let handle = Handle::current();
    let leads = leader.clone();
    let follower = follower_with(&schema, move |operation| {
        if operation == "take a request back" {
            handle.block_on(leads.lead()).unwrap();
            let give_up = Instant::now() + SOON;
            while leads.last_sequence() == 0 && Instant::now() < give_up {
                std::thread::yield_now();
            }
        }
    });
    new(accept(&follower, "1").await.unwrap());
    assert_eq!(recorded(&leader).await, ["1"]);
}

/// The follower takes the request back between the leader's decision and its transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_decided_with_a_request_that_was_taken_back_is_not_kept() {
    let schema = postgres_server::new_schema();
    let name = schema.schema().as_str().to_owned();
    let taken = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&taken);
    let leader = leader_with(&schema, move |batch| {
        let answer = batch.answers.first().filter(|_| !noted.load(Ordering::SeqCst));
        if let Some(InboxAnswer { id, .. }) = answer {
            postgres_server::administer(&format!(
                "UPDATE {name}.inbox SET command = NULL WHERE id = '{id}'"
            ));
            noted.store(true, Ordering::SeqCst);
        }
        Ok(())
    })
    .await;
    let follower = follower(&schema);
    let asked = follower.clone();
    let first = tokio::spawn(async move { accept(&asked, "1").await });
    until_is(true, || taken.load(Ordering::SeqCst)).await;
    until_decided(&leader, &follower, "2").await;
    assert_eq!(recorded(&leader).await, ["2"], "nothing of the first is kept");
    assert_eq!(leader.commits().failed, 1);
    first.abort();
}

#[tokio::test]
async fn a_leader_that_fails_between_decision_and_commit_decides_again_and_accepts_once() {
    let schema = postgres_server::new_schema();
    let failures = AtomicUsize::new(0);
    let leader = leader_with(&schema, move |batch| {
        let fails = !batch.answers.is_empty() && failures.fetch_add(1, Ordering::SeqCst) < 2;
        if fails { Err(StoreError::Stopped) } else { Ok(()) }
    })
    .await;
    let follower = follower(&schema);
    let accepted = timeout(SOON, accept(&follower, "1")).await.expect("no answer").unwrap();
    new(accepted);
    assert_eq!(recorded(&leader).await, ["1"]);
    until_is(1, || leader.last_sequence()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_ends_before_its_answer_is_read_is_not_missed() {
    let schema = postgres_server::new_schema();
    let leader = leader(&schema).await;
    let ends = Arc::new(AtomicBool::new(false));
    let waits = Arc::clone(&ends);
    let is_put = AtomicBool::new(false);
    // What is looked for before the request is put in must not hold it up.
    let follower = follower_with(&schema, move |operation| {
        is_put.fetch_or(operation.starts_with("put"), Ordering::SeqCst);
        let holds = operation == "read answers" && is_put.load(Ordering::SeqCst);
        let give_up = Instant::now() + SOON;
        while holds && !waits.load(Ordering::SeqCst) && Instant::now() < give_up {
            std::thread::yield_now();
        }
    });
    let asking = follower.clone();
    let asked = tokio::spawn(async move { accept(&asking, "1").await });
    until_is(1, || leader.last_sequence()).await;
    drop(leader);
    ends.store(true, Ordering::SeqCst);
    new(timeout(SOON, asked).await.expect("no answer").unwrap().unwrap());
    assert_eq!(follower.live().len(), 1);
}

#[tokio::test]
async fn a_request_that_waits_for_a_leader_is_decided_by_the_next_one() {
    let schema = postgres_server::new_schema();
    let follower = follower(&schema);
    let asking = follower.clone();
    let asked = tokio::spawn(async move { accept(&asking, "1").await });
    until_is(1, || requests_in(&schema)).await;
    let leader = leader(&schema).await;
    let first = new(timeout(SOON, asked).await.expect("no answer").unwrap().unwrap());
    let in_hand = || leader.live().into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    until_is(vec![first.id], in_hand).await;
}

/// Its own requests are answered though it leads by now.
#[tokio::test]
async fn a_follower_that_leads_answers_what_it_has_asked_itself() {
    let schema = postgres_server::new_schema();
    let journal = following(leading_store(&schema));
    let asking = journal.clone();
    let asked = tokio::spawn(async move { accept(&asking, "1").await });
    until_is(1, || requests_in(&schema)).await;
    journal.lead().await.unwrap();
    new(timeout(SOON, asked).await.expect("no answer").unwrap().unwrap());
    new(accept(&journal, "2").await.unwrap());
    assert_eq!(recorded(&journal).await, ["1", "2"]);
}

/// The connection is lost, and nobody knows whether the request reached the inbox.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_whose_fate_was_cut_off_is_answered_or_taken_back_and_never_both() {
    let schema = postgres_server::new_schema();
    let leader = leader(&schema).await;
    let proxy = DatabaseProxy::before(&schema);
    let follower = follower(proxy.options());
    new(accept(&follower, "first").await.unwrap());
    let mut accepted = vec!["first".to_owned()];
    for round in 0..4 {
        let number = format!("round-{round}");
        proxy.swallow_answer_to(&number);
        let answer = timeout(SOON, accept(&follower, &number)).await.expect("no answer");
        match &answer {
            Ok(Accepted::New(_)) => accepted.push(number),
            other => assert!(is_taken_back(&answer), "{other:?}"),
        }
    }
    assert!(proxy.has_swallowed(), "nothing was cut off");
    until_decided(&leader, &follower, "last").await;
    accepted.push("last".to_owned());
    assert_eq!(recorded(&leader).await, accepted);
}

#[tokio::test]
async fn a_follower_that_was_cut_off_reads_what_it_missed_once() {
    let schema = postgres_server::new_schema();
    let leader = leader(&schema).await;
    let proxy = DatabaseProxy::before(&schema);
    let follower = follower(proxy.options());
    let mut records = follower.subscribe();
    new(accept(&leader, "1").await.unwrap());
    until_is(1, || follower.last_sequence()).await;
    proxy.cut();
    for number in ["2", "3"] {
        new(accept(&leader, number).await.unwrap());
    }
    proxy.mend();
    until_is(3, || follower.last_sequence()).await;
    assert_eq!(follower.live(), leader.live());
    let reported = std::iter::from_fn(|| records.try_recv().ok()).map(|record| record.sequence);
    assert_eq!(reported.collect::<Vec<_>>(), [1, 2, 3]);
}

/// A bound keeps boathooks without a leader from filling the database.
#[tokio::test]
async fn more_requests_than_may_wait_are_refused_at_once() {
    let schema = postgres_server::new_schema();
    let follower = follower(&schema);
    let mut asked = (0..1024)
        .map(|number| Box::pin(accept_owned(follower.clone(), number.to_string())))
        .collect::<Vec<_>>();
    for one in &mut asked {
        assert!(one.now_or_never().is_none(), "answered");
    }
    let refused = accept(&follower, "one more").await.unwrap_err();
    assert_eq!(refused.to_string(), "too many requests wait for the boathook that leads");
}

/// Puts an image live, whose digest consists of this letter.
async fn put_live(leader: &Journal, number: &str, letter: &str) {
    let id = new(accept(leader, number).await.unwrap()).id;
    let image = image(&format!("registry.example/game@sha256:{}", letter.repeat(64)));
    append_all(leader, &id, success("game", &format!("game-0000{number}"), &image)).await;
}

/// The third image goes live after the follower has read what serves, and before the leader decides.
#[tokio::test]
async fn a_rollback_that_a_follower_orders_is_refused_once_something_else_serves() {
    let schema = postgres_server::new_schema();
    let leader = leader(&schema).await;
    put_live(&leader, "1", "a").await;
    put_live(&leader, "2", "b").await;
    let handle = Handle::current();
    let leads = leader.clone();
    let is_live = AtomicBool::new(false);
    let follower = follower_with(&schema, move |operation| {
        if operation == "put a request into the inbox" && !is_live.swap(true, Ordering::Relaxed) {
            handle.block_on(put_live(&leads, "3", "c"));
        }
    });
    let order = rollback(Environment::STAGING, &service("game"), None, Actor::new("ada"));
    let refused = follower.order_rollback(order.clone(), QUEUE).await.unwrap_err();
    assert!(matches!(refused, RollbackError::Changed(..)), "{refused}");
    assert!(leader.live().is_empty() && leader.holds().is_empty(), "something was recorded");

    let ordered = follower.order_rollback(order, QUEUE).await.unwrap();
    assert_eq!(ordered.from.unwrap().revision.as_str(), "game-00003");
    assert_eq!(ordered.to.revision.as_str(), "game-00002");
    let withdrawn = ordered.withdrawn.unwrap().to_string();
    assert!(withdrawn.contains("cccc"), "{withdrawn}");
    // A follower may hear of the commit before the leader has gone on.
    until_is(1, || leader.live().len()).await;
}

async fn accept_owned(journal: Journal, number: String) -> Result<Accepted, AcceptError> {
    accept(&journal, &number).await
}
