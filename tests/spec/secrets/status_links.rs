//! Whoever holds only a status link reads neither an operator's name nor an operator's words, except
//! who approved or rejected the deployment, and with what note.

use std::collections::BTreeSet;

use boathook_core::{
    deployment::{Actor, DeploymentId, Environment, Promotion, Requester},
    proof::Places,
    record::{
        DeploymentEvent, Event, Failure, Held, Outcome, Place, PromotionEvent, Reason, Record,
        StepEvent,
    },
    rollout::{
        Action, Plan, Step,
        steps::{CheckProven, WithdrawnDigest},
    },
};
use boathook_testing::{
    delivery::{Delivery, body},
    harness::Harness,
    samples::{self, image, step_started},
    shipped::Shipped as _,
};
use expect_test::expect;
use serde_json::{Value, json};

/// What only operators may read: a name of theirs, and their words.
const PRIVATE: [&str; 2] = ["lovelace", "HUSH"];
const DIGEST: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn ada() -> Actor {
    Actor::new("lovelace").noting("HUSH")
}

fn is_private(text: &str) -> bool {
    PRIVATE.iter().any(|word| text.contains(word))
}

/// Every event, in which operators wrote what only they may read. `carl` approves and rejects.
const EVENTS: &str = r#"
{"type":"awaits_window","opens_at":"2026-08-02T10:00:00Z","held":{"kind":"locked","place":{"environment":"staging","service":null},"reason":"HUSH"}}
{"type":"awaits_window","opens_at":"2026-08-02T10:00:00Z","held":"staging is locked: HUSH"}
{"type":"approved","by":"carl","note":"go"}
{"type":"rejected","by":"carl","note":"no"}
{"type":"approval_expired"}
{"type":"window_opened"}
{"type":"overridden","by":"lovelace","note":"HUSH"}
{"type":"override_acknowledged","by":"lovelace","note":"HUSH"}
{"type":"started"}
{"type":"steered","action":"pause","by":{"operator":{"user":"lovelace","note":"HUSH"}}}
{"type":"superseded","by":"0123"}
{"type":"image_withdrawn","reason":{"kind":"withdrawn","withdrawal":{"id":"0123","digest":"DIGEST","cause":"operator","by":{"user":"lovelace","note":"HUSH"},"since":"2026-08-01T10:00:00Z"}}}
{"type":"image_withdrawn","why":"DIGEST was withdrawn 2026-08-01 10:00:00 UTC: HUSH"}
{"type":"ended","end":"aborted","reason":{"kind":"aborted","by":{"operator":{"user":"lovelace","note":"HUSH"}}}}
{"type":"ended","end":"rejected","reason":{"kind":"stated","words":"DIGEST was withdrawn 2026-08-01 10:00:00 UTC: HUSH; to let it count as proven again: boathook reinstate DIGEST --reason ..."}}
{"type":"pruned","end":"aborted","reason":{"kind":"aborted_before_start","by":{"operator":{"user":"lovelace","note":"HUSH"}}}}
{"type":"step_started","step":"hold"}
{"type":"step_learned","finding":{"finding":"serving","is":{"percent":10}}}
{"type":"step_ended","findings":[{"finding":"candidate_ready"}]}
{"type":"step_failed","failure":{"kind":"aborted","by":{"operator":{"user":"lovelace","note":"HUSH"}}}}
{"type":"step_failed","failure":{"kind":"rejected","reason":{"kind":"withdrawn","withdrawal":{"id":"0123","digest":"DIGEST","cause":"ordered_rollback","deployment":"0123","environment":"staging","service":{"namespace":"game","service":"game"},"by":{"user":"lovelace","note":"HUSH"},"since":"2026-08-01T10:00:00Z"}}}}
{"type":"step_failed","failure":{"kind":"rejected","reason":"DIGEST was withdrawn 2026-08-01 10:00:00 UTC: HUSH; to let it count as proven again: boathook reinstate DIGEST --reason ..."}}
{"type":"rollback_failed","reason":"no route"}
{"type":"command_started","command":1,"argv":["lovelace"]}
{"type":"command_ended","command":1,"exit":"exit code 0","duration_ms":7,"stdout":"HUSH","stderr":""}
{"type":"promotion_waits","to":"staging","wait":{"required_by":"waves","lacks":"success","places":{"all":["qa"]}}}
{"type":"promotion_hurried","to":"staging","by":"lovelace","note":"HUSH"}
{"type":"promotion_overridden","to":"staging","by":"lovelace","note":"HUSH"}
{"type":"promotion_delayed","to":"staging","reason":{"kind":"private","words":"staging is locked by lovelace: HUSH","public":"staging is locked"}}
{"type":"promotion_delayed","to":"staging","reason":"423: staging is locked by lovelace: HUSH"}
{"type":"promoted","to":"staging","deployment":"0123","status_url":"https://b/1"}
{"type":"not_promoted","to":"staging","reason":"staging is held (lovelace rolled it back)"}
{"type":"promotion_cancelled","to":"staging","by":"lovelace","note":"HUSH"}
{"type":"watched","until":"2026-08-02T10:00:00Z"}
{"type":"watch_ended","end":"clean","samples":1,"failures":0,"times":{"counts":[],"sum_ms":0}}
{"type":"locked","id":"0123","environment":"staging","reason":"HUSH","by":"lovelace","since":"2026-08-01T10:00:00Z","until":null}
{"type":"unlocked","by":{"user":"lovelace","note":"HUSH"},"lock":{"id":"0123","environment":"staging","reason":"HUSH","by":"lovelace","since":"2026-08-01T10:00:00Z","until":null}}
{"type":"service_held","id":"0123","environment":"staging","service":{"namespace":"game","service":"game"},"deployment":"0124","keeps_out":"promotions","by":{"user":"lovelace","note":"HUSH"},"since":"2026-08-01T10:00:00Z"}
{"type":"service_released","by":{"operator":{"user":"lovelace"}},"hold":{"id":"0123","environment":"staging","service":{"namespace":"game","service":"game"},"deployment":"0124","keeps_out":"all","by":{"user":"lovelace"},"since":"2026-08-01T10:00:00Z"}}
{"type":"withdrawn","id":"0123","digest":"DIGEST","cause":"operator","by":{"user":"lovelace","note":"HUSH"},"since":"2026-08-01T10:00:00Z"}
{"type":"reinstated","by":{"success":"0123"},"withdrawal":{"id":"0123","digest":"DIGEST","cause":"operator","by":{"user":"lovelace","note":"HUSH"},"since":"2026-08-01T10:00:00Z"}}
"#;

#[test]
fn no_event_of_any_kind_shows_what_an_operator_said() {
    let mut kinds = BTreeSet::from(["accepted", "planned"]);
    for stored in EVENTS.trim().lines() {
        let event: Event = serde_json::from_str(&stored.replace("DIGEST", DIGEST)).unwrap();
        let shown = event.for_senders().unwrap_or_default().to_string();
        assert!(!is_private(&shown), "{stored}\n{shown}");
        kinds.insert(event.name());
    }
    assert_eq!(kinds, Event::names().collect(), "every kind of event");
}

/// A plan that refuses a digest which an operator withdrew.
fn planned() -> Event {
    let withdrawal = samples::withdrawal(&image(&format!("game@{DIGEST}")), ada());
    let check = CheckProven {
        places: Places::Environment(Environment::STAGING),
        digests: Vec::new(),
        promoted: true,
        not_yet: Vec::new(),
        withdrawn: vec![WithdrawnDigest::Withdrawal(withdrawal.into())],
        bundle: None,
    };
    let steps = vec![Step::CheckProven(check)];
    let plan = Plan { steps, ..Plan::clone(&samples::plan("game")) };
    DeploymentEvent::Planned { plan: plan.into() }.into()
}

#[test]
fn a_record_without_users_has_none_in_its_plan_either() {
    let whole = planned();
    assert!(is_private(&json!(whole).to_string()));
    let record = Record {
        sequence: 1,
        at: "2026-08-01T10:00:00Z".parse().unwrap(),
        deployment: DeploymentId::from_lookup("0123"),
        event: whole,
    };
    let event = json!(record.without_users().event).to_string();
    assert!(!is_private(&event), "{event}");
    assert!(event.contains(DIGEST), "{event}");
}

fn withdrawn() -> Reason {
    let withdrawal = samples::withdrawal(&image(&format!("game@{DIGEST}")), ada());
    Reason::Withdrawn { withdrawal: withdrawal.into() }
}

fn locked() -> DeploymentEvent {
    let place = Place { environment: Environment::STAGING, service: None };
    DeploymentEvent::AwaitsWindow {
        opens_at: "2026-08-02T10:00:00Z".parse().unwrap(),
        held: Some(Held::Locked { place, reason: Some("HUSH".to_owned()) }),
    }
}

/// A success whose promotion to staging has these events.
fn promoting(events: Vec<PromotionEvent>) -> Vec<Event> {
    let boathook_core::deployment::ServiceKey { namespace, service } = samples::service("game");
    let to = Environment::STAGING;
    let promotion = Promotion { to, namespace, service_name: service, approval: false };
    let plan = Plan { promotions: vec![promotion], ..Plan::clone(&samples::plan("game")) };
    let planned = DeploymentEvent::Planned { plan: plan.into() };
    let success = samples::success("game", "game-00002", &image(&format!("game@{DIGEST}")));
    let success = success.into_iter();
    let success =
        success.map(|one| if one.plan().is_some() { planned.clone().into() } else { one });
    success.chain(events.into_iter().map(Event::from)).collect()
}

/// Deployments in which operators had their say, as far as a record allows it.
fn histories() -> Vec<Vec<Event>> {
    let to = Environment::STAGING;
    let by = || Requester::from(ada());
    let steered = |action| DeploymentEvent::Steered { action, by: by() }.into();
    let aborted = StepEvent::StepFailed { failure: Failure::Aborted { by: by() } };
    let rejected = StepEvent::StepFailed { failure: Failure::Rejected { reason: withdrawn() } };
    let reason = || Reason::private("staging is locked by lovelace: HUSH", "staging is locked");
    let end = |end, reason| DeploymentEvent::Ended { end, reason: Some(reason) }.into();
    vec![
        vec![locked().into()],
        vec![
            locked().into(),
            DeploymentEvent::Overridden { by: ada() }.into(),
            DeploymentEvent::Started.into(),
            DeploymentEvent::Planned { plan: samples::plan("game") }.into(),
            steered(Action::Pause),
            step_started(),
            aborted.into(),
            end(Outcome::Aborted, Reason::Aborted { by: by() }),
            DeploymentEvent::OverrideAcknowledged { by: ada() }.into(),
        ],
        vec![steered(Action::Abort), end(Outcome::Aborted, Reason::Aborted { by: by() })],
        vec![
            DeploymentEvent::ImageWithdrawn { reason: withdrawn() }.into(),
            end(Outcome::Rejected, withdrawn()),
        ],
        vec![DeploymentEvent::Started.into(), rejected.into(), end(Outcome::Rejected, withdrawn())],
        promoting(vec![PromotionEvent::PromotionDelayed { to, reason: reason() }]),
        promoting(vec![PromotionEvent::NotPromoted { to, reason: withdrawn() }]),
        promoting(vec![PromotionEvent::PromotionCancelled { to, by: ada() }]),
    ]
}

/// All that a status link shows: JSON, the page, and the events, as JSON and streamed.
async fn shown(harness: &Harness, link: &str, has_ended: bool) -> [String; 4] {
    let get = async |link: &str, accept| {
        harness.send(Delivery::get(link).header("Accept", accept)).await.text
    };
    let events = link.replace('?', "/events?");
    let streamed = if has_ended { "text/event-stream" } else { "application/json" };
    [
        get(link, "application/json").await,
        get(link, "text/html").await,
        get(&events, "application/json").await,
        get(&events, streamed).await,
    ]
}

#[tokio::test(start_paused = true)]
async fn a_status_link_shows_what_happened_without_who_did_it_and_why() {
    for events in histories() {
        let mut harness = Harness::new();
        harness.public.public_url = None;
        let sent = harness.accept(Delivery::of(&body())).await;
        let has_ended = events.iter().any(|event| event.outcome().is_some());
        harness.play(&sent.id, events.clone()).await;
        let link = harness.public.status_url(&sent);
        for shown in shown(&harness, &link, has_ended).await {
            assert!(!is_private(&shown), "{events:#?}\n{shown}");
        }
        let repeat = harness.send(Delivery::of(&body()).header("Prefer", "wait=1")).await.text;
        assert!(!is_private(&repeat), "{repeat}");
        let operators = harness.ask(&format!("/v1/deployments/{}", sent.id)).await.text;
        assert!(is_private(&operators), "{operators}");
    }
}

/// The reason of a promotion, as the holder of a link and as an operator read it.
async fn reasons(event: Value) -> [String; 2] {
    let event: Event = serde_json::from_value(event).unwrap();
    let Event::Promotion(event) = event else { panic!("{event:?}") };
    let mut harness = Harness::new();
    harness.public.public_url = None;
    let sent = harness.accept(Delivery::of(&body())).await;
    harness.play(&sent.id, promoting(vec![event])).await;
    let link = harness.get(&harness.public.status_url(&sent)).await.json();
    let operator = harness.ask(&format!("/v1/deployments/{}", sent.id)).await.json();
    [link, operator].map(|view| view["promotions"][0]["reason"].as_str().unwrap().to_owned())
}

#[tokio::test(start_paused = true)]
async fn what_an_older_program_recorded_of_a_promotion_is_whole_for_operators_alone() {
    let said = "staging is locked by lovelace since 2026-08-01 10:00:00 UTC: HUSH";
    let mut read = Vec::new();
    for kind in ["promotion_delayed", "not_promoted"] {
        read.extend(reasons(json!({"type": kind, "to": "staging", "reason": said})).await);
    }
    expect![[r#"
        only operators see why
        staging is locked by lovelace since 2026-08-01 10:00:00 UTC: HUSH
        only operators see why
        staging is locked by lovelace since 2026-08-01 10:00:00 UTC: HUSH"#]]
    .assert_eq(&read.join("\n"));
}
