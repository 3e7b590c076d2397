//! A follower answers as the boathook that leads does: the same code, the same bytes.

use std::fmt::Debug;

use boathook::{
    intake::Admission,
    journal::{GitHubDeployment, Journal, PackedBundle},
};
use boathook_core::{
    deployment::{Actor, DeployRequest, DeploymentId, Digest, Environment, KeyUse, Repository},
    record::{Acceptance, DeploymentEvent, Event, Outcome, Place},
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    delivery::{Answer, Delivery, body, body_with},
    harness::Harness,
    postgres_server,
    samples::{
        QUEUE, acceptance, accepted_as_sent, append_all, bundle, ended, image, request, rollback,
        service, step_failed, success,
    },
    waiting::until_is,
};
use serde_json::json;

use crate::support::boathooks::{follower, leader, requests_in, without_random};

fn operator() -> Actor {
    Actor::new("anna").noting("because")
}

fn digest(letter: &str) -> Digest {
    let image = image(&format!("registry.example/game@sha256:{}", letter.repeat(64)));
    image.digest().unwrap().clone()
}

fn asking(change: impl FnOnce(&mut DeployRequest), number: &str) -> Acceptance {
    let mut request = request("game", number);
    change(&mut request);
    accepted_as_sent(request)
}

/// Every kind of command, and every way in which each is refused.
async fn everything(journal: &Journal) -> Vec<String> {
    let mut answers = Vec::new();
    let mut note = |what: &str, answer: &dyn Debug| answers.push(format!("{what}: {answer:?}"));
    let accept = |acceptance| journal.accept(acceptance, QUEUE);
    let nobody = DeploymentId::from_lookup("nobody");
    let other = image("registry.example/game:2");

    let first = accept(acceptance("game", "1")).await;
    note("new", &first);
    let first = first.unwrap().into_summary().id;
    note("repeat", &accept(acceptance("game", "1")).await);
    note("conflict", &accept(asking(|it| it.image = other.clone(), "1")).await);
    let earlier = "2026-08-01T09:00:00Z".parse().ok();
    note("older", &accept(asking(|it| it.timestamp = earlier, "0")).await);
    note("full", &journal.accept(acceptance("mail", "1"), 0).await);
    note("illegal", &journal.append(&first, ended(Outcome::Succeeded)).await);
    let started = || Event::Deployment(DeploymentEvent::Started);
    note("unknown", &journal.append(&nobody, started()).await);
    note("not ended", &journal.retry(&first, operator(), None, QUEUE).await);
    note("no such", &journal.retry(&nobody, operator(), None, QUEUE).await);
    let failed = vec![started(), step_failed("no"), ended(Outcome::Failed)];
    for event in failed {
        note("appended", &journal.append(&first, event).await);
    }
    note("after the end", &journal.append(&first, started()).await);
    let again = journal.retry(&first, operator(), None, QUEUE).await;
    note("retry", &again);
    note("not the newest", &journal.retry(&first, operator(), None, QUEUE).await);
    let again = again.unwrap().id;
    let one = image(&format!("registry.example/game@sha256:{}", "a".repeat(64)));
    append_all(journal, &again, success("game", "game-00001", &one)).await;
    note("succeeded", &journal.retry(&again, operator(), None, QUEUE).await);

    let staging = Place { environment: Environment::STAGING, service: None };
    let lock = || journal.lock(staging.clone(), "stop".to_owned(), Actor::new("anna"), None);
    note("lock", &lock().await);
    note("locked already", &lock().await);
    note("locked", &accept(acceptance("game", "2")).await);
    note("unlock", &journal.unlock(staging.clone(), operator()).await);
    note("not locked", &journal.unlock(staging.clone(), operator()).await);

    let second = accept(acceptance("game", "2")).await.unwrap().into_summary().id;
    let two = image(&format!("registry.example/game@sha256:{}", "b".repeat(64)));
    append_all(journal, &second, success("game", "game-00002", &two)).await;
    let order = rollback(Environment::STAGING, &service("game"), None, operator());
    note("rollback", &journal.order_rollback(order, QUEUE).await);
    let promotion = |it: &mut DeployRequest| {
        it.auto_promotion = true;
        it.image = one.clone();
    };
    let promoting = || Acceptance { key_use: KeyUse::Promotion, ..asking(promotion, "3") };
    note("held", &accept(promoting()).await);
    let release = || journal.release(Environment::STAGING, service("game"), operator());
    note("release", &release().await);
    note("not held", &release().await);
    note("withdraw", &journal.withdraw(digest("a"), operator()).await);
    note("withdrawn already", &journal.withdraw(digest("a"), operator()).await);
    note("withdrawn", &accept(promoting()).await);
    note("reinstate", &journal.reinstate(digest("a"), operator()).await);
    note("not withdrawn", &journal.reinstate(digest("a"), operator()).await);

    let repository = Repository::parse("acme/game").unwrap();
    let on_github = GitHubDeployment { repository, number: 7 };
    note("on GitHub", &journal.keep_github_repeat(&first, on_github).await);
    note("unreported", &journal.unreported_github_deployment().await);
    let files = bundle(&[("staging/game.yaml", "a: 1\n")]);
    let packed = PackedBundle { digest: files.digest(), packed: Some(vec![0, 159, 146, 150]) };
    let brought = journal.accept_with(acceptance("shop", "1"), Some(packed), QUEUE).await;
    note("with a bundle", &brought.map(|accepted| accepted.into_summary().status));
    note("the bundle", &journal.bundle(&files.digest()).await);
    note("live", &journal.live());
    note("locks", &(journal.locks(), journal.holds()));
    answers
}

#[tokio::test]
async fn each_command_and_each_refusal_is_answered_as_the_leader_answers_it() {
    let alone = leader(&postgres_server::new_schema()).await;
    let by_leader = everything(&alone).await;

    let schema = postgres_server::new_schema();
    let leader = leader(&schema).await;
    let by_follower = everything(&follower(&schema)).await;

    let shown = |answers: Vec<String>| without_random(&answers.join("\n"));
    let by_leader = shown(by_leader);
    let by_follower = shown(by_follower);
    for (expected, found) in by_leader.lines().zip(by_follower.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(by_follower.lines().count(), by_leader.lines().count());
    let kinds = by_leader.lines().filter(|line| line.contains(": Err(")).count();
    assert_eq!(kinds, 18, "a refusal is none any more: {by_leader}");
    assert!(!by_leader.contains("Err(Store("), "{by_leader}");
    until_is(0, || requests_in(&schema)).await;
    drop(leader);
}

/// What a sender sees of a harness: status, headers and body of each answer.
async fn answers_to_senders(harness: &Harness) -> String {
    let production = body_with(json!({"environment": "production"}));
    let deliveries = [
        Delivery::of(&body()),
        Delivery::of(&body()),
        Delivery::of(&body_with(json!({"image": "registry.example/acme/game:9"}))),
        Delivery::of(&production),
        Delivery::of(&body_with(
            json!({"deployment_id": "102-1", "timestamp": "2026-08-01T09:59:00Z"}),
        )),
        Delivery::of(&body_with(json!({"deployment_id": "103-1"}))).header("Prefer", "wait=1"),
        Delivery::of(&body()).signed_by(b"nobody's"),
    ];
    let mut answers = Vec::new();
    for delivery in deliveries {
        let answer = harness.send(delivery).await;
        answers.push(whole(answer));
    }
    let place = Place { environment: Environment::DEVELOPMENT, service: None };
    harness.journal.lock(place, "inventory".to_owned(), Actor::new("anna"), None).await.unwrap();
    for number in ["104-1", "101-1"] {
        let answer = harness.send(Delivery::of(&body_with(json!({"deployment_id": number})))).await;
        answers.push(whole(answer));
    }
    let newest = harness.newest().await;
    let link = format!("/deployments/{}?token={}", newest.id, newest.token.reveal());
    let page = harness.get(&link).await;
    answers.push(format!("{} {}", page.status, page.text));
    without_random(&answers.join("\n"))
}

fn whole(mut answer: Answer) -> String {
    answer.headers.sort();
    format!("{} {:?}\n{}", answer.status, answer.headers, answer.text)
}

fn with_journal(journal: &Journal, queue_limit: usize) -> Harness {
    let mut harness = Harness::with(|admission: &mut Admission| {
        admission.journal = journal.clone();
        admission.queue_limit = queue_limit;
    });
    harness.journal = journal.clone();
    harness
}

#[tokio::test]
async fn a_sender_gets_the_same_bytes_from_a_follower() {
    for queue_limit in [100, 1] {
        let alone = leader(&postgres_server::new_schema()).await;
        let schema = postgres_server::new_schema();
        let _leader = leader(&schema).await;
        let of_leader = answers_to_senders(&with_journal(&alone, queue_limit)).await;
        let of_follower = answers_to_senders(&with_journal(&follower(&schema), queue_limit)).await;
        assert_eq!(of_follower, of_leader);
        let expected: &[_] = if queue_limit == 1 {
            &["202 ", "200 ", "409 ", "429 ", "423 "]
        } else {
            &["202 ", "200 ", "409 ", "423 "]
        };
        for status in expected {
            assert!(of_leader.lines().any(|line| line.starts_with(status)), "{status}{of_leader}");
        }
    }
}
