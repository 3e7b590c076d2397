//! What relays write, as they wrote it: `tests/recordings/relays` has the bytes of a subscription to
//! smee.io's server and to gosmee's, and what was posted there.

use boathook::{
    config::RelayKind,
    sources::relay::{Message, Received, Relayed, Spoilt, Subscription},
};
use boathook_core::deployment::sign;
use boathook_testing::delivery::DEVELOPMENT;
use bytes::Bytes;
use expect_test::expect;
use futures_util::{StreamExt, stream};

pub const SMEE: &str = include_str!("../../recordings/relays/smee.txt");
pub const GOSMEE: &str = include_str!("../../recordings/relays/gosmee.txt");
const COMPACT: &[u8] = include_bytes!("../../recordings/relays/compact.json");
const SPACED: &[u8] = include_bytes!("../../recordings/relays/spaced.json");

/// All that a connection brought before it ended, in chunks of this size.
async fn received(kind: RelayKind, text: &str, chunk: usize, body_max: usize) -> Vec<Received> {
    let chunks = text.as_bytes().chunks(chunk).map(|bytes| Ok(Bytes::copy_from_slice(bytes)));
    let chunks = stream::iter(chunks.collect::<Vec<_>>()).boxed();
    let mut subscription = Subscription::new(kind, chunks, body_max);
    let mut received = Vec::new();
    while let Ok(next) = subscription.next().await {
        received.push(next);
    }
    received
}

fn webhooks(received: &[Received]) -> Vec<&Relayed> {
    let webhook = |received: &'_ Received| match &received.content {
        Ok(Message::Webhook(_)) => true,
        Ok(Message::OfTheRelay | Message::HistoryMissed) | Err(_) => false,
    };
    let found = received.iter().filter(|received| webhook(received));
    found
        .map(|received| match &received.content {
            Ok(Message::Webhook(webhook)) => webhook,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn shown(received: &[Received]) -> String {
    let line = |received: &Received| match &received.content {
        Ok(Message::Webhook(webhook)) => {
            let fits = webhook.header("x-hub-signature-256")
                == Some(sign(DEVELOPMENT, &webhook.body).as_str());
            let event = webhook.header("x-github-event").unwrap_or("no event");
            format!("{event}, {} bytes, signature fits: {fits}", webhook.body.len())
        }
        Ok(other) => format!("{other:?}"),
        Err(spoilt) => format!("left out: {spoilt}"),
    };
    received.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn gosmee_hands_on_the_bytes_that_were_signed() {
    let all = received(RelayKind::Gosmee, GOSMEE, 1, 4096).await;
    expect![[r#"
        OfTheRelay
        OfTheRelay
        deployment, 179 bytes, signature fits: true
        deployment, 196 bytes, signature fits: true
        deployment, 196 bytes, signature fits: true"#]]
    .assert_eq(&shown(&all));
    let bodies: Vec<_> = webhooks(&all).iter().map(|webhook| webhook.body.as_slice()).collect();
    assert_eq!(bodies, [COMPACT, SPACED, SPACED]);
}

#[tokio::test]
async fn smee_writes_a_body_anew_which_leaves_the_signature_right_only_for_what_json_stringify_writes()
 {
    let all = received(RelayKind::Smee, SMEE, 7, 4096).await;
    expect![[r#"
        OfTheRelay
        deployment, 179 bytes, signature fits: true
        deployment, 179 bytes, signature fits: false
        deployment, 179 bytes, signature fits: false
        OfTheRelay"#]]
    .assert_eq(&shown(&all));
    assert_eq!(webhooks(&all)[0].body, COMPACT);
}

#[tokio::test]
async fn an_event_that_is_too_large_is_left_out_and_the_next_one_is_read() {
    let far_too_large = format!("data: {{\"bodyB\":\"{}\"}}\n\n{GOSMEE}", "A".repeat(100_000));
    expect![[r#"
        left out: it is larger than `server.max_body_bytes` allows
        OfTheRelay
        OfTheRelay
        deployment, 179 bytes, signature fits: true
        left out: it is larger than `server.max_body_bytes` allows
        left out: it is larger than `server.max_body_bytes` allows"#]]
    .assert_eq(&shown(&received(RelayKind::Gosmee, &far_too_large, 1000, 190).await));
}

#[tokio::test]
async fn what_is_no_event_of_the_relays_kind_is_left_out_and_nothing_of_it_is_said() {
    let strange = [
        "data: hello\n\n",
        "data: [1]\n\n",
        "data: {\"bodyB\":\"*secret*\"}\n\n",
        "data: {\"bodyB\":7}\n\n",
        "data: {\"x-github-event\":\"deployment\",\"body\":{\"a\":1}}\n\n",
        "event: gosmee-gap\ndata: {\"error\":\"missed_history\"}\n\n",
    ]
    .concat();
    expect![[r#"
        left out: it is not a JSON object
        left out: it is not a JSON object
        left out: its `bodyB` is not base64
        left out: its `bodyB` is not base64
        left out: it has no `bodyB`; is the relay of `kind: smee`?
        HistoryMissed"#]]
    .assert_eq(&shown(&received(RelayKind::Gosmee, &strange, 50, 190).await));
    let other_kind = shown(&received(RelayKind::Smee, GOSMEE, 50, 4096).await);
    expect![[r#"
        left out: it has no `body`; is the relay of `kind: gosmee`?
        left out: it has no `body`; is the relay of `kind: gosmee`?
        left out: it has no `body`; is the relay of `kind: gosmee`?
        left out: it has no `body`; is the relay of `kind: gosmee`?
        left out: it has no `body`; is the relay of `kind: gosmee`?"#]]
    .assert_eq(&other_kind);
}

#[tokio::test]
async fn gosmees_ids_outlast_a_connection_and_those_of_smee_do_not() {
    let events = "id: 1795982118448-0\ndata: {\"message\":\"ready\"}\n\nid: 7\ndata: {\"message\":\"ready\"}\n\n";
    let ids = |all: Vec<Received>| all.into_iter().map(|one| one.resume_id).collect::<Vec<_>>();
    assert_eq!(
        ids(received(RelayKind::Gosmee, events, 50, 190).await),
        [Some("1795982118448-0".to_owned()), None]
    );
    assert!(ids(received(RelayKind::Smee, SMEE, 50, 4096).await).iter().all(Option::is_none));
}

#[tokio::test]
async fn an_event_without_a_body_of_any_kind_is_not_too_large() {
    let all = received(RelayKind::Gosmee, "data: {\"bodyB\":\"\"}\n\n", 50, 0).await;
    assert!(matches!(&all[0].content, Ok(Message::Webhook(webhook)) if webhook.body.is_empty()));
    let all = received(RelayKind::Gosmee, "data: {\"bodyB\":\"QQ==\"}\n\n", 50, 0).await;
    assert_eq!(all[0].content, Err(Spoilt::TooLarge));
}
