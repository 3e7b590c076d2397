//! What a follower asks is decided by the boathook that leads: together with what waits there, once,
//! and in order.

use std::sync::{Arc, Mutex};

use boathook::journal::{Accepted, PackedBundle};
use boathook_core::record::Status;
use boathook_testing::{
    postgres_server,
    samples::{QUEUE, acceptance, bundle, new},
    tapped_store::TappedStore,
    waiting::until_is,
};
use futures_util::future::join_all;
use serde_json::json;

use crate::support::boathooks::{follower, following, leader, leading_store, requests_in};

#[tokio::test]
async fn many_requests_of_a_follower_share_one_transaction() {
    const REQUESTS: usize = 200;
    let schema = postgres_server::new_schema();
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&sizes);
    let leader = following(Arc::new(TappedStore::new(leading_store(&schema), move |batch| {
        noted.lock().unwrap().push((batch.answers.len(), batch.records.len()));
        Ok(())
    })));
    let follower = follower(&schema);
    let asked = (0..REQUESTS).map(|number| {
        let follower = follower.clone();
        tokio::spawn(async move {
            follower.accept(acceptance("game", &number.to_string()), QUEUE).await
        })
    });
    let asked = asked.collect::<Vec<_>>();
    until_is(REQUESTS, || requests_in(&schema)).await;
    leader.lead().await.unwrap();
    let answers = join_all(asked).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(*sizes.lock().unwrap(), [(REQUESTS, REQUESTS)], "one commit");
}

#[tokio::test]
async fn of_two_followers_that_send_the_same_request_one_gets_the_deployment_and_one_the_repeat() {
    let schema = postgres_server::new_schema();
    let leader = leader(&schema).await;
    let one = follower(&schema);
    let other = follower(&schema);
    for number in 0..20 {
        let acceptance = || acceptance("game", &number.to_string());
        let (first, second) =
            tokio::join!(one.accept(acceptance(), QUEUE), other.accept(acceptance(), QUEUE));
        let (fresh, repeat) = match (first.unwrap(), second.unwrap()) {
            (Accepted::New(new), Accepted::Repeat(repeat))
            | (Accepted::Repeat(repeat), Accepted::New(new)) => (new, repeat),
            both => panic!("{both:?}"),
        };
        assert_eq!(fresh.id, repeat.id);
    }
    until_is(20, || leader.last_sequence()).await;
}

#[tokio::test]
async fn who_has_an_answer_from_a_follower_finds_there_what_it_rests_on() {
    let schema = postgres_server::new_schema();
    let _leader = leader(&schema).await;
    let follower = follower(&schema);
    for number in 0..20 {
        let accepted = follower.accept(acceptance("game", &number.to_string()), QUEUE).await;
        let id = new(accepted.unwrap()).id;
        assert!(follower.live().iter().any(|(live, _)| *live == id));
        let deployment = follower.deployment(&id).await.unwrap().unwrap();
        assert_eq!(deployment.state.status(), Status::Queued);
    }
}

#[tokio::test]
async fn manifests_with_secrets_are_refused_by_a_follower() {
    let schema = postgres_server::new_schema();
    let leader = leader(&schema).await;
    let digest = bundle(&[("staging/game.yaml", "a: 1\n")]).digest();
    let kept = PackedBundle { digest, packed: None };
    let follower = follower(&schema);
    let asked = follower.accept_with(acceptance("game", "1"), Some(kept.clone()), QUEUE);
    let refused = asked.await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "manifests with Secrets stay on their node, and this boathook follows another one"
    );
    assert_eq!(leader.last_sequence(), 0);
    leader.accept_with(acceptance("game", "1"), Some(kept), QUEUE).await.unwrap();
}

#[tokio::test]
async fn a_request_that_this_version_cannot_read_is_left_alone_and_delays_no_other() {
    let schema = postgres_server::new_schema();
    let name = schema.schema().as_str();
    let _leader = leader(&schema).await;
    postgres_server::administer(&format!(
        "INSERT INTO {name}.inbox (id, instance, command, ends) VALUES ('newer', 'other', '{{\"dance\":{{}}}}', clock_timestamp() + interval '1 minute')"
    ));
    follower(&schema).accept(acceptance("game", "1"), QUEUE).await.unwrap();
    let left = postgres_server::ask(&format!(
        "SELECT id, answer IS NULL FROM {name}.inbox WHERE id = 'newer'"
    ));
    assert_eq!(left.trim(), "newer|t");
}

#[tokio::test]
async fn what_a_boathook_left_behind_that_is_gone_is_removed_after_an_hour_and_never_decided() {
    let schema = postgres_server::new_schema();
    let name = schema.schema().as_str();
    drop(leading_store(&schema));
    let row = |id: &str, age: &str| {
        let digest = format!("sha256:{}", "0".repeat(64));
        let command = json!({"withdraw": {"digest": digest, "by": {"user": "anna"}}});
        format!(
            "INSERT INTO {name}.inbox (id, instance, command, ends) VALUES ('{id}', 'gone', '{command}', clock_timestamp() - interval '{age}');"
        )
    };
    postgres_server::administer(&(row("old", "61 minutes") + &row("younger", "59 minutes")));
    let leader = leader(&schema).await;
    until_is(1, || requests_in(&schema)).await;
    new(follower(&schema).accept(acceptance("game", "1"), QUEUE).await.unwrap());
    let left = format!("SELECT id, answer IS NULL FROM {name}.inbox WHERE instance = 'gone'");
    assert_eq!(postgres_server::ask(&left).trim(), "younger|t");
    until_is(1, || leader.last_sequence()).await;
}
