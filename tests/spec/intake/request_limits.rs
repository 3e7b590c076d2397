//! How often one source may ask, before anything else is asked of it.

use std::{sync::Arc, time::Duration};

use actix_web::web::Bytes;
use boathook::intake::{Counted, RequestLimit};
use boathook_testing::{
    delivery::{Delivery, body},
    harness::Harness,
};
use expect_test::expect;
use futures_util::stream;

fn limited(per_minute: u32) -> Harness {
    let mut harness = Harness::new();
    harness.public.requests = Arc::new(RequestLimit::per_minute(per_minute));
    harness
}

fn unsigned() -> Delivery {
    Delivery::of(&body()).without("X-Signature-SHA256")
}

#[tokio::test(start_paused = true)]
async fn a_source_that_asks_too_often_learns_when_to_retry() {
    let harness = limited(4);
    for number in 1..=4 {
        assert_eq!(
            harness.send(unsigned().from("198.51.100.1")).await.status,
            401,
            "request {number}"
        );
    }
    let answer = harness.send(unsigned().from("198.51.100.1")).await;
    assert_eq!(answer.header("retry-after"), Some("15"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    expect!["429 too many requests from your address; try again in 15 s"]
        .assert_eq(&answer.refusal());

    tokio::time::advance(Duration::from_secs(15)).await;
    assert_eq!(harness.send(unsigned().from("198.51.100.1")).await.status, 401);
    assert_eq!(harness.send(unsigned().from("198.51.100.1")).await.status, 429);
}

#[tokio::test(start_paused = true)]
async fn other_sources_and_a_signed_request_from_one_of_them_are_not_affected() {
    let harness = limited(1);
    for _ in 0..3 {
        harness.send(unsigned().from("198.51.100.1")).await;
    }
    assert_eq!(harness.send(Delivery::of(&body()).from("203.0.113.9")).await.status, 202);
    assert_eq!(
        harness.send(Delivery::of(&body()).from("198.51.100.1")).await.status,
        429,
        "a signature is asked for later"
    );
}

#[tokio::test(start_paused = true)]
async fn every_path_counts_and_health_is_counted_apart() {
    let harness = limited(2);
    let get = |path: &'static str| harness.send(Delivery::get(path).from("198.51.100.1"));
    let mut statuses = Vec::new();
    for path in [
        "/nothing",
        "/deployments/x?token=y",
        "/nothing",
        "/health",
        "/health",
        "/health",
        "/webhook/deploy",
    ] {
        statuses.push(get(path).await.status);
    }
    assert_eq!(statuses, [404, 404, 429, 200, 200, 429, 429]);
}

#[tokio::test(start_paused = true)]
async fn a_sender_has_a_whole_network_of_ipv6_and_one_address_of_ipv4() {
    let limit = RequestLimit::per_minute(1);
    let take = |address: &str| limit.take(Some(address.parse().unwrap()), Counted::Other).is_ok();
    assert_eq!(
        ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"].map(take),
        [true, false, true]
    );
    assert_eq!(
        ["198.51.100.1", "::ffff:198.51.100.1", "198.51.100.2", "::ffff:198.51.100.3"].map(take),
        [true, false, true, true]
    );
}

#[tokio::test(start_paused = true)]
async fn the_real_client_is_counted_and_not_the_proxy() {
    let mut harness = Harness::with(|admission| {
        admission.trusted_proxies = vec![boathook::config::Network::parse("10.0.0.5").unwrap()]
    });
    harness.public.requests = Arc::new(RequestLimit::per_minute(1));
    let by = |from: &str, client: &str| {
        harness.send(unsigned().from(from).header("X-Forwarded-For", client))
    };
    assert_eq!(by("10.0.0.5", "198.51.100.1").await.status, 401);
    assert_eq!(by("10.0.0.5", "198.51.100.2").await.status, 401);
    assert_eq!(by("10.0.0.5", "198.51.100.1").await.status, 429);
    assert_eq!(by("203.0.113.9", "198.51.100.3").await.status, 401);
    assert_eq!(
        by("203.0.113.9", "198.51.100.4").await.status,
        429,
        "nobody believes it a new address each time"
    );
}

#[tokio::test(start_paused = true)]
async fn the_body_of_a_request_too_many_is_not_read() {
    let harness = limited(1);
    harness.send(unsigned().from("198.51.100.1")).await;
    let body = stream::poll_fn(|_| -> std::task::Poll<Option<Result<Bytes, _>>> {
        panic!("the body is read")
    });
    assert_eq!(
        harness.send(unsigned().in_pieces(Box::pin(body)).from("198.51.100.1")).await.status,
        429
    );
}

#[tokio::test(start_paused = true)]
async fn so_many_sources_are_known_and_the_first_is_forgotten() {
    let limit = RequestLimit::per_minute(1);
    let take = |number: u32| {
        limit.take(Some(std::net::Ipv4Addr::from_bits(number).into()), Counted::Other).is_ok()
    };
    assert!((0..8192).all(take));
    assert!(!(0..8192).any(take), "all of them are known");
    assert!(take(8192));
    assert!(take(0), "the first was forgotten for it");
    assert!(!take(2), "the third is still known");
}

#[tokio::test(start_paused = true)]
async fn a_source_that_was_away_has_one_minutes_requests_and_no_more() {
    let limit = RequestLimit::per_minute(60);
    let take_all = || (0..1000).take_while(|_| limit.take(None, Counted::Other).is_ok()).count();
    assert_eq!(take_all(), 60);
    tokio::time::advance(Duration::from_secs(7)).await;
    assert_eq!(take_all(), 7);
    tokio::time::advance(Duration::from_secs(86_400)).await;
    assert_eq!(take_all(), 60);
}
