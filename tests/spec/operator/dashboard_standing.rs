//! The dashboard on what waits for people and for time: locks, approvals, and how long each lasts.

use std::time::Duration;

use boathook::config::Approve;
use boathook_core::{
    deployment::{Actor, Environment},
    record::{DeploymentEvent, Event, Place},
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    dashboard_pages::{assert_harmless, seen},
    delivery::{Delivery, NOW, body, body_with},
    harness::{Harness, SHARED},
    samples::{self, held, image},
};
use expect_test::expect;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const DEVELOPMENT: Place = Place { environment: Environment::DEVELOPMENT, service: None };

fn success() -> Vec<Event> {
    samples::success(
        "game",
        "game-00001",
        &image(&format!("registry.example/acme/game@sha256:{}", "b".repeat(64))),
    )
}

/// Locks a place, until so many seconds after the harness began.
async fn lock(harness: &Harness, place: Place, reason: &str, seconds: Option<i64>) {
    let until = seconds
        .map(|seconds| NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds));
    harness.journal.lock(place, reason.to_owned(), Actor::new("ada"), until).await.unwrap();
}

/// The text of one section of the overview; empty where it is not there.
async fn section(harness: &Harness, id: &str) -> String {
    let page = harness.ask("/").await.text;
    let Some((_, section)) = page.split_once(&format!("<section id=\"{id}\"")) else {
        return String::new();
    };
    seen(&format!("<main><section{}</main>", section.split_once("</section>").unwrap().0))
}

#[tokio::test(start_paused = true)]
async fn locks_are_shown_with_why_whose_and_how_long_they_hold_and_what_they_lock_is_marked() {
    let harness = Harness::new();
    let first = harness.accept(Delivery::of(&body())).await;
    harness.play(&first.id, success()).await;
    let staging = Delivery::of(&body_with(json!({"environment": "staging"}))).signed_by(SHARED);
    harness.accept(staging).await;
    assert_eq!(section(&harness, "locks").await, "", "nothing is locked");
    lock(&harness, DEVELOPMENT, "database migration", Some(7200)).await;
    lock(
        &harness,
        Place { environment: Environment::PRODUCTION, service: Some(samples::service("shop")) },
        "hands off",
        None,
    )
    .await;
    expect![[r#"
        Locked
        Locks that hold
        Where Why Whose Since Until
        development the whole environment database migration ada 2026-08-01 10:00:00 UTC 120 min left
        production shop/shop hands off ada 2026-08-01 10:00:00 UTC someone ends it
        Senders are answered 423 there, with the reason. What was accepted before goes on, and so does what an operator orders. boathook unlock ends a lock."#]]
    .assert_eq(&section(&harness, "locks").await);
    let page = harness.ask("/").await.text;
    assert!(
        page.contains("; development is locked; shop/shop in production is locked\""),
        "it is read aloud: {page}"
    );
    assert!(
        page.contains("data-ends=\"2026-08-01T12:00:00Z\" data-over=\"it has ended\""),
        "it counts down: {page}"
    );
    let serving = section(&harness, "serving").await;
    assert!(serving.contains("development locked game"), "{serving}");
    assert!(serving.contains("staging game"), "that one is not locked: {serving}");
}

#[tokio::test(start_paused = true)]
async fn a_lock_of_one_service_marks_that_one_and_is_gone_after_its_end() {
    let harness = Harness::new();
    harness.accept(Delivery::of(&body())).await;
    lock(
        &harness,
        Place { service: Some(samples::service("other")), ..DEVELOPMENT },
        "hands off",
        Some(30),
    )
    .await;
    assert!(section(&harness, "locks").await.contains("30 s left"));
    assert!(!section(&harness, "serving").await.contains("locked"), "it is another service");
    lock(
        &harness,
        Place { service: Some(samples::service("game")), ..DEVELOPMENT },
        "hands off",
        Some(20),
    )
    .await;
    assert!(section(&harness, "serving").await.contains("development locked game"));
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(section(&harness, "locks").await, "");
    assert!(!section(&harness, "serving").await.contains("locked"));
}

#[tokio::test(start_paused = true)]
async fn the_reason_of_a_lock_stays_text() {
    let harness = Harness::new();
    harness.accept(Delivery::of(&body())).await;
    lock(&harness, DEVELOPMENT, "\"><script>alert(1)</script> onmouseover=x", None).await;
    let page = harness.ask("/").await.text;
    assert_harmless("the overview", &page);
    assert!(page.contains("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn times_left_are_reported_in_a_unit_that_suits() {
    let harness = Harness::new();
    for (seconds, result) in [
        (1, "1 s left"),
        (599, "599 s left"),
        (600, "10 min left"),
        (10_799, "180 min left"),
        (10_800, "3 h left"),
        (172_799, "48 h left"),
        (172_800, "2 days left"),
    ] {
        lock(&harness, DEVELOPMENT, "why", Some(seconds)).await;
        assert!(section(&harness, "locks").await.contains(result), "{seconds} s");
        harness.journal.unlock(DEVELOPMENT, Actor::new("ada")).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_needs_a_yes_says_how_to_give_it_and_how_long_there_is_time() {
    let harness =
        Harness::with(|admission| admission.policies[0].config.approval.required = Approve::Always);
    let id = harness.accept(Delivery::of(&body())).await.id;
    let asked = format!("needs an operator's approval: boathook approve {id} 24 h left");
    let shown = section(&harness, "under-way").await;
    assert!(
        shown.contains(&format!("awaiting approval 2026-08-01 10:00:00 UTC\n{asked}")),
        "{shown}"
    );
    let page = || async { seen(&harness.ask(&format!("/dashboard/deployments/{id}")).await.text) };
    assert!(page().await.contains(&asked), "{}", page().await);
    assert_eq!(page().await.matches("boathook approve").count(), 1, "{}", page().await);
    harness
        .play(&id, vec![Event::Deployment(DeploymentEvent::Approved { by: Actor::new("ada") })])
        .await;
    assert!(!page().await.contains("needs an operator's approval"));
    assert!(page().await.contains("Approval approved by ada"), "{}", page().await);
}

#[tokio::test(start_paused = true)]
async fn the_step_under_way_stands_at_the_head_of_the_page_with_its_countdown() {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body())).await.id;
    harness.play(&id, held("game")).await;
    tokio::time::advance(Duration::from_secs(20)).await;
    let page = seen(&harness.ask(&format!("/dashboard/deployments/{id}")).await.text);
    let (head, _) = page.split_once("What is deployed").unwrap();
    assert!(head.contains("Hold at 10 % for 120 s 2 of 5 100 s left"), "{head}");
}
