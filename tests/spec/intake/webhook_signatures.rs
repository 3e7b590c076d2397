//! Who may send: the signature over the raw body, in the spellings that senders use, and one answer
//! to everything else.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use boathook::intake::{Keyring, Offered, SigningKey};
use boathook_core::deployment::{Environment, Key, KeyUse, sign};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    delivery::{DEVELOPMENT, Delivery, body, body_with},
    harness::{Harness, PRODUCTION, SHARED, signing},
};
use expect_test::expect;
use jiff::Timestamp;
use proptest::prelude::{any, prop_assert, proptest};
use serde_json::json;

const DOCUMENTED: &str = "X-Signature-SHA256";
const HUB: &str = "X-Hub-Signature-256";

fn mac(secret: &[u8]) -> String {
    sign(secret, &serde_json::to_vec(&body()).unwrap())
}

fn base64_mac(secret: &[u8]) -> String {
    let hex = mac(secret);
    format!("sha256={}", STANDARD.encode(hex::decode(&hex["sha256=".len()..]).unwrap()))
}

fn unsigned() -> Delivery {
    Delivery::of(&body()).without(DOCUMENTED)
}

#[test]
fn githubs_published_example_gets_its_published_signature() {
    expect!["sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"]
        .assert_eq(&sign(b"It's a Secret to Everybody", b"Hello, World!"));
}

#[tokio::test(start_paused = true)]
async fn a_signature_is_accepted_in_hex_in_base64_and_under_githubs_name() {
    let spellings = [
        unsigned().header(DOCUMENTED, &mac(DEVELOPMENT)),
        unsigned().header(DOCUMENTED, &base64_mac(DEVELOPMENT)),
        unsigned().header(HUB, &mac(DEVELOPMENT)),
        unsigned().header(DOCUMENTED, &base64_mac(DEVELOPMENT)).header(HUB, &mac(DEVELOPMENT)),
        unsigned().header(
            DOCUMENTED,
            &format!("sha256={}", mac(DEVELOPMENT)["sha256=".len()..].to_uppercase()),
        ),
    ];
    for (number, delivery) in spellings.into_iter().enumerate() {
        let answer = Harness::new().send(delivery).await;
        assert_eq!(answer.status, 202, "spelling {number}: {}", answer.text);
    }
}

/// A delivery with the headers that Forgejo sends: its own, and those of the forges it comes from.
fn from_forgejo(secret: &[u8]) -> Delivery {
    let hub = mac(secret);
    let hex = &hub["sha256=".len()..];
    let forges = ["X-Forgejo", "X-Gitea", "X-Gogs"];
    forges
        .iter()
        .fold(unsigned(), |delivery, forge| {
            delivery
                .header(&format!("{forge}-Signature"), hex)
                .header(&format!("{forge}-Event"), "deployment")
                .header(&format!("{forge}-Delivery"), "7")
        })
        .header(HUB, &hub)
        .header("X-Hub-Signature", &format!("sha1={}", "0".repeat(40)))
}

#[tokio::test(start_paused = true)]
async fn the_signatures_of_forgejo_gitea_and_gogs_are_accepted_alone_and_together() {
    let hub = mac(DEVELOPMENT);
    let hex = &hub["sha256=".len()..];
    let deliveries = [
        from_forgejo(DEVELOPMENT),
        from_forgejo(DEVELOPMENT).header(DOCUMENTED, &base64_mac(DEVELOPMENT)),
        unsigned().header("X-Forgejo-Signature", hex),
        unsigned().header("X-Gitea-Signature", hex),
        unsigned().header("X-Gogs-Signature", hex),
    ];
    for (number, delivery) in deliveries.into_iter().enumerate() {
        let answer = Harness::new().send(delivery).await;
        assert_eq!(answer.status, 202, "spelling {number}: {}", answer.text);
    }
}

#[tokio::test(start_paused = true)]
async fn of_several_signatures_every_one_must_fit() {
    let other = mac(PRODUCTION);
    let hex = &other["sha256=".len()..];
    let harness = Harness::new();
    for header in ["X-Forgejo-Signature", "X-Gitea-Signature", "X-Gogs-Signature"] {
        let good = mac(DEVELOPMENT);
        let bad = [
            ("another secret's", from_forgejo(DEVELOPMENT).header(header, hex)),
            ("with a prefix", from_forgejo(DEVELOPMENT).header(header, &good)),
            ("empty, as without a secret", from_forgejo(DEVELOPMENT).header(header, "")),
            ("twice", from_forgejo(DEVELOPMENT).also(header, &good["sha256=".len()..])),
        ];
        for (what, delivery) in bad {
            assert_eq!(
                harness.send(delivery).await.refusal(),
                "401 Invalid signature",
                "{header} {what}"
            );
        }
    }
    let answer = harness.send(from_forgejo(DEVELOPMENT).header(HUB, &other)).await;
    assert_eq!(answer.refusal(), "401 Invalid signature");
    assert_eq!(harness.everything().await, []);
}

#[tokio::test(start_paused = true)]
async fn every_bad_signature_gets_the_same_answer_and_nothing_is_kept() {
    let good = mac(DEVELOPMENT);
    let bad = [
        ("missing", unsigned()),
        ("empty", unsigned().header(DOCUMENTED, "")),
        ("no prefix", unsigned().header(DOCUMENTED, &good["sha256=".len()..])),
        ("another algorithm", unsigned().header(DOCUMENTED, &good.replace("sha256", "sha1"))),
        ("cut", unsigned().header(DOCUMENTED, &good[..good.len() - 2])),
        ("longer", unsigned().header(DOCUMENTED, &format!("{good}00"))),
        ("not hex", unsigned().header(DOCUMENTED, &good.replace("sha256=", "sha256=zz"))),
        ("all zeros", unsigned().header(DOCUMENTED, &format!("sha256={}", "0".repeat(64)))),
        ("another secret", unsigned().header(DOCUMENTED, &mac(b"not a secret that anyone has"))),
        (
            "another body",
            Delivery::of(&body_with(json!({"image": "registry.example/acme/game:3"})))
                .header(DOCUMENTED, &good),
        ),
        ("twice the same", unsigned().also(DOCUMENTED, &good).also(DOCUMENTED, &good)),
        ("twice under GitHub's name", unsigned().also(HUB, &good).also(HUB, &good)),
        ("base64 under GitHub's name", unsigned().header(HUB, &base64_mac(DEVELOPMENT))),
        ("one good, one wrong", unsigned().header(DOCUMENTED, &good).header(HUB, &mac(PRODUCTION))),
        ("of another environment", unsigned().header(DOCUMENTED, &mac(PRODUCTION))),
    ];
    let harness = Harness::new();
    for (what, delivery) in bad {
        let answer = harness.send(delivery).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (401, r#"{"error":"Invalid signature"}"#),
            "{what}"
        );
    }
    assert_eq!(harness.everything().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_secret_signs_for_the_environments_that_list_it_and_no_other() {
    let to = |environment: &str| {
        Delivery::of(&body_with(json!({"environment": environment, "confirmation": "deploy"})))
    };
    let by_digest = format!("registry.example/game@sha256:{}", "a".repeat(64));
    let to_production = || {
        Delivery::of(&body_with(
            json!({"environment": "production", "confirmation": "deploy", "image": by_digest}),
        ))
    };
    let mut answers = Vec::new();
    for (signed_by, secret) in
        [("development's", DEVELOPMENT), ("the shared", SHARED), ("production's", PRODUCTION)]
    {
        for (environment, delivery) in [
            ("development", to("development")),
            ("staging", to("staging")),
            ("production", to_production()),
        ] {
            let status = Harness::new().send(delivery.signed_by(secret)).await.status;
            answers.push(format!("{environment} with {signed_by} secret: {status}"));
        }
    }
    expect![[r#"
        development with development's secret: 202
        staging with development's secret: 401
        production with development's secret: 401
        development with the shared secret: 401
        staging with the shared secret: 202
        production with the shared secret: 202
        development with production's secret: 401
        staging with production's secret: 401
        production with production's secret: 202"#]]
    .assert_eq(&answers.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_body_larger_than_the_limit_is_refused_before_anyone_asks_who_signed_it() {
    let answer = Harness::new().send(Delivery::raw(&vec![b' '; 5000]).without(DOCUMENTED)).await;
    expect!["413 the body is larger than 4096 bytes"].assert_eq(&answer.refusal());
}

#[test]
fn the_record_names_the_secret_that_signed_and_nothing_shows_the_secret() {
    let keyring =
        Keyring::new(vec![signing(Environment::DEVELOPMENT, "development-1", DEVELOPMENT)]);
    let signature = sign(DEVELOPMENT, b"{}");
    let verified = keyring
        .verify(
            &Offered { documented: vec![signature.as_bytes()], ..Offered::default() },
            b"{}",
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
    assert_eq!(verified.signer_for(Environment::DEVELOPMENT).unwrap().id, "development-1");
    assert!(verified.signer_for(Environment::PRODUCTION).is_err());
    expect![[r#"Keyring([SigningKey(Key { environment: development, id: "development-1", key_use: Deploy, not_after: None })])"#]]
        .assert_eq(&format!("{keyring:?}"));
}

#[tokio::test(start_paused = true)]
async fn a_secret_counts_for_nothing_after_its_last_moment() {
    let last = "2026-08-01T10:01:00Z".parse().unwrap();
    let ends = Key {
        environment: Environment::DEVELOPMENT,
        id: "old".to_owned(),
        key_use: KeyUse::Deploy,
        not_after: Some(last),
    };
    let new = signing(Environment::DEVELOPMENT, "new", SHARED);
    let harness = Harness::with(|admission| {
        admission.keyring = Keyring::new(vec![SigningKey::new(ends, DEVELOPMENT), new])
    });
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(
        harness.send(Delivery::of(&body())).await.status,
        202,
        "at its last moment it counts"
    );
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(
        harness.send(Delivery::of(&body())).await.refusal(),
        "401 Invalid signature",
        "not even for a repeat"
    );
    assert_eq!(harness.send(Delivery::of(&body()).signed_by(SHARED)).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn the_record_says_what_the_secret_that_signed_may_sign_for() {
    let key = Key {
        environment: Environment::DEVELOPMENT,
        id: "relay".to_owned(),
        key_use: KeyUse::Promotion,
        not_after: None,
    };
    let harness = Harness::with(|admission| {
        admission.keyring = Keyring::new(vec![SigningKey::new(key, DEVELOPMENT)])
    });
    let id = harness.accept(Delivery::of(&body())).await.id;
    let acceptance = harness.journal.deployment(&id).await.unwrap().unwrap().acceptance;
    assert_eq!((acceptance.signed_by.as_str(), acceptance.key_use), ("relay", KeyUse::Promotion));
}

proptest! {
    #[test]
    fn a_body_or_signature_with_one_bit_changed_is_refused(
        body in proptest::collection::vec(any::<u8>(), 1..200),
        place: usize,
        bit in 0..8u8,
    ) {
        let keyring = Keyring::new(vec![signing(
            Environment::DEVELOPMENT,
            "development-1",
            DEVELOPMENT,
        )]);
        let signature = sign(DEVELOPMENT, &body);
        let offered = Offered { documented: vec![signature.as_bytes()], ..Offered::default() };
        prop_assert!(keyring.verify(&offered, &body, Timestamp::UNIX_EPOCH).is_ok());

        let mut changed = body.clone();
        let at = place % changed.len();
        changed[at] ^= 1 << bit;
        prop_assert!(keyring.verify(&offered, &changed, Timestamp::UNIX_EPOCH).is_err());

        let mut mac = hex::decode(&signature["sha256=".len()..]).unwrap();
        mac[place % 32] ^= 1 << bit;
        let forged = format!("sha256={}", hex::encode(mac));
        let offered = Offered { documented: vec![forged.as_bytes()], ..Offered::default() };
        prop_assert!(keyring.verify(&offered, &body, Timestamp::UNIX_EPOCH).is_err());
    }
}
