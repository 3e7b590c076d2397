//! Bodies that were sealed for this boathook: nobody on the way reads them, and here they are judged as
//! what they were before.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use boathook::{
    intake::{Incoming, Offered},
    sealing::{Opener, PrivateKey, PublicKey, sealed_max},
};
use boathook_core::deployment::sign;
use boathook_testing::{
    delivery::{DEVELOPMENT, Delivery, body, body_with},
    harness::{BODY_MAX, Harness, PRODUCTION},
};
use expect_test::expect;
use proptest::{collection::vec, prelude::any, proptest};
use serde_json::{Value, json};

use crate::{
    sources::relays::{audited, shown},
    support::relay_channel::{Channel, Connection::Silent},
};

const MINUTE: Duration = Duration::from_secs(60);

fn key() -> PrivateKey {
    PrivateKey::generate().unwrap()
}

fn harness(keys: &[&PrivateKey]) -> Harness {
    let keys: Vec<_> = keys.iter().map(|key| (*key).clone()).collect();
    Harness::with(|admission| admission.opener = Opener::new(&keys))
}

/// An event of gosmee's with a body that is posted, and the signature over another one.
fn event(posted: &str, signed: &str, secret: &[u8]) -> String {
    let event = json!({
        "bodyB": STANDARD.encode(posted),
        "x-github-event": "deployment",
        "x-hub-signature-256": sign(secret, signed.as_bytes()),
    });
    format!("data: {event}\n\n")
}

fn sealed_event(key: &PublicKey, body: &str) -> String {
    event(&key.seal(body.as_bytes()).unwrap(), body, DEVELOPMENT)
}

/// The reasons for which these events are refused, without the ids of keys.
async fn refusals(harness: &Harness, events: &[String]) -> String {
    let channel = Channel::of([Silent(events.concat())]);
    let told = audited(channel.followed_by(harness, "gosmee", MINUTE).await).await;
    let id = regex::Regex::new("key [0-9a-f]{16}").unwrap();
    id.replace_all(&told, "key ID").into_owned()
}

#[tokio::test(start_paused = true)]
async fn a_relay_hands_on_a_sealed_body_and_it_is_deployed_as_what_it_was() {
    let key = key();
    let harness = harness(&[&key]);
    let event = sealed_event(&key.public(), &body().to_string());
    assert!(!event.contains("game"), "{event}");
    Channel::of([Silent(event.repeat(2))]).followed_by(&harness, "gosmee", MINUTE).await;
    expect![[r#"
        101-1 registry.example/acme/game:2
        boathook_relay_events_total{relay="ours",result="accepted"} 1
        boathook_relay_events_total{relay="ours",result="repeat"} 1"#]]
    .assert_eq(&shown(&harness).await);
    let id = harness.newest().await.id;
    let acceptance = harness.journal.deployment(&id).await.unwrap().unwrap().acceptance;
    assert_eq!(acceptance.signed_by, "development-1");
}

#[tokio::test(start_paused = true)]
async fn a_sealed_body_survives_a_relay_that_writes_json_anew() {
    let key = key();
    let harness = harness(&[&key]);
    // Not what JSON.stringify writes.
    let body = serde_json::to_string_pretty(&body()).unwrap();
    let sealed = key.public().seal(body.as_bytes()).unwrap();
    let parsed: Value = serde_json::from_str(&sealed).unwrap();
    let written_anew = [parsed.to_string(), serde_json::to_string_pretty(&parsed).unwrap()];
    assert_ne!(written_anew, [sealed.clone(), sealed]);
    let event = |posted: &str| {
        let posted = posted.replace('\n', "\ndata: ");
        let signature = sign(DEVELOPMENT, body.as_bytes());
        format!(
            "data: {{\"x-github-event\":\"deployment\",\"x-hub-signature-256\":\"{signature}\",\"body\":{posted}}}\n\n"
        )
    };
    let events = written_anew.map(|posted| event(&posted)).concat();
    Channel::of([Silent(events)]).followed_by(&harness, "smee", MINUTE).await;
    assert!(shown(&harness).await.contains("result=\"repeat\"} 1"), "{}", shown(&harness).await);
    let unsealed = Harness::new();
    let written_anew = serde_json::from_str::<Value>(&body).unwrap().to_string();
    Channel::of([Silent(event(&written_anew))]).followed_by(&unsealed, "smee", MINUTE).await;
    assert_eq!(unsealed.everything().await, []);
}

#[tokio::test(start_paused = true)]
async fn the_listener_and_github_take_sealed_bodies_too() {
    let key = key();
    let harness = harness(&[&key]);
    let seal = |body: &str| key.public().seal(body.as_bytes()).unwrap();
    let plain = body().to_string();
    let signature = sign(DEVELOPMENT, plain.as_bytes());
    let delivery = Delivery::raw(seal(&plain).as_bytes()).header("X-Signature-SHA256", &signature);
    let answer = harness.send(delivery).await;
    assert_eq!(answer.status, 202, "{}", answer.text);

    let other = body_with(json!({"deployment_id": "102-1"})).to_string();
    let sealed = seal(&other);
    let signature = sign(DEVELOPMENT, other.as_bytes());
    let offered = Offered { documented: vec![signature.as_bytes()], ..Offered::default() };
    let incoming = Incoming {
        body: sealed.as_bytes(),
        offered,
        delivery: boathook::intake::Delivery::default(),
    };
    harness.public.admission.receive(incoming).await.unwrap();
    assert_eq!(harness.newest().await.deployment_id.as_str(), "102-1");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_opened_is_refused_and_operators_read_what_to_do() {
    let key = key();
    let body = body().to_string();
    let sealed = key.public().seal(body.as_bytes()).unwrap();
    let mut changed: Value = serde_json::from_str(&sealed).unwrap();
    let text = changed["boathook_sealed"]["body"].as_str().unwrap().to_owned();
    let at = text.len() / 2;
    let letter = if &text[at..=at] == "A" { "B" } else { "A" };
    let text = format!("{}{letter}{}", &text[..at], &text[at + 1..]);
    changed["boathook_sealed"]["body"] = json!(text);
    let bad = [
        changed.to_string(),
        json!({"boathook_sealed": {"key": "0123456789abcdef", "body": "e30"}}).to_string(),
        json!({"boathook_sealed": sealed}).to_string(),
    ];
    let mut events = bad.map(|posted| event(&posted, &body, DEVELOPMENT)).to_vec();
    events.push(sealed_event(&PrivateKey::generate().unwrap().public(), &body));
    events.push(event(&sealed, "{}", DEVELOPMENT));
    let harness = harness(&[&key]);
    expect![[r#"
        "relay ours" null "the sealed body was changed on its way; send it again, or by another way"
        "relay ours" null "the body is not sealed as `boathook send --seal` does it"
        "relay ours" null "the body is not sealed as `boathook send --seal` does it"
        "relay ours" null "the body is sealed for the key ID, which this boathook does not have: seal it for the key that `boathook sealing-key public FILE` prints on the node"
        "relay ours" null "invalid signature: no secret fits the signature and the body""#]].assert_eq(&refusals(&harness, &events).await);
    let none = Harness::new();
    expect![[r#""relay ours" null "the body is sealed, and this boathook opens none: send it unsealed, or name a key in `sources.sealing.keys`""#]].assert_eq(&refusals(&none, &[sealed_event(&key.public(), &body)]).await);
    assert_eq!((harness.everything().await.len(), none.everything().await.len()), (0, 0));

    let answer = none.send(Delivery::raw(sealed.as_bytes())).await;
    assert_eq!(answer.status, 400);
    expect!["400 the body is sealed, and this boathook cannot open it: seal it for the public key that the node's operator gives you"].assert_eq(&answer.refusal());
}

#[tokio::test(start_paused = true)]
async fn a_relay_may_have_to_bring_sealed_bodies_only() {
    let key = key();
    let harness = harness(&[&key]);
    let plain = body().to_string();
    let other = body_with(json!({"deployment_id": "102-1"})).to_string();
    let events = [event(&plain, &plain, DEVELOPMENT), sealed_event(&key.public(), &other)];
    let channel = Channel::of([Silent(events.concat())]);
    let queue = channel.followed_sealed(&harness, MINUTE).await;
    expect![[r#""relay ours" null "the relay takes sealed bodies only, and this one is not: send it with `boathook send --seal KEY`, or remove `sealed: required`""#]].assert_eq(&audited(queue).await);
    expect![[r#"
        102-1 registry.example/acme/game:2
        boathook_relay_events_total{relay="ours",result="accepted"} 1
        boathook_relay_events_total{relay="ours",result="not_allowed"} 1"#]]
    .assert_eq(&shown(&harness).await);
}

#[tokio::test(start_paused = true)]
async fn while_senders_change_to_a_new_key_both_open() {
    let old = key();
    let new = key();
    let harness = harness(&[&new, &old]);
    let other = body_with(json!({"deployment_id": "102-1"})).to_string();
    let events =
        [sealed_event(&old.public(), &body().to_string()), sealed_event(&new.public(), &other)];
    assert_eq!(refusals(&harness, &events).await, "");
    assert_eq!(harness.everything().await.len(), 2);
    let rotated =
        harness.changed(|admission| admission.opener = Opener::new(std::slice::from_ref(&new)));
    let late = body_with(json!({"deployment_id": "103-1"})).to_string();
    let refused = refusals(&rotated, &[sealed_event(&old.public(), &late)]).await;
    assert!(
        refused.contains("sealed for the key ID, which this boathook does not have"),
        "{refused}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_replayed_sealed_body_gains_nothing_in_another_environment_or_at_another_node() {
    let others = key();
    let key = key();
    let harness = harness(&[&key]);
    let staging = body_with(json!({"environment": "staging"})).to_string();
    let sealed = key.public().seal(staging.as_bytes()).unwrap();
    // Development's secret for staging, and production's over the same bytes.
    let events = [DEVELOPMENT, PRODUCTION].map(|secret| event(&sealed, &staging, secret));
    expect![[r#"
        "relay ours" "development-1" "invalid signature: secret `development-1` of development signed it, which is not the environment that it is for"
        "relay ours" "production-1" "invalid signature: secret `production-1` of production signed it, which is not the environment that it is for""#]].assert_eq(&refusals(&harness, &events).await);
    assert_eq!(harness.everything().await, []);
    let elsewhere = self::harness(&[&others]);
    let refused = refusals(&elsewhere, &[sealed_event(&key.public(), &body().to_string())]).await;
    assert!(refused.contains("which this boathook does not have"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn an_opened_body_may_be_as_long_as_any_other() {
    let key = key();
    let harness = harness(&[&key]);
    let of_length = |length: usize, id: &str| {
        let fill = |text: &str| body_with(json!({"deployment_id": id, "note": text})).to_string();
        fill(&"x".repeat(length - fill("").len()))
    };
    let longest = of_length(BODY_MAX, "101-1");
    let too_long = of_length(BODY_MAX + 1, "102-1");
    assert_eq!(longest.len(), BODY_MAX);
    let events = [
        sealed_event(&key.public(), &longest),
        sealed_event(&key.public(), &too_long),
        event(&too_long, &too_long, DEVELOPMENT),
    ];
    expect![[r#"
        "relay ours" null "an event was left out: it is larger than `server.max_body_bytes` allows"
        "relay ours" null "an event was left out: it is larger than `server.max_body_bytes` allows""#]].assert_eq(&refusals(&harness, &events).await);
    assert_eq!(harness.newest().await.deployment_id.as_str(), "101-1");
}

#[test]
fn a_key_is_read_as_it_is_written_and_neither_kind_is_taken_for_the_other() {
    let key = key();
    let public = key.public();
    assert_eq!(PublicKey::parse(&format!("{public}\n")), Ok(public.clone()));
    assert_eq!(PrivateKey::parse(&key.reveal()).unwrap().public(), public);
    let said = [key.reveal(), public.to_string().replace("public-", "public-A"), String::new()]
        .map(|text| PublicKey::parse(&text).unwrap_err().to_string());
    expect![[r#"
        that is the private key, which belongs on the node alone; `boathook sealing-key public FILE` prints the public one
        that is no public sealing key; `boathook sealing-key public FILE` prints it
        that is no public sealing key; `boathook sealing-key public FILE` prints it"#]].assert_eq(&said.join("\n"));
    assert!(PrivateKey::parse(&public.to_string()).is_err());
    assert!(!format!("{key:?}").contains(&key.reveal()["boathook-private-".len()..]));
}

proptest! {
    #[test]
    fn a_body_of_any_bytes_is_opened_to_exactly_these(body in vec(any::<u8>(), 0..300)) {
        let key = key();
        let sealed = key.public().seal(&body).unwrap();
        assert_eq!(sealed.len(), sealed_max(body.len()));
        assert_eq!(Opener::new(&[key]).open(sealed.as_bytes()), Ok(Some(body)));
    }

    #[test]
    fn nothing_else_is_taken_for_sealed_and_nothing_makes_it_panic(body in vec(any::<u8>(), 0..100)) {
        let opener = Opener::new(&[key()]);
        let marked = [b"{\"boathook_sealed\"".as_slice(), &body].concat();
        assert_eq!(opener.open(&body), Ok(None));
        assert!(opener.open(&marked).is_err());
    }
}
