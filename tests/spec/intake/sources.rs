//! Where requests may come from: the address of the real sender, which only named proxies may tell.

use boathook::{
    config::Network,
    intake::{Admission, client_of},
};
use boathook_testing::{
    delivery::{Delivery, body, body_with},
    harness::{Harness, SHARED},
};
use expect_test::expect;
use serde_json::json;

use crate::intake::webhook_answers::refused;

fn networks(all: &[&str]) -> Vec<Network> {
    all.iter().map(|text| Network::parse(text).unwrap()).collect()
}

/// Development takes requests from CI's network alone, and a proxy stands in front.
fn guarded(admission: &mut Admission) {
    admission.policies[0].config.allow.sources = networks(&["203.0.113.0/24", "2001:db8::/32"]);
    admission.trusted_proxies = networks(&["10.0.0.5"]);
}

fn good() -> Delivery {
    Delivery::of(&body())
}

#[tokio::test(start_paused = true)]
async fn an_environment_takes_requests_from_its_sources_and_from_nowhere_else() {
    for address in ["203.0.113.9", "::ffff:203.0.113.9", "2001:db8:7::1"] {
        assert_eq!(
            Harness::with(guarded).send(good().from(address)).await.status,
            202,
            "{address}"
        );
    }
    let elsewhere =
        ["198.51.100.1", "::ffff:198.51.100.1", "2001:db9::1"].map(|address| good().from(address));
    expect![[r#"
        403 development does not accept this deployment: it came from 198.51.100.1, which is not in `allow.sources`
        403 development does not accept this deployment: it came from 198.51.100.1, which is not in `allow.sources`
        403 development does not accept this deployment: it came from 2001:db9::1, which is not in `allow.sources`
        403 development does not accept this deployment: it came from an address that is not known, which is not in `allow.sources`"#]]
    .assert_eq(&refused(&Harness::with(guarded), elsewhere.into_iter().chain([good()])).await);
}

#[tokio::test(start_paused = true)]
async fn an_environment_without_sources_takes_requests_from_anywhere() {
    let staging = Delivery::of(&body_with(json!({"environment": "staging"})))
        .signed_by(SHARED)
        .from("198.51.100.1");
    assert_eq!(Harness::with(guarded).send(staging).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn a_forged_forwarding_header_changes_nothing() {
    let forged = |from: &str, header: &str| good().from(from).header("X-Forwarded-For", header);
    let deliveries = [
        forged("198.51.100.1", "203.0.113.9"),
        forged("10.0.0.6", "203.0.113.9"),
        forged("10.0.0.5", "203.0.113.9, 198.51.100.1"),
        forged("10.0.0.5", "203.0.113.9").also("X-Forwarded-For", "198.51.100.1"),
        forged("10.0.0.5", "203.0.113.9, unknown"),
        forged("10.0.0.5", ""),
        good()
            .from("198.51.100.1")
            .header("Forwarded", "for=203.0.113.9")
            .header("X-Real-IP", "203.0.113.9"),
    ];
    expect![[r#"
        403 development does not accept this deployment: it came from 198.51.100.1, which is not in `allow.sources`
        403 development does not accept this deployment: it came from 10.0.0.6, which is not in `allow.sources`
        403 development does not accept this deployment: it came from 198.51.100.1, which is not in `allow.sources`
        403 development does not accept this deployment: it came from 198.51.100.1, which is not in `allow.sources`
        403 development does not accept this deployment: it came from an address that is not known, which is not in `allow.sources`
        403 development does not accept this deployment: it came from 10.0.0.5, which is not in `allow.sources`
        403 development does not accept this deployment: it came from 198.51.100.1, which is not in `allow.sources`"#]]
    .assert_eq(&refused(&Harness::with(guarded), deliveries).await);
}

#[tokio::test(start_paused = true)]
async fn the_real_client_behind_a_named_proxy_is_let_in_and_stands_in_the_record() {
    let harness = Harness::with(guarded);
    let id = harness
        .accept(good().from("10.0.0.5").header("X-Forwarded-For", "198.51.100.1, 203.0.113.9"))
        .await
        .id;
    let known = harness.journal.deployment(&id).await.unwrap().unwrap();
    assert_eq!(
        known.acceptance.client.map(|client| client.to_string()).as_deref(),
        Some("203.0.113.9")
    );
}

#[tokio::test(start_paused = true)]
async fn a_repeat_from_elsewhere_does_not_get_the_link() {
    let harness = Harness::with(guarded);
    harness.accept(good().from("203.0.113.9")).await;
    let answer = harness.send(good().from("198.51.100.1")).await;
    assert_eq!((answer.status, answer.text.contains("status_url")), (403, false));
}

#[tokio::test(start_paused = true)]
async fn in_the_clear_only_this_machine_and_trusted_proxies_are_let_in() {
    let mut harness = Harness::with(guarded);
    harness.public.tls = false;
    let link = Delivery::get("/deployments/x?token=y");
    expect![[r#"
        403 plain HTTP is accepted only from this machine and from the proxies in `server.trusted_proxies`; use the proxy's https address
        403 plain HTTP is accepted only from this machine and from the proxies in `server.trusted_proxies`; use the proxy's https address
        403 plain HTTP is accepted only from this machine and from the proxies in `server.trusted_proxies`; use the proxy's https address"#]]
    .assert_eq(
        &refused(
            &harness,
            [
                good().from("203.0.113.9"),
                good().from("10.0.0.6").header("X-Forwarded-For", "127.0.0.1"),
                link.from("203.0.113.9"),
            ],
        )
        .await,
    );
    assert_eq!(
        harness.send(Delivery::get("/health").from("203.0.113.9")).await.status,
        200,
        "probes of other machines go on"
    );
    for near in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.5", "::ffff:10.0.0.5"] {
        let answer = harness.send(good().from(near).header("X-Forwarded-For", "203.0.113.9")).await;
        let refusal = if answer.status >= 400 { answer.refusal() } else { String::new() };
        assert!(!refusal.contains("plain HTTP"), "{near}: {refusal}");
    }
}

#[test]
fn the_clients_address_is_believed_only_from_named_proxies() {
    let proxies = networks(&["10.0.0.0/8", "192.168.1.1"]);
    for (peer, forwarded, client) in [
        ("203.0.113.9", "198.51.100.1", Some("203.0.113.9")),
        ("10.0.0.5", "198.51.100.1", Some("198.51.100.1")),
        ("10.0.0.5", "1.2.3.4, 198.51.100.1, 192.168.1.1", Some("198.51.100.1")),
        ("::ffff:10.0.0.5", "2001:db8::1", Some("2001:db8::1")),
        ("10.0.0.5", "::ffff:198.51.100.1", Some("198.51.100.1")),
        ("10.0.0.5", "198.51.100.1:4711", Some("198.51.100.1")),
        ("10.0.0.5", "[2001:db8::1]:4711", Some("2001:db8::1")),
        ("10.0.0.5", "", Some("10.0.0.5")),
        ("10.0.0.5", " , ", Some("10.0.0.5")),
        ("10.0.0.5", "10.0.0.7", Some("10.0.0.7")),
        ("10.0.0.5", "198.51.100.1, unknown", None),
        ("10.0.0.5", "198.51.100.1, 10.0.0.5.evil.example", None),
        ("203.0.113.9", "unknown", Some("203.0.113.9")),
    ] {
        let client = client.map(|client| client.parse().unwrap());
        assert_eq!(
            client_of(peer.parse().unwrap(), forwarded, &proxies),
            client,
            "{forwarded} from {peer}"
        );
    }
}

/// C's functions read a leading zero as octal, people as decimal: who is meant is not known.
#[test]
fn an_address_with_leading_zeros_is_no_network() {
    assert_eq!(["010.0.0.0/8", "10.0.0.010", "10.0.0.0/33"].map(Network::parse), [None; 3]);
}
