//! How a body is read: as it is, so much of it, and for so long.

use std::time::Duration;

use actix_web::{error::PayloadError, web::Bytes};
use boathook::server::BodyLimits;
use boathook_testing::{
    delivery::{Delivery, body, body_with},
    harness::{BODY_MAX, Harness},
};
use expect_test::expect;
use futures_util::{
    FutureExt, StreamExt,
    stream::{self, LocalBoxStream},
};
use serde_json::json;

use crate::intake::webhook_answers::refused;

fn good() -> Delivery {
    Delivery::of(&body())
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_given_up() {
    let first = stream::iter([Ok(Bytes::from_static(b"{"))]);
    let stalled = good().in_pieces(Box::pin(first.chain(stream::pending())));
    expect!["408 the body did not arrive within 10 s; send it again"]
        .assert_eq(&refused(&Harness::new(), [stalled]).await);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_off_is_malformed() {
    let pieces = stream::iter([Ok(Bytes::from_static(b"{")), Err(PayloadError::Incomplete(None))]);
    expect!["400 the body ended before it was whole; send it again"]
        .assert_eq(&refused(&Harness::new(), [good().in_pieces(Box::pin(pieces))]).await);
}

#[tokio::test(start_paused = true)]
async fn a_large_body_is_refused_by_its_announced_or_its_real_length() {
    let one_too_many = vec![b' '; BODY_MAX + 1];
    let announced = Delivery::raw(&one_too_many).header("Content-Length", "4097");
    let whole = Bytes::from(one_too_many);
    let in_pieces = Delivery::raw(&whole).in_pieces(Box::pin(stream::iter([
        Ok(whole.slice(..BODY_MAX)),
        Ok(whole.slice(BODY_MAX..)),
    ])));
    let endless = Delivery::raw(b"")
        .in_pieces(Box::pin(stream::repeat_with(|| Ok(Bytes::from_static(&[b' '; 1000])))));
    expect![[r#"
        413 the body is larger than 4096 bytes
        413 the body is larger than 4096 bytes
        413 the body is larger than 4096 bytes"#]]
    .assert_eq(&refused(&Harness::new(), [announced, in_pieces, endless]).await);
}

#[tokio::test(start_paused = true)]
async fn a_body_of_exactly_the_limit_is_read() {
    let mut whole = serde_json::to_vec(&body()).unwrap();
    whole.resize(BODY_MAX, b' ');
    assert_eq!(
        Harness::new().send(Delivery::raw(&whole).header("Content-Length", "4096")).await.status,
        202
    );
    let in_pieces = stream::iter([Ok(Bytes::from(whole.clone())), Ok(Bytes::new())]);
    assert_eq!(
        Harness::new().send(Delivery::raw(&whole).in_pieces(Box::pin(in_pieces))).await.status,
        202
    );
}

#[tokio::test(start_paused = true)]
async fn only_plain_json_is_read() {
    let deliveries = [
        good().without("Content-Type"),
        good().header("Content-Type", "application/x-www-form-urlencoded"),
        good().header("Content-Type", "application/jsonp"),
        good().also("Content-Type", "application/json"),
    ];
    expect![[r#"
        415 send the body with Content-Type: application/json
        415 send the body with Content-Type: application/json
        415 send the body with Content-Type: application/json
        415 send the body with Content-Type: application/json"#]]
    .assert_eq(&refused(&Harness::new(), deliveries).await);
    let with_charset = good()
        .header("Content-Type", "Application/JSON; charset=utf-8")
        .header("Content-Encoding", "identity");
    assert_eq!(Harness::new().send(with_charset).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn a_compressed_body_is_refused_before_it_is_read() {
    let unread = || -> LocalBoxStream<'static, Result<Bytes, PayloadError>> {
        Box::pin(stream::poll_fn(|_| panic!("the body is read")))
    };
    let encodings = [
        "gzip",
        "GZIP",
        "deflate",
        "br",
        "zstd",
        "gzip, identity",
        "identity, gzip",
        "unheard-of",
        "",
    ];
    let one =
        encodings.map(|encoding| good().header("Content-Encoding", encoding).in_pieces(unread()));
    let two = good()
        .also("Content-Encoding", "identity")
        .also("Content-Encoding", "gzip")
        .in_pieces(unread());
    for line in refused(&Harness::new(), one.into_iter().chain([two])).await.lines() {
        assert_eq!(line, "415 the body is compressed; send it as it is, without Content-Encoding");
    }
}

#[tokio::test(start_paused = true)]
async fn all_large_bodies_together_have_a_limit_and_usual_ones_never_wait() {
    const MIB: usize = 1 << 20;
    let mut harness = Harness::new();
    harness.public.body.max_bytes = 64 * MIB;
    let sized = |name: &str, bytes: usize| {
        let mut body = serde_json::to_vec(&body_with(json!({"deployment_id": name}))).unwrap();
        body.resize(bytes, b' ');
        Delivery::raw(&body)
    };
    let mebibytes = stream::repeat_with(|| Ok(Bytes::from_static(&[b' '; MIB]))).take(16);
    let mut stalled =
        Box::pin(harness.send(good().in_pieces(Box::pin(mebibytes.chain(stream::pending())))));
    assert!((&mut stalled).now_or_never().is_none(), "it waits for more of its body");
    let answer = harness.send(sized("1", MIB)).await;
    assert_eq!(answer.header("retry-after"), Some("10"));
    expect!["503 too many large bodies are being sent at once; try again later"]
        .assert_eq(&answer.refusal());
    assert_eq!(harness.send(sized("2", 16 << 10)).await.status, 202);
    assert_eq!(stalled.await.status, 408);
    assert_eq!(harness.send(sized("3", MIB)).await.status, 202, "the room is free again");
}

#[tokio::test(start_paused = true)]
async fn the_limits_of_a_body_are_those_of_the_config() {
    let mut harness = Harness::new();
    harness.public.body = BodyLimits { max_bytes: 10, timeout: Duration::from_secs(1) };
    assert_eq!(harness.send(good()).await.refusal(), "413 the body is larger than 10 bytes");
}
