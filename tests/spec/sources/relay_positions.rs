//! How far gosmee's stream was read outlasts connections, restarts, kills and reloads, and nothing that
//! came in between is lost or deployed twice.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use boathook::sources::{forget_others, relay::SOURCES};
use boathook_core::deployment::sign;
use boathook_testing::{
    delivery::{DEVELOPMENT, body_with},
    harness::Harness,
};
use expect_test::expect;
use serde_json::json;

use crate::{
    sources::relays::audited,
    support::relay_channel::{Channel, Connection::Silent},
};

const MINUTE: Duration = Duration::from_secs(60);

/// An event with this id, which deploys with another one.
fn event(id: &str, deployment: &str) -> String {
    let body = body_with(json!({"deployment_id": deployment})).to_string();
    let event = json!({
        "bodyB": STANDARD.encode(&body),
        "x-github-event": "deployment",
        "x-hub-signature-256": sign(DEVELOPMENT, body.as_bytes()),
    });
    format!("id: {id}\ndata: {event}\n\n")
}

/// The `Last-Event-ID` of a boathook that follows such a stream for a minute.
async fn asks(harness: &Harness, stream: String) -> Option<String> {
    let channel = Channel::of([Silent(stream)]);
    channel.followed_by(harness, "gosmee", MINUTE).await;
    channel.asked().remove(0).1
}

async fn deployed(harness: &Harness) -> Vec<String> {
    let mut all = harness.everything().await;
    all.reverse();
    all.iter().map(|one| one.deployment_id.as_str().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_start_goes_on_after_the_last_event_that_was_settled() {
    let harness = Harness::new();
    let first = format!("{}{}", event("1790000000000-0", "one"), event("1790000000000-1", "two"));
    assert_eq!(asks(&harness, first).await, None, "nothing was read before");
    let harness = harness.restarted();
    let again = format!("{}{}", event("1790000000000-1", "two"), event("1790000000001-0", "three"));
    assert_eq!(asks(&harness, again).await.as_deref(), Some("1790000000000-1"));
    let harness = harness.restarted();
    assert_eq!(asks(&harness, String::new()).await.as_deref(), Some("1790000000001-0"));
    assert_eq!(deployed(&harness).await, ["one", "two", "three"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_event_is_settled_too() {
    let harness = Harness::new();
    let bad = "id: 7-0\ndata: {\"bodyB\":\"e30=\"}\n\n".to_owned();
    asks(&harness, bad).await;
    assert_eq!(asks(&harness.restarted(), String::new()).await.as_deref(), Some("7-0"));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_killed_or_stopped_with_an_event_in_hand_reads_it_again() {
    let queue_is_full = |harness: Harness| harness.changed(|admission| admission.queue_limit = 1);
    let stream = format!("{}{}", event("5-0", "one"), event("6-0", "two"));
    let harness = queue_is_full(Harness::new());
    // Dropped as by a kill, while the second event waits for room.
    let channel = Channel::of([Silent(stream.clone())]);
    channel.followed_by(&harness, "gosmee", Duration::from_secs(20)).await;
    let harness = queue_is_full(harness.restarted());
    // Stopped in the same place: it is no refusal, because the next connection brings it.
    let channel = Channel::of([Silent(event("6-0", "two"))]);
    let config = json!({"kind": "gosmee"});
    let queue = channel.followed_until(&harness, config, Duration::from_secs(20)).await;
    assert_eq!(channel.asked()[0].1.as_deref(), Some("5-0"));
    assert_eq!(audited(queue).await, "");
    let harness = harness.restarted();
    assert_eq!(asks(&harness, stream).await.as_deref(), Some("5-0"));
    assert_eq!(deployed(&harness).await, ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_at_a_stop_and_no_relay_sends_again_is_audited() {
    let harness = Harness::with(|admission| admission.queue_limit = 0);
    let without_id = event("", "one");
    let channel = Channel::of([Silent(without_id)]);
    let config = json!({"kind": "gosmee"});
    let queue = channel.followed_until(&harness, config, Duration::from_secs(20)).await;
    expect![[
        r#""relay ours" "development-1" "too many deployments are waiting; try again later""#
    ]]
    .assert_eq(&audited(queue).await);
}

#[tokio::test(start_paused = true)]
async fn what_boathook_cannot_accept_for_long_is_left_to_the_relay_that_keeps_it() {
    let harness = Harness::with(|admission| admission.queue_limit = 0);
    let stream = || Silent(event("5-0", "one"));
    let channel = Channel::of([stream(), stream(), stream()]);
    let queue = channel.followed_by(&harness, "gosmee", 3 * MINUTE).await;
    assert_eq!(audited(queue).await, "");
    let asked = channel.asked();
    assert!(asked.len() > 1 && asked.iter().all(|(_, id)| id.is_none()), "{asked:?}");
    let harness = harness.changed(|admission| admission.queue_limit = 1);
    assert_eq!(asks(&harness, event("5-0", "one")).await, None);
    assert_eq!(deployed(&harness).await, ["one"]);
}

#[tokio::test(start_paused = true)]
async fn an_event_without_an_id_of_its_own_is_not_taken_for_one_that_comes_again() {
    let harness = Harness::with(|admission| admission.queue_limit = 1);
    let without_id = event("6-0", "two").replace("id: 6-0\n", "");
    let channel = Channel::of([Silent(format!("{}{without_id}", event("5-0", "one")))]);
    let queue = channel.followed_by(&harness, "gosmee", 3 * MINUTE).await;
    expect![[
        r#""relay ours" "development-1" "too many deployments are waiting; try again later""#
    ]]
    .assert_eq(&audited(queue).await);
    assert_eq!(asks(&harness, String::new()).await.as_deref(), Some("5-0"));
}

#[tokio::test(start_paused = true)]
async fn a_relay_whose_stream_begins_again_is_followed_from_there() {
    let harness = Harness::new();
    asks(&harness, event("1790000000000-0", "one")).await;
    asks(&harness, event("900-0", "two")).await;
    let harness = harness.restarted();
    assert_eq!(asks(&harness, String::new()).await.as_deref(), Some("900-0"));
}

#[tokio::test(start_paused = true)]
async fn the_place_of_a_relay_that_has_left_the_configuration_is_forgotten() {
    let harness = Harness::new();
    asks(&harness, event("5-0", "one")).await;
    harness.journal.keep_source_cursor("github:acme/game", 7).await.unwrap();
    let ours = harness.journal.sources().await.unwrap().remove(1);
    forget_others(&harness.journal, SOURCES, std::slice::from_ref(&ours)).await;
    assert_eq!(harness.journal.sources().await.unwrap(), ["github:acme/game", ours.as_str()]);
    forget_others(&harness.journal, SOURCES, &[]).await;
    assert_eq!(harness.journal.sources().await.unwrap(), ["github:acme/game"]);
    assert_eq!(asks(&harness, String::new()).await, None);
}

#[tokio::test(start_paused = true)]
async fn another_channel_is_read_from_its_own_beginning_and_smee_has_no_places() {
    let harness = Harness::new();
    asks(&harness, event("5-0", "one")).await;
    for config in
        [json!({"kind": "gosmee", "url": "https://relay.example/another"}), json!({"kind": "smee"})]
    {
        let channel = Channel::of([Silent(event("9-0", "two"))]);
        channel.followed_until(&harness, config, MINUTE).await;
        assert_eq!(channel.asked()[0].1, None);
    }
    let known = harness.journal.sources().await.unwrap();
    assert!(known.iter().all(|source| !source.contains("channel")), "{known:?}");
    assert_eq!(known.len(), 2, "{known:?}");
}
