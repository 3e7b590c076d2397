//! What a sender hears: every row of the table of answers, and that nothing is ever half accepted.

use actix_web::http::Method;
use boathook::{
    config::Pattern,
    intake::{Admission, Keyring, SigningKey},
};
use boathook_core::deployment::{Environment, Key, KeyUse};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    delivery::{Answer, Delivery, body, body_with},
    harness::{Harness, PRODUCTION},
};
use expect_test::expect;
use serde_json::json;

fn good() -> Delivery {
    Delivery::of(&body())
}

/// A request for production that is right in every way.
fn for_production() -> serde_json::Value {
    let image = format!("registry.example/acme/game@sha256:{}", "a".repeat(64));
    body_with(json!({"environment": "production", "image": image, "confirmation": "deploy"}))
}

pub async fn refused(harness: &Harness, deliveries: impl IntoIterator<Item = Delivery>) -> String {
    let mut lines = Vec::new();
    for delivery in deliveries {
        lines.push(harness.send(delivery).await.refusal());
    }
    assert_eq!(harness.everything().await, [], "nothing refused is kept");
    lines.join("\n")
}

/// The answer with what is random in it replaced.
pub async fn shown(harness: &Harness, answer: &Answer) -> String {
    let newest = harness.newest().await;
    let location =
        answer.header("location").map(|link| format!("\nlocation: {link}")).unwrap_or_default();
    let text = format!(
        "{}{location}\n{}",
        answer.status,
        serde_json::to_string_pretty(&answer.json()).unwrap()
    );
    text.replace(newest.id.as_str(), "ID").replace(newest.token.reveal(), "TOKEN")
}

#[tokio::test(start_paused = true)]
async fn a_good_request_is_on_disk_when_202_is_answered() {
    let harness = Harness::new();
    let answer = harness.send(good()).await;
    expect![[r#"
        202
        location: https://hooks.example.com/deployments/ID?token=TOKEN
        {
          "deployment_id": "101-1",
          "environment": "development",
          "id": "ID",
          "status": "accepted",
          "status_url": "https://hooks.example.com/deployments/ID?token=TOKEN"
        }"#]]
    .assert_eq(&shown(&harness, &answer).await);
    let found = harness.restarted().newest().await;
    assert_eq!((found.deployment_id.as_str(), found.status.name()), ("101-1", "queued"));
}

#[tokio::test(start_paused = true)]
async fn without_a_public_url_the_link_is_relative() {
    let mut harness = Harness::new();
    harness.public.public_url = None;
    let answer = harness.send(good()).await;
    assert!(answer.header("location").unwrap().starts_with("/deployments/"), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_answered_and_other_events_are_ignored_once_verified() {
    let harness = Harness::new();
    let ping = harness.send(good().header("X-GitHub-Event", "ping")).await;
    let push = harness.send(good().header("X-GitHub-Event", "push")).await;
    let unsigned =
        harness.send(good().header("X-GitHub-Event", "ping").without("X-Signature-SHA256")).await;
    expect![[r#"
        200 {"status":"pong"}
        200 {"event":"push","message":"only `X-GitHub-Event: deployment` deploys","status":"ignored"}"#]]
    .assert_eq(&format!("{} {}\n{} {}", ping.status, ping.text, push.status, push.text));
    assert_eq!(unsigned.status, 401);
    assert_eq!(harness.everything().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_names_no_event_is_malformed() {
    let deliveries = [good().without("X-GitHub-Event"), good().also("X-GitHub-Event", "ping")];
    expect![[r#"
        400 the event is not named; send `X-GitHub-Event: deployment`, once
        400 the event is not named; send `X-GitHub-Event: deployment`, once"#]]
    .assert_eq(&refused(&Harness::new(), deliveries).await);
}

#[tokio::test(start_paused = true)]
async fn the_event_may_stand_in_the_headers_of_other_forges_and_then_all_must_name_the_same() {
    let harness = Harness::new();
    for header in ["X-Forgejo-Event", "X-Gitea-Event", "X-Gogs-Event"] {
        let ping = good().without("X-GitHub-Event").header(header, "ping");
        assert_eq!(harness.send(ping).await.text, r#"{"status":"pong"}"#, "{header}");
    }
    let disagree = [
        good().header("X-Forgejo-Event", "push"),
        good().header("X-Gitea-Event", "ping"),
        good().without("X-GitHub-Event").header("X-Gogs-Event", "").header("X-Gitea-Event", "push"),
        good().header("X-Gitea-Event", "deployment").also("X-Gitea-Event", "deployment"),
    ];
    expect![[r#"
        400 the headers name different events; send one, `X-GitHub-Event: deployment`
        400 the headers name different events; send one, `X-GitHub-Event: deployment`
        400 the headers name different events; send one, `X-GitHub-Event: deployment`
        400 the event is not named; send `X-GitHub-Event: deployment`, once"#]]
    .assert_eq(&refused(&harness, disagree).await);
}

#[tokio::test(start_paused = true)]
async fn what_an_environment_does_not_name_is_forbidden() {
    let development = [
        json!({"image": "elsewhere.example/acme/game:2"}),
        json!({"image": "registry.example/acme/deep/game:2"}),
        json!({"image": "registry.example/acme/game-2"}),
        json!({"namespace": "kube-system"}),
        json!({"service_name": "other"}),
    ];
    expect![[r#"
        403 development does not accept this deployment: image `elsewhere.example/acme/game` matches no pattern of `allow.images`
        403 development does not accept this deployment: image `registry.example/acme/deep/game` matches no pattern of `allow.images`
        403 development does not accept this deployment: image `registry.example/acme/game-2` matches no pattern of `allow.images`
        403 development does not accept this deployment: namespace `kube-system` is not in `allow.namespaces`
        403 development does not accept this deployment: service_name `other` is not in `allow.services`"#]]
    .assert_eq(&refused(
        &Harness::new(),
        development.map(|fields| Delivery::of(&body_with(fields))),
    ).await);
    let production = [
        json!({"image": "registry.example/acme/game:2"}),
        json!({"deployment_strategy": "rolling"}),
        json!({"traffic_split": {"final": 100}}),
    ];
    let production = production.map(|fields| {
        let mut body = for_production();
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        Delivery::of(&body).signed_by(PRODUCTION)
    });
    expect![[r#"
        403 production does not accept this deployment: images must be named by digest here; send `repository@sha256:...`
        403 production does not accept this deployment: deployment_strategy `rolling` is not among its strategies
        403 production does not accept this deployment: senders may not bring a `traffic_split`; leave it out"#]]
    .assert_eq(&refused(&Harness::new(), production).await);
}

#[tokio::test(start_paused = true)]
async fn an_environment_may_ask_who_set_a_deployment_off() {
    let by = |names: &[&str]| {
        let patterns = names.iter().map(|name| Pattern::parse(name).unwrap()).collect();
        Harness::with(|admission| admission.policies[0].config.allow.triggered_by = patterns)
    };
    let from =
        |trigger: serde_json::Value| Delivery::of(&body_with(json!({"triggered_by": trigger})));
    for allowed in ["jane", "refs/heads/main", "github-actions[bot]"] {
        assert_eq!(
            by(&["jane", "refs/heads/*", "github-*"]).send(from(json!(allowed))).await.status,
            202,
            "{allowed}"
        );
    }
    let others = ["janet", "Jane", "refs/heads/main/x", "x-github-actions[bot]", ""]
        .map(|name| from(json!(name)));
    expect![[r#"
        403 development does not accept this deployment: triggered_by `janet` matches no pattern of `allow.triggered_by`
        403 development does not accept this deployment: triggered_by `Jane` matches no pattern of `allow.triggered_by`
        403 development does not accept this deployment: triggered_by `refs/heads/main/x` matches no pattern of `allow.triggered_by`
        403 development does not accept this deployment: triggered_by `x-github-actions[bot]` matches no pattern of `allow.triggered_by`
        403 development does not accept this deployment: it must say who set it off; send `triggered_by`
        403 development does not accept this deployment: it must say who set it off; send `triggered_by`"#]]
    .assert_eq(&refused(
        &by(&["jane", "refs/heads/*", "github-*"]),
        others.into_iter().chain([from(json!(null))]),
    ).await);
}

#[tokio::test(start_paused = true)]
async fn an_environment_that_is_off_or_has_no_config_takes_nothing() {
    let off = Harness::with(|admission| admission.policies[0].config.enabled = false);
    let absent = Harness::with(|admission| admission.policies.clear());
    expect![[r#"
        403 development does not accept this deployment: it is not enabled; set `enabled: true` in its config
        404 unknown environment `development`; known: none"#]]
    .assert_eq(&format!("{}\n{}", refused(&off, [good()]).await, refused(&absent, [good()]).await));
}

#[tokio::test(start_paused = true)]
async fn a_frozen_environment_takes_nothing_new_and_still_answers_a_repeat() {
    let freeze = |admission: &mut Admission| {
        admission.policies[0].config.frozen = Some("year-end closing".to_owned())
    };
    let denied = Delivery::of(&body_with(json!({"service_name": "other"})));
    let frozen = Harness::with(freeze);
    expect![[r#"
        423 development is frozen: year-end closing; send it again when it is not
        403 development does not accept this deployment: service_name `other` is not in `allow.services`"#]]
    .assert_eq(&refused(&frozen, [good(), denied]).await);
    let thawed = frozen.changed(|_| {});
    thawed.accept(good()).await;
    let frozen = thawed.changed(freeze);
    assert_eq!(frozen.send(good()).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn production_insists_on_timestamp_id_and_confirmation() {
    let without = |names: &[&str]| {
        let mut body = for_production();
        names.iter().for_each(|name| drop(body.as_object_mut().unwrap().remove(*name)));
        Delivery::of(&body).signed_by(PRODUCTION)
    };
    let deliveries = [
        without(&["timestamp"]),
        without(&["deployment_id"]),
        without(&["confirmation"]),
        without(&["timestamp", "deployment_id", "confirmation"]),
    ];
    expect![[r#"
        422 production requires `timestamp`: send the time of the request in RFC 3339
        422 production requires `deployment_id`: send an id that is new for each deployment
        422 production requires `confirmation`: send the word that its config asks for
        422 production requires `timestamp`: send the time of the request in RFC 3339; production requires `deployment_id`: send an id that is new for each deployment; production requires `confirmation`: send the word that its config asks for"#]].assert_eq(&refused(&Harness::new(), deliveries).await);
    assert_eq!(Harness::new().send(without(&[])).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn a_promotion_needs_no_persons_confirmation() {
    let mut body = for_production();
    body["confirmation"] = json!(null);
    body["auto_promotion"] = json!("true");
    let promotions = Harness::with(|admission| {
        let key = Key {
            environment: Environment::PRODUCTION,
            id: "relay".to_owned(),
            key_use: KeyUse::Promotion,
            not_after: None,
        };
        admission.keyring = Keyring::new(vec![SigningKey::new(key, PRODUCTION)]);
    });
    assert_eq!(promotions.send(Delivery::of(&body).signed_by(PRODUCTION)).await.status, 202);
    let claimed = Harness::new().send(Delivery::of(&body).signed_by(PRODUCTION)).await;
    assert_eq!(
        claimed.refusal(),
        "422 production requires `confirmation`: send the word that its config asks for",
        "CI's secret cannot claim it"
    );
}

#[tokio::test(start_paused = true)]
async fn a_timestamp_far_from_now_is_stale_either_way() {
    let at = |timestamp: &str| Delivery::of(&body_with(json!({"timestamp": timestamp})));
    let stale =
        [at("2026-08-01T09:54:59Z"), at("2026-08-01T12:00:00+00:00"), at("2025-08-01T10:00:00Z")];
    expect![[r#"
        409 `timestamp` is 5m1s behind this machine's clock, and 5m is allowed; send the current time, or set the clocks
        409 `timestamp` is 2h ahead of this machine's clock, and 5m is allowed; send the current time, or set the clocks
        409 `timestamp` is 365d behind this machine's clock, and 5m is allowed; send the current time, or set the clocks"#]]
    .assert_eq(&refused(&Harness::new(), stale).await);
    for fresh in ["2026-08-01T09:55:00Z", "2026-08-01T10:05:00Z", "2026-08-01T12:00:00+02:00"] {
        assert_eq!(Harness::new().send(at(fresh)).await.status, 202, "{fresh}");
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_paths_and_methods_are_reported_in_json() {
    let harness = Harness::new();
    let deliveries = [
        Delivery::get("/"),
        Delivery::get("/v1/deployments"),
        Delivery::get("/webhook/deploy/a/b"),
        Delivery::get("/webhook/deploy"),
        good().method(Method::PUT),
        good().to("/health"),
        good().to("/deployments/abc"),
    ];
    let allow =
        harness.send(good().method(Method::DELETE)).await.header("allow").map(str::to_owned);
    assert_eq!(allow.as_deref(), Some("POST"));
    expect![[r#"
        404 not found
        404 not found
        404 not found
        405 method not allowed; use POST
        405 method not allowed; use POST
        405 method not allowed; use GET, HEAD
        405 method not allowed; use GET"#]]
    .assert_eq(&refused(&harness, deliveries).await);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_asks_to_come_again_later() {
    let harness = Harness::with(|admission| admission.queue_limit = 1);
    harness.accept(good()).await;
    let answer = harness.send(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await;
    assert_eq!(answer.header("retry-after"), Some("10"));
    expect!["429 too many deployments are waiting; try again later"].assert_eq(&answer.refusal());
    assert_eq!(harness.everything().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_is_reported_and_nothing_is_accepted_until_there_is_room() {
    let mut harness = Harness::in_file();
    harness.public.body.max_bytes = 100_000;
    let large = || Delivery::of(&body_with(json!({"note": "x".repeat(50_000)})));
    harness.limit(Some(0));
    let answer = harness.send(large()).await;
    assert_eq!(answer.header("retry-after"), Some("10"));
    expect!["503 the record cannot be written, so nothing was accepted; try again later"]
        .assert_eq(&answer.refusal());
    expect!["503 the record cannot be written; nothing was done, try again later"]
        .assert_eq(&harness.get("/health").await.refusal());
    assert_eq!(harness.everything().await, []);

    harness.limit(None);
    assert_eq!(harness.get("/health").await.status, 200);
    assert_eq!(harness.send(large()).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_taken_while_shutting_down() {
    let harness = Harness::new();
    harness.public.stopping.cancel();
    let answer = harness.send(good()).await;
    assert_eq!(answer.header("retry-after"), Some("10"));
    expect![[r#"
        503 boathook is shutting down; try again later
        503 boathook is shutting down; try again later"#]]
    .assert_eq(&refused(&harness, [good(), Delivery::get("/health")]).await);
}

#[tokio::test(start_paused = true)]
async fn health_is_reported_as_the_sample_does() {
    let answer = Harness::new().get("/health").await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("healthy")));
    assert_eq!(answer.json()["timestamp"], "2026-08-01T10:00:00Z");
}

#[tokio::test(start_paused = true)]
async fn answers_may_not_be_kept_framed_or_passed_on() {
    let answer = Harness::new().get("/health").await;
    let guarding = [
        "cache-control",
        "content-security-policy",
        "referrer-policy",
        "x-content-type-options",
        "x-frame-options",
    ];
    let lines = guarding.map(|name| format!("{name}: {}", answer.header(name).unwrap_or("(none)")));
    expect![[r#"
        cache-control: no-store
        content-security-policy: default-src 'none'; frame-ancestors 'none'
        referrer-policy: no-referrer
        x-content-type-options: nosniff
        x-frame-options: DENY"#]]
    .assert_eq(&lines.join("\n"));
}
