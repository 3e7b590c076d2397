//! Who sends, by the token of an issuer: what a token has to say, for which body, and that every
//! other is answered as a bad signature is.

use std::{sync::Arc, time::Duration};

use boathook::{
    config::{IdentityRule, IssuerConfig, Pattern},
    identity::Issuers,
    intake::{Admission, Keyring, SigningKey},
    observers::audit::Refusals,
};
use boathook_core::{
    deployment::{Environment, Key, KeyUse},
    record::{DeploymentEvent, Event},
};
use boathook_testing::{
    audit_harness::AuditHarness,
    delivery::{Answer, DEVELOPMENT, Delivery, body, body_with},
    fake_issuer::{AUDIENCE, FakeIssuer, Mood, audience_for},
    harness::Harness,
    shipped::Shipped as _,
    token_key::{RSA_PKCS1, RSA_PKCS8, TokenKey, signed_by},
};
use expect_test::expect;
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::time::{advance, timeout};

const GITHUB: &str = "https://token.actions.githubusercontent.com";
const GITLAB: &str = "https://gitlab.com";
const SIGNATURE: &str = "X-Signature-SHA256";

fn issuer(name: &str, url: &str) -> IssuerConfig {
    IssuerConfig {
        name: name.to_owned(),
        issuer: url.to_owned(),
        audience: AUDIENCE.to_owned(),
        jwks: None,
        binds_body: name == "github",
        max_lifetime: Duration::from_secs(3600),
    }
}

fn rule(issuer: &str, require: &[(&str, &str)], instead_of_hmac: bool) -> IdentityRule {
    let require = require
        .iter()
        .map(|(claim, pattern)| ((*claim).to_owned(), Pattern::parse(pattern).unwrap()))
        .collect();
    IdentityRule { issuer: issuer.to_owned(), require, instead_of_hmac }
}

/// The main branch of acme/game, with the token alone.
fn main_branch() -> IdentityRule {
    rule("github", &[("repository", "acme/game"), ("ref", "refs/heads/main")], true)
}

/// Development asks for an identity.
fn asking(issuers: &Issuers, rules: Vec<IdentityRule>) -> impl FnOnce(&mut Admission) + use<> {
    let issuers = issuers.clone();
    move |admission| {
        admission.issuers = issuers;
        admission.policies[0].config.identity = rules;
    }
}

fn github() -> (Arc<FakeIssuer>, Issuers) {
    let fake = FakeIssuer::new(GITHUB);
    let issuers = Issuers::none(fake.fetch()).with(&[issuer("github", GITHUB)]);
    (fake, issuers)
}

fn bytes(body: &Value) -> Vec<u8> {
    serde_json::to_vec(body).unwrap()
}

/// A token for a body, with some claims set.
fn token_for(fake: &FakeIssuer, body: &Value, change: &Value) -> String {
    fake.token(&fake.claims(&audience_for(&bytes(body)), change))
}

/// A delivery with a token, and without a signature.
fn with_token(body: &Value, token: &str) -> Delivery {
    Delivery::of(body).without(SIGNATURE).header("Authorization", &format!("Bearer {token}"))
}

/// Status, headers and body.
fn whole(answer: &Answer) -> String {
    let mut headers = answer.headers.clone();
    headers.sort();
    format!("{} {headers:?} {}", answer.status, answer.text)
}

/// What a bad signature is answered with.
async fn bad_signature() -> String {
    whole(&Harness::new().send(Delivery::of(&body()).signed_by(b"another secret")).await)
}

#[tokio::test(start_paused = true)]
async fn a_token_made_for_the_body_deploys_without_a_secret_and_is_recorded_as_verified() {
    let (fake, issuers) = github();
    let harness = Harness::with(asking(&issuers, vec![main_branch()]));
    let sent = harness.accept(with_token(&body(), &token_for(&fake, &body(), &json!({})))).await;
    let records = harness.journal.records(&sent.id, 0).await.unwrap();
    let Event::Deployment(DeploymentEvent::Accepted(acceptance)) = &records[0].event else {
        panic!("begins with {:?}", records[0].event)
    };
    assert_eq!(acceptance.signed_by, "oidc:github");
    expect![[r#"
        {
          "issuer": "github",
          "subject": "repo:acme/game:environment:production",
          "token_id": "8f1c5a52-6f0e-4c3a-9f7c-0f5f2f5d9a11",
          "claims": {
            "actor": "jane",
            "environment": "production",
            "ref": "refs/heads/main",
            "repository": "acme/game",
            "repository_id": "74",
            "run_attempt": "1",
            "run_id": "77",
            "sha": "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d",
            "workflow_ref": "acme/game/.github/workflows/deploy.yml@refs/heads/main"
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&acceptance.identity).unwrap());
    let page = harness.browse(&format!("/dashboard/deployments/{}", sent.id)).await.text;
    assert!(page.contains("acme/game at refs/heads/main, run 77, by jane (github)"), "{page}");
    assert!(page.contains("jane, as the sender says"), "{page}");
    // The link is for whoever has it, and they learn nothing of the job.
    let status = format!("/deployments/{}?token={}", sent.id, sent.token.reveal());
    let shown = harness.get(&status).await.json();
    assert_eq!((&shown["identity"], &shown["triggered_by"]), (&Value::Null, &json!("jane")));
}

#[tokio::test(start_paused = true)]
async fn every_unfit_token_is_answered_as_a_bad_signature_byte_for_byte() {
    let expected = bad_signature().await;
    let (fake, issuers) = github();
    let good = fake.claims(&audience_for(&bytes(&body())), &json!({}));
    let with = |change: Value| token_for(&fake, &body(), &change);
    let now = good["iat"].as_i64().unwrap();
    let rsa = fake.key();
    let curve = TokenKey::p256("first");
    let stranger = TokenKey::rsa("first", RSA_PKCS8);
    let under = |alg: &str| json!({"alg": alg, "kid": "first"});
    let mac = |message: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&rsa.public_bytes()).unwrap();
        mac.update(message);
        mac.finalize().into_bytes().to_vec()
    };
    let cases = [
        ("expired", with(json!({"iat": now - 400, "exp": now - 61}))),
        ("not yet valid", with(json!({"nbf": now + 61}))),
        ("issued in the future", with(json!({"iat": now + 61}))),
        ("lives for too long", with(json!({"exp": now + 3601}))),
        ("without exp", with(json!({"exp": null}))),
        ("exp as text", with(json!({"exp": "never"}))),
        ("without iat", with(json!({"iat": null}))),
        ("without jti", with(json!({"jti": null}))),
        ("without sub", with(json!({"sub": null}))),
        ("wrong audience", with(json!({"aud": "https://elsewhere.example"}))),
        ("audience without the body", with(json!({"aud": AUDIENCE}))),
        ("a longer audience", with(json!({"aud": format!("{AUDIENCE}.evil.example?sha256=00")}))),
        ("several audiences", with(json!({"aud": [good["aud"], "https://elsewhere.example"]}))),
        ("wrong issuer", with(json!({"iss": "https://elsewhere.example"}))),
        ("issuer with a slash", with(json!({"iss": format!("{GITHUB}/")}))),
        ("without issuer", with(json!({"iss": null}))),
        ("another repository", with(json!({"repository": "evil/game"}))),
        ("another branch", with(json!({"ref": "refs/heads/main/x"}))),
        ("a missing claim", with(json!({"ref": null}))),
        ("a claim in a list", with(json!({"repository": ["acme/game"]}))),
        ("alg none", signed_by(&under("none"), &good, |_| Vec::new())),
        ("no signature", signed_by(&under("RS256"), &good, |_| Vec::new())),
        ("HS256 with the public key", signed_by(&under("HS256"), &good, mac)),
        ("an RSA key under ES256", rsa.token_under(&under("ES256"), &good)),
        ("a curve's key under RS256", curve.token_under(&under("RS256"), &good)),
        ("another key of that name", stranger.token(&good)),
        ("an unknown key", TokenKey::rsa("unknown", RSA_PKCS1).token(&good)),
        ("no token", "hunter2".to_owned()),
        ("an empty token", String::new()),
    ];
    let (refusals, queue) = Refusals::channel();
    let mut harness = Harness::with(asking(&issuers, vec![main_branch()]));
    harness.public.refusals = refusals;
    let names: Vec<_> = cases.iter().map(|(what, _)| *what).collect();
    for (what, token) in cases {
        let answer = harness.send(with_token(&body(), &token)).await;
        assert_eq!(whole(&answer), expected, "{what}");
    }
    let good = token_for(&fake, &body(), &json!({}));
    let headers = [
        (
            "another scheme",
            with_token(&body(), &good).header("Authorization", &format!("Basic {good}")),
        ),
        ("twice", with_token(&body(), &good).also("Authorization", &format!("Bearer {good}"))),
        ("neither", Delivery::of(&body()).without(SIGNATURE)),
        ("a bad signature beside it", with_token(&body(), &good).signed_by(b"another secret")),
        ("no JSON at all", with_token(&json!(1), &good)),
        ("a secret alone", Delivery::of(&body())),
    ];
    let names = names.into_iter().chain(headers.iter().map(|(what, _)| *what));
    let names: Vec<_> = names.collect();
    for (what, delivery) in headers {
        assert_eq!(whole(&harness.send(delivery).await), expected, "{what}");
    }
    assert!(harness.everything().await.is_empty());
    // With a minute of leeway either way, it is good.
    let late = with(json!({"iat": now - 300, "exp": now - 60}));
    assert_eq!(harness.send(with_token(&body(), &late)).await.status, 202);
    // Operators read what was wrong.
    drop(harness);
    let lines = AuditHarness::of(queue).await.lines();
    let said = names.iter().zip(&lines).map(|(what, line)| {
        let reason = line["reason"].as_str().unwrap();
        format!("{what}: {}", reason.trim_start_matches("invalid signature: "))
    });
    expect![[r#"
        expired: its identity token expired 1m1s ago
        not yet valid: its identity token is valid only in 1m1s; are the clocks set?
        issued in the future: its identity token is valid only in 1m1s; are the clocks set?
        lives for too long: its identity token lives for 1h1s, and `max_lifetime` of github is 1h
        without exp: its identity token has no proper `exp`
        exp as text: its identity token has no proper `exp`
        without iat: its identity token has no proper `iat`
        without jti: its identity token has no proper `jti`
        without sub: its identity token has no proper `sub`
        wrong audience: its identity token is for another audience than `https://hooks.example.com`
        audience without the body: its identity token is for another audience than `https://hooks.example.com`
        a longer audience: its identity token is for another audience than `https://hooks.example.com`
        several audiences: its identity token has no proper `aud`
        wrong issuer: its identity token is of an issuer that `identity` in default.yaml does not name
        issuer with a slash: its identity token is of an issuer that `identity` in default.yaml does not name
        without issuer: its identity token is unfit: it names no issuer (`iss`)
        another repository: its identity token is none that development accepts: its `repository` is `evil/game`, not `acme/game`
        another branch: its identity token is none that development accepts: its `ref` is `refs/heads/main/x`, not `refs/heads/main`
        a missing claim: its identity token is none that development accepts: it has no `ref`, which must be `refs/heads/main`
        a claim in a list: its identity token is none that development accepts: it has no `repository`, which must be `acme/game`
        alg none: its identity token is unfit: it is not a token: three parts of base64url, with JSON in the first two
        no signature: its identity token is unfit: its signature does not fit
        HS256 with the public key: its identity token is unfit: its `alg` is not the algorithm of the key that it names
        an RSA key under ES256: its identity token is unfit: its `alg` is not the algorithm of the key that it names
        a curve's key under RS256: its identity token is unfit: its signature does not fit
        another key of that name: its identity token is unfit: its signature does not fit
        an unknown key: its identity token names a key that github does not publish
        no token: its identity token is unfit: it is not a token: three parts of base64url, with JSON in the first two
        an empty token: its identity token is unfit: it is not a token: three parts of base64url, with JSON in the first two
        another scheme: it came without an identity token in `Authorization`
        twice: `Authorization` came more than once
        neither: it came without a signature header
        a bad signature beside it: no secret fits the signature and the body
        no JSON at all: its identity token was made for another body
        a secret alone: it came without an identity token in `Authorization`"#]]
    .assert_eq(&said.collect::<Vec<_>>().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_worth_nothing_with_another_body_and_a_replay_is_a_repeat() {
    let (fake, issuers) = github();
    let harness = Harness::with(asking(&issuers, vec![main_branch()]));
    let token = token_for(&fake, &body(), &json!({}));
    let first = harness.accept(with_token(&body(), &token)).await;
    let other = body_with(json!({"image": "registry.example/evil/game:2"}));
    assert_eq!(whole(&harness.send(with_token(&other, &token)).await), bad_signature().await);
    // Also after a restart, which has no memory of tokens and needs none.
    let harness = harness.changed(asking(&issuers, vec![main_branch()]));
    assert_eq!(whole(&harness.send(with_token(&other, &token)).await), bad_signature().await);
    let again = harness.send(with_token(&body(), &token)).await;
    assert_eq!((again.status, &again.json()["id"]), (200, &json!(first.id)));
    assert_eq!(harness.everything().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_environment_accepts_only_what_its_own_rules_name() {
    let (fake, issuers) = github();
    let staging = rule("github", &[("repository", "acme/game"), ("ref", "refs/heads/*")], true);
    let harness = Harness::with(|admission| {
        asking(&issuers, vec![main_branch()])(admission);
        admission.policies[1].config.identity = vec![staging];
    });
    let branch = json!({"ref": "refs/heads/next"});
    let send = async |environment: &str| {
        let body = body_with(json!({"environment": environment}));
        harness.send(with_token(&body, &token_for(&fake, &body, &branch))).await
    };
    assert_eq!(send("staging").await.status, 202);
    assert_eq!(whole(&send("development").await), bad_signature().await);
    assert_eq!(whole(&send("production").await), bad_signature().await);
}

#[tokio::test(start_paused = true)]
async fn a_repository_of_another_number_is_another_one_whatever_its_name() {
    let (fake, issuers) = github();
    let by_number = rule("github", &[("repository_id", "74")], true);
    let harness = Harness::with(asking(&issuers, vec![by_number]));
    let send = async |change: Value, id: &str| {
        let body = body_with(json!({"deployment_id": id}));
        harness.send(with_token(&body, &token_for(&fake, &body, &change))).await
    };
    assert_eq!(send(json!({"repository": "acme/renamed"}), "1").await.status, 202);
    let taken_over = send(json!({"repository_id": "75"}), "2").await;
    assert_eq!(whole(&taken_over), bad_signature().await);
    // Some issuers write numbers as numbers.
    assert_eq!(send(json!({"repository_id": 74}), "3").await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn where_both_are_required_neither_is_enough() {
    let (fake, issuers) = github();
    let both = IdentityRule { instead_of_hmac: false, ..main_branch() };
    let harness = Harness::with(asking(&issuers, vec![both]));
    let token = token_for(&fake, &body(), &json!({}));
    let expected = bad_signature().await;
    let alone = [with_token(&body(), &token), Delivery::of(&body())];
    for delivery in alone {
        assert_eq!(whole(&harness.send(delivery).await), expected);
    }
    let sent = harness.accept(with_token(&body(), &token).signed_by(DEVELOPMENT)).await;
    let known = harness.journal.deployment(&sent.id).await.unwrap().unwrap();
    assert_eq!(known.acceptance.signed_by, "development-1");
    assert_eq!(known.acceptance.identity.as_ref().unwrap().actor(), Some("jane"));
    assert_eq!(known.acceptance.requesters(), ["development-1", "jane", "jane"]);
}

#[tokio::test(start_paused = true)]
async fn a_promotion_of_another_boathook_needs_no_token_and_all_else_that_it_signs_does() {
    let (fake, issuers) = github();
    let harness = Harness::with(|admission| {
        asking(&issuers, vec![main_branch()])(admission);
        let key = Key {
            environment: Environment::DEVELOPMENT,
            id: "relay".to_owned(),
            key_use: KeyUse::Promotion,
            not_after: None,
        };
        admission.keyring = Keyring::new(vec![SigningKey::new(key, DEVELOPMENT)]);
    });
    let promoted = body_with(json!({"auto_promotion": true, "deployment_id": "1"}));
    let sent = harness.accept(Delivery::of(&promoted)).await;
    let known = harness.journal.deployment(&sent.id).await.unwrap().unwrap();
    assert_eq!(known.acceptance.identity, None);
    let plain = body_with(json!({"auto_promotion": false, "deployment_id": "2"}));
    for body in [&plain, &body_with(json!({"dry_run": true}))] {
        assert_eq!(whole(&harness.send(Delivery::of(body)).await), bad_signature().await);
    }
    assert_eq!(harness.everything().await.len(), 1);
    let both = with_token(&plain, &token_for(&fake, &plain, &json!({}))).signed_by(DEVELOPMENT);
    let sent = harness.accept(both).await;
    let known = harness.journal.deployment(&sent.id).await.unwrap().unwrap();
    assert_eq!(known.acceptance.identity.as_ref().unwrap().actor(), Some("jane"));
}

#[tokio::test(start_paused = true)]
async fn a_secret_without_the_token_learns_nothing_and_is_a_strangers() {
    let (fake, issuers) = github();
    let (refusals, queue) = Refusals::channel();
    let mut harness = Harness::with(|admission| {
        asking(&issuers, vec![main_branch()])(admission);
        admission.policies[0].config.require.confirmation = Some("yes".to_owned());
    });
    harness.public.refusals = refusals;
    let elsewhere = token_for(&fake, &body(), &json!({"repository": "evil/game"}));
    let deliveries = [
        Delivery::of(&body()),
        Delivery::of(&body()).header("X-GitHub-Event", "ping"),
        Delivery::of(&body()).header("X-GitHub-Event", "push"),
        Delivery::of(&json!({"environment": "development"})),
        Delivery::of(&json!("no request")),
        with_token(&body(), &elsewhere).signed_by(DEVELOPMENT),
    ];
    let count = deliveries.len();
    for delivery in deliveries {
        assert_eq!(whole(&harness.send(delivery).await), bad_signature().await);
    }
    // Whoever has both is told what is missing, and is known.
    let both = with_token(&body(), &token_for(&fake, &body(), &json!({}))).signed_by(DEVELOPMENT);
    assert_eq!(harness.send(both).await.status, 422);
    drop(harness);
    let lines = AuditHarness::of(queue).await.lines();
    let signers: Vec<_> = lines.iter().map(|line| line["who"]["secret"].as_str()).collect();
    assert_eq!(signers.iter().filter(|signer| signer.is_none()).count(), count, "{signers:?}");
    assert_eq!(signers.len(), count + 1);
    assert!(signers.contains(&Some("development-1")), "{signers:?}");
    let identities =
        lines.iter().filter_map(|line| line["who"]["identity"]["claims"]["repository"].as_str());
    assert_eq!(identities.collect::<Vec<_>>(), ["acme/game"]);
}

#[tokio::test(start_paused = true)]
async fn where_no_identity_is_required_a_token_changes_nothing() {
    let (fake, issuers) = github();
    let harness = Harness::with(asking(&issuers, Vec::new()));
    let signed = Delivery::of(&body()).header("Authorization", "Bearer hunter2");
    assert_eq!(harness.send(signed).await.status, 202);
    assert_eq!(fake.fetches(), 0);
}

mod gitlab {
    use super::*;

    fn gitlab() -> (Arc<FakeIssuer>, Issuers, IdentityRule) {
        let fake = FakeIssuer::new(GITLAB);
        let issuers = Issuers::none(fake.fetch()).with(&[issuer("gitlab", GITLAB)]);
        let require = [("project_path", "acme/game"), ("ref", "main"), ("ref_protected", "true")];
        (fake, issuers, rule("gitlab", &require, false))
    }

    /// As GitLab's `id_tokens` are, with an audience that is fixed before the job begins.
    fn token(fake: &FakeIssuer, id: &str) -> String {
        let change = json!({
            "jti": id, "nbf": null, "repository": null, "actor": null, "run_id": null, "ref": "main",
            "project_path": "acme/game", "project_id": "12", "ref_protected": "true",
            "pipeline_id": "9", "user_login": "jane", "environment": null,
        });
        fake.token(&fake.claims(AUDIENCE, &change))
    }

    #[tokio::test(start_paused = true)]
    async fn its_token_counts_beside_a_signature_only() {
        let (fake, issuers, rule) = gitlab();
        let harness = Harness::with(asking(&issuers, vec![rule]));
        let alone = harness.send(with_token(&body(), &token(&fake, "a"))).await;
        assert_eq!(whole(&alone), bad_signature().await);
        let sent =
            harness.accept(with_token(&body(), &token(&fake, "a")).signed_by(DEVELOPMENT)).await;
        let known = harness.journal.deployment(&sent.id).await.unwrap().unwrap();
        expect!["acme/game at main, run 9, by jane (gitlab)"]
            .assert_eq(&known.acceptance.identity.clone().unwrap().to_string());
    }

    #[tokio::test(start_paused = true)]
    async fn even_a_rule_that_says_otherwise_does_not_make_it_stand_alone() {
        let (fake, issuers, rule) = gitlab();
        let rule = IdentityRule { instead_of_hmac: true, ..rule };
        let harness = Harness::with(asking(&issuers, vec![rule]));
        let alone = harness.send(with_token(&body(), &token(&fake, "a"))).await;
        assert_eq!(whole(&alone), bad_signature().await);
    }

    #[tokio::test(start_paused = true)]
    async fn its_token_is_for_one_deployment_also_across_a_restart() {
        let (fake, issuers, rule) = gitlab();
        let send = async |harness: &Harness, id: &str, token: &str| {
            // A sender that tries again writes another time, and means the same deployment.
            let time = harness.public.admission.clock.now();
            let body = body_with(json!({"deployment_id": id, "timestamp": time}));
            harness.send(with_token(&body, token).signed_by(DEVELOPMENT)).await
        };
        let harness = Harness::with(asking(&issuers, vec![rule.clone()]));
        let first = token(&fake, "a");
        assert_eq!(send(&harness, "1", &first).await.status, 202);
        advance(Duration::from_secs(1)).await;
        assert_eq!(send(&harness, "1", &first).await.status, 200);
        assert_eq!(whole(&send(&harness, "2", &first).await), bad_signature().await);
        assert_eq!(send(&harness, "2", &token(&fake, "b")).await.status, 202);
        // A new process: neither its memory nor its keys are there.
        let issuers = Issuers::none(fake.fetch()).with(&[issuer("gitlab", GITLAB)]);
        let harness = harness.changed(asking(&issuers, vec![rule]));
        assert_eq!(whole(&send(&harness, "3", &first).await), bad_signature().await);
        assert_eq!(send(&harness, "1", &first).await.status, 200);
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_deployments_at_once_with_one_token_one_is_accepted() {
        let (fake, issuers, rule) = gitlab();
        let harness = Harness::with(asking(&issuers, vec![rule]));
        let token = token(&fake, "a");
        let all = ["1", "2", "3"].map(|id| {
            let body = body_with(json!({"deployment_id": id}));
            harness.send(with_token(&body, &token).signed_by(DEVELOPMENT))
        });
        let answers = join_all(all).await;
        let accepted = answers.iter().filter(|answer| answer.status == 202).count();
        assert_eq!((accepted, harness.everything().await.len()), (1, 1));
    }
}

mod keys {
    use super::*;

    async fn status(harness: &Harness, fake: &FakeIssuer, id: &str) -> u16 {
        let body = body_with(json!({"deployment_id": id}));
        let now = harness.public.admission.clock.now().as_second();
        let change = json!({"iat": now, "nbf": now, "exp": now + 300});
        harness.send(with_token(&body, &token_for(fake, &body, &change))).await.status
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_unknown_keys_fetches_once_a_minute() {
        let (fake, issuers) = github();
        let harness = Harness::with(asking(&issuers, vec![main_branch()]));
        let claims = fake.claims(&audience_for(&bytes(&body())), &json!({}));
        let tokens: Vec<_> = (0..100)
            .map(|number| TokenKey::p256(&format!("key-{number}")).token(&claims))
            .collect();
        let flood = async || {
            let unknown = tokens.iter().map(|token| harness.send(with_token(&body(), token)));
            let answers = join_all(unknown).await;
            assert!(answers.iter().all(|answer| answer.status == 401));
        };
        for minute in 1..=3 {
            flood().await;
            flood().await;
            assert_eq!(fake.fetches(), minute);
            advance(Duration::from_secs(60)).await;
        }
        // Meanwhile, a good token is good.
        assert_eq!(status(&harness, &fake, "1").await, 202);
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_key_is_found_and_one_that_was_taken_back_is_forgotten_within_an_hour() {
        let (fake, issuers) = github();
        let harness = Harness::with(asking(&issuers, vec![main_branch()]));
        assert_eq!(status(&harness, &fake, "1").await, 202);
        let old = fake.key();
        advance(Duration::from_secs(60)).await;
        fake.rotate(vec![TokenKey::p256("second")]);
        assert_eq!(status(&harness, &fake, "2").await, 202);
        assert_eq!(fake.fetches(), 2);
        let claims = fake.claims(&audience_for(&bytes(&body())), &json!({}));
        let answer = harness.send(with_token(&body(), &old.token(&claims))).await;
        assert_eq!(answer.status, 401);
        // One that is taken back without another in its place goes when the keys are read again.
        fake.rotate(vec![TokenKey::p256("third")]);
        let third = fake.key();
        advance(Duration::from_secs(60)).await;
        assert_eq!(status(&harness, &fake, "3").await, 202);
        fake.rotate(vec![TokenKey::p256("fourth")]);
        advance(Duration::from_secs(60 * 60)).await;
        let body = body_with(json!({"deployment_id": "4", "timestamp": null}));
        let now = harness.public.admission.clock.now().as_second();
        let change = json!({"iat": now, "nbf": now, "exp": now + 300});
        let late = third.token(&fake.claims(&audience_for(&bytes(&body)), &change));
        // The one request that has them read is the first to find it gone.
        assert_eq!(harness.send(with_token(&body, &late)).await.status, 401);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_keys_stay_in_use_for_a_day_while_the_issuer_is_away() {
        for mood in [Mood::Away, Mood::Silent, Mood::Another] {
            let (fake, issuers) = github();
            let harness = Harness::with(asking(&issuers, vec![main_branch()]));
            assert_eq!(status(&harness, &fake, "1").await, 202);
            fake.set(mood);
            // A reload keeps the keys too.
            let again = issuers.with(&[issuer("github", GITHUB)]);
            let harness = harness.changed(|admission| {
                asking(&again, vec![main_branch()])(admission);
                admission.window = Duration::from_secs(60 * 60 * 48);
            });
            advance(Duration::from_secs(60 * 60 * 23)).await;
            assert_eq!(status(&harness, &fake, "2").await, 202, "{mood:?}");
            advance(Duration::from_secs(60 * 60)).await;
            assert_eq!(status(&harness, &fake, "3").await, 401, "{mood:?}");
            fake.set(Mood::Answers);
            advance(Duration::from_secs(60)).await;
            assert_eq!(status(&harness, &fake, "4").await, 202, "{mood:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_issuer_that_is_away_at_the_start_is_asked_again_after_seconds() {
        let (fake, issuers) = github();
        fake.set(Mood::Silent);
        let harness = Harness::with(asking(&issuers, vec![main_branch()]));
        assert_eq!(status(&harness, &fake, "1").await, 401);
        fake.set(Mood::Answers);
        assert_eq!(status(&harness, &fake, "1").await, 401);
        advance(Duration::from_secs(5)).await;
        assert_eq!(status(&harness, &fake, "1").await, 202);
        assert_eq!(fake.fetches(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn while_fetches_fail_they_become_rarer_and_after_one_that_succeeds_a_minute_passes() {
        let (fake, issuers) = github();
        fake.set(Mood::Away);
        let harness = Harness::with(asking(&issuers, vec![main_branch()]));
        let seconds = async |from: u64, to: u64| {
            let mut asked_at = Vec::new();
            for second in from..to {
                let before = fake.fetches();
                assert_eq!(status(&harness, &fake, "1").await, 401);
                asked_at.extend((fake.fetches() > before).then_some(second));
                advance(Duration::from_secs(1)).await;
            }
            asked_at
        };
        assert_eq!(seconds(0, 196).await, [0, 5, 15, 35, 75, 135, 195]);
        advance(Duration::from_secs(60)).await;
        fake.set(Mood::Answers);
        assert_eq!(status(&harness, &fake, "1").await, 202);
        // The minute holds for keys that come new, and the first pause is short again.
        fake.rotate(vec![TokenKey::p256("second")]);
        fake.set(Mood::Away);
        assert_eq!(seconds(0, 66).await, [60, 65]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_that_goes_away_does_not_end_the_fetch() {
        let (fake, issuers) = github();
        let harness = Harness::with(asking(&issuers, vec![main_branch()]));
        fake.set(Mood::Slow);
        let token = token_for(&fake, &body(), &json!({}));
        let sent = harness.send(with_token(&body(), &token));
        assert!(timeout(Duration::from_secs(1), sent).await.is_err());
        assert_eq!(harness.send(with_token(&body(), &token)).await.status, 202);
        assert_eq!(fake.fetches(), 1);
    }
}
