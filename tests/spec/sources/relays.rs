//! Webhooks that come by a relay: what they become, and what boathook does when the relay is away,
//! silent, or sends what it should not.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use boathook::observers::audit::{Auditor, RefusalQueue};
use boathook_core::{deployment::sign, record::RequestSource};
use boathook_testing::{
    audit_harness::AuditHarness,
    dashboard_pages::seen,
    delivery::{DEVELOPMENT, body_with},
    harness::{Harness, PRODUCTION},
    samples::{image, success},
};
use expect_test::expect;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    sources::relay_dialects::{GOSMEE, SMEE},
    support::relay_channel::{
        Channel,
        Connection::{Cut, Refused, Silent},
    },
};

const MINUTE: Duration = Duration::from_secs(60);

/// What became of deliveries: the deployments, oldest first, and the counts that are not 0.
pub async fn shown(harness: &Harness) -> String {
    let mut deployments = harness.everything().await;
    deployments.reverse();
    let deployments =
        deployments.iter().map(|one| format!("{} {}", one.deployment_id.as_str(), one.image));
    let page = harness.ask("/metrics").await.text;
    let counts = page.lines().filter(|line| line.starts_with("boathook_relay_events_total"));
    let counts = counts.filter(|line| !line.ends_with(" 0")).map(str::to_owned);
    deployments.chain(counts).collect::<Vec<_>>().join("\n")
}

/// The reasons in the audit log, each with the path and who signed.
pub async fn audited(queue: RefusalQueue) -> String {
    let audit = AuditHarness::new();
    let stop = CancellationToken::new();
    stop.cancel();
    let journal = audit.journal.clone();
    let clock = audit.clock.clone();
    Auditor::new(journal, clock, audit.directory(), audit.limits, queue).run(stop).await;
    let said = audit
        .lines()
        .into_iter()
        .map(|line| format!("{} {} {}", line["path"], line["who"]["secret"], line["reason"]));
    said.collect::<Vec<_>>().join("\n")
}

/// An event as gosmee writes it, with this body signed by that secret.
fn event(body: &Value, secret: &[u8]) -> String {
    let body = body.to_string();
    let event = json!({
        "bodyB": STANDARD.encode(&body),
        "x-github-event": "deployment",
        "x-hub-signature-256": sign(secret, body.as_bytes()),
    });
    format!("data: {event}\n\n")
}

#[tokio::test(start_paused = true)]
async fn what_gosmee_hands_on_is_deployed_once_and_the_record_says_whence_it_came() {
    let harness = Harness::new();
    Channel::of([Silent(GOSMEE.to_owned())]).followed_by(&harness, "gosmee", MINUTE).await;
    expect![[r#"
        101-1 registry.example/acme/game:2
        101-2 registry.example/acme/game:3
        boathook_relay_events_total{relay="ours",result="accepted"} 2
        boathook_relay_events_total{relay="ours",result="repeat"} 1"#]]
    .assert_eq(&shown(&harness).await);
    let id = harness.newest().await.id;
    let acceptance = harness.journal.deployment(&id).await.unwrap().unwrap().acceptance;
    assert_eq!(acceptance.source, RequestSource::Relay { name: "ours".to_owned() });
    assert_eq!((acceptance.signed_by.as_str(), acceptance.client), ("development-1", None));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_smee_has_written_anew_is_refused_and_operators_read_what_to_send() {
    let harness = Harness::new();
    let queue = Channel::of([Silent(SMEE.to_owned())]).followed_by(&harness, "smee", MINUTE).await;
    expect![[r#"
        101-1 registry.example/acme/game:2
        boathook_relay_events_total{relay="ours",result="accepted"} 1
        boathook_relay_events_total{relay="ours",result="bad_signature"} 2"#]]
    .assert_eq(&shown(&harness).await);
    expect![[r#"
        "relay ours" null "invalid signature: no secret fits the signature and the body; smee.io writes bodies anew, so a signature holds only over exactly what JSON.stringify writes: no spaces, letters as themselves and not as \\u escapes, keys that are numbers first; sign that, seal the body (`boathook send --seal`), or use a relay of `kind: gosmee`, which keeps the bytes"
        "relay ours" null "invalid signature: no secret fits the signature and the body; smee.io writes bodies anew, so a signature holds only over exactly what JSON.stringify writes: no spaces, letters as themselves and not as \\u escapes, keys that are numbers first; sign that, seal the body (`boathook send --seal`), or use a relay of `kind: gosmee`, which keeps the bytes""#]].assert_eq(&audited(queue).await);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_comes_again_deploys_nothing_not_even_after_a_restart() {
    let harness = Harness::new();
    let twice = Channel::of([Cut(format!("{GOSMEE}{GOSMEE}")), Silent(GOSMEE.to_owned())]);
    twice.followed_by(&harness, "gosmee", MINUTE).await;
    assert_eq!(harness.everything().await.len(), 2);
    let harness = harness.restarted();
    Channel::of([Silent(GOSMEE.to_owned())]).followed_by(&harness, "gosmee", MINUTE).await;
    assert_eq!(harness.everything().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn two_boathooks_that_read_one_channel_each_decide_for_themselves() {
    let one = Harness::new();
    let other = Harness::with(|admission| admission.policies.clear());
    let channel = Channel::of([Silent(GOSMEE.to_owned()), Silent(GOSMEE.to_owned())]);
    channel.followed_by(&one, "gosmee", MINUTE).await;
    channel.followed_by(&other, "gosmee", MINUTE).await;
    assert_eq!((one.everything().await.len(), other.everything().await.len()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn what_policy_or_the_journal_refuses_is_refused_as_at_the_listener() {
    let harness = Harness::new();
    let bad = [
        event(&body_with(json!({"namespace": "kube-system"})), DEVELOPMENT),
        event(&body_with(json!({})), PRODUCTION),
        event(&json!({"environment": "nowhere"}), DEVELOPMENT),
        "data: {\"bodyB\":\"e30=\"}\n\n".to_owned(),
        "data: {\"token\":\"a-secret-in-an-event\"}\n\n".to_owned(),
    ];
    let queue = Channel::of([Silent(bad.concat())]).followed_by(&harness, "gosmee", MINUTE).await;
    expect![[r#"
        boathook_relay_events_total{relay="ours",result="bad_signature"} 2
        boathook_relay_events_total{relay="ours",result="malformed"} 1
        boathook_relay_events_total{relay="ours",result="not_allowed"} 1
        boathook_relay_events_total{relay="ours",result="not_found"} 1"#]]
    .assert_eq(&shown(&harness).await);
    expect![[r#"
        "relay ours" null "invalid signature: it came without a signature header"
        "relay ours" null "an event was left out: it has no `bodyB`; is the relay of `kind: smee`?"
        "relay ours" "development-1" "development does not accept this deployment: namespace `kube-system` is not in `allow.namespaces`"
        "relay ours" "production-1" "invalid signature: secret `production-1` of production signed it, which is not the environment that it is for"
        "relay ours" "development-1" "unknown environment `nowhere`; known: development, staging, production""#]].assert_eq(&audited(queue).await);
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_is_away_is_tried_again_with_growing_pauses_and_one_that_is_silent_too() {
    let harness = Harness::new();
    let ready = "id: 5-0\ndata: {\"message\":\"ready\"}\n\n";
    let channel =
        Channel::of([Refused, Refused, Silent(ready.to_owned()), Silent(GOSMEE.to_owned())]);
    channel.followed_by(&harness, "gosmee", 5 * MINUTE).await;
    let asked = channel.asked();
    let [(first, _), (second, _), (third, None), (fourth, Some(id)), (fifth, _), ..] =
        asked.as_slice()
    else {
        panic!("{asked:?}")
    };
    assert_eq!((*first, id.as_str()), (0, "5-0"));
    assert!(*second <= 1 && *third <= 3, "the first pauses are short: {asked:?}");
    assert!((75..77).contains(&(fourth - third)), "after 75 s of silence: {asked:?}");
    assert!((75..77).contains(&(fifth - fourth)), "{asked:?}");
    assert!(asked.len() < 20, "the pauses grow: {asked:?}");
    assert_eq!(harness.everything().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_dashboard_says_since_when_a_relay_is_away_and_why() {
    let harness = Harness::new();
    let sources = async || {
        let page = harness.ask("/dashboard/environments").await.text;
        seen(&page).split_once("\nSources\n").map(|(_, rows)| rows.to_owned()).unwrap_or_default()
    };
    assert_eq!(sources().await, "");
    let ready = "data: {\"message\":\"ready\"}\n\n".to_owned();
    Channel::of([Silent(ready)]).followed_by(&harness, "gosmee", MINUTE).await;
    expect![[r#"
        Where boathook fetches requests by itself, since it started.
        Repositories on GitHub and relays, and what went wrong with them last
        Source State Last failure
        relay ours connected since 2026-08-01 10:00:00 UTC none"#]]
    .assert_eq(&sources().await);
    let before_the_second_try = Duration::from_millis(400);
    Channel::of([Refused]).followed_by(&harness, "gosmee", before_the_second_try).await;
    expect![[r#"
        Where boathook fetches requests by itself, since it started.
        Repositories on GitHub and relays, and what went wrong with them last
        Source State Last failure
        relay ours not connected since 2026-08-01 10:01:00 UTC 2026-08-01 10:01:00 UTC it did not answer with server-sent events; is `url` that of a channel?"#]].assert_eq(&sources().await);
}

#[tokio::test(start_paused = true)]
async fn a_flood_is_taken_at_the_listeners_rate_and_what_came_after_it_is_deployed_too() {
    let harness = Harness::new();
    let flood = "data: {\"bodyB\":\"e30=\"}\n\n".repeat(300);
    let channel = Channel::of([Silent(format!("{flood}{GOSMEE}"))]);
    let follow = |time| channel.followed_at(&harness, "gosmee", 60, time);
    follow(3 * MINUTE).await;
    assert_eq!(harness.everything().await, [], "no sooner than the flood allows");
    let channel = Channel::of([Silent(format!("{flood}{GOSMEE}"))]);
    channel.followed_at(&harness, "gosmee", 60, 5 * MINUTE).await;
    assert_eq!(harness.everything().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn while_boathook_cannot_accept_it_keeps_the_event_and_tries_again() {
    let harness = Harness::with(|admission| admission.queue_limit = 1);
    let makes_room = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        let first = harness.newest().await.id;
        let served = image(&format!("registry.example/acme/game@sha256:{}", "a".repeat(64)));
        harness.play(&first, success("game", "game-00001", &served)).await;
    };
    let channel = Channel::of([Silent(GOSMEE.to_owned())]);
    tokio::join!(channel.followed_by(&harness, "gosmee", MINUTE), makes_room);
    assert_eq!(harness.everything().await.len(), 2);
}
