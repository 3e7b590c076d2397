//! Others are told of deployments: at least once, in order, and nobody waits for it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use boathook::{
    config::NotifyOn,
    observers::notify,
    redact::{MASK, Redactor},
};
use boathook_core::{
    deployment::Actor,
    record::{
        Acceptance, AfterBad, Approvers, DeploymentEvent, Event, Outcome, Status, StepEvent,
        WatchEnd, WatchEvent,
    },
};
use boathook_testing::samples::{
    self, QUEUE, accepted_as_sent, append_all, ended, plan_from, request, step_failed,
    step_started, watched_success,
};
use expect_test::expect;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tokio::time::advance;

use crate::support::notify_harness::{
    Comes, Got, NotifyHarness, PAGER, PAGER_SECRET, SLACK, TEAM, WEBHOOK, config, receivers,
    receivers_where,
};

const MINUTE: Duration = Duration::from_secs(60);

/// Has a deployment recorded that fails before anything was changed.
async fn fail(harness: &NotifyHarness, id: &str) {
    let id = samples::accept(&harness.journal, "game", id).await;
    append_all(
        &harness.journal,
        &id,
        vec![
            Event::Deployment(DeploymentEvent::Started),
            step_failed("there are no manifests"),
            ended(Outcome::Failed),
        ],
    )
    .await;
}

fn transcript(got: &[Got]) -> String {
    got.iter().map(Got::transcript).collect::<Vec<_>>().join(", ")
}

/// When each try came, in seconds after the first.
fn seconds(got: &[Got]) -> Vec<i64> {
    got.iter().map(|one| one.at.duration_since(got[0].at).as_secs()).collect()
}

#[tokio::test(start_paused = true)]
async fn slack_hears_plain_text_that_can_mention_nobody_and_link_to_nothing() {
    let harness = NotifyHarness::new();
    let notifier = harness.notifier();
    let receivers = receivers(SLACK);
    let mut asked = request("game", "101-1");
    asked.triggered_by = Some("<!channel> & <https://evil.example|jane> @here".to_owned());
    let id = samples::new(harness.journal.accept(accepted_as_sent(asked), QUEUE).await.unwrap()).id;
    let failed = step_failed("<@U123>\n*bold* said\u{202e}no");
    append_all(
        &harness.journal,
        &id,
        vec![Event::Deployment(DeploymentEvent::Started), failed, ended(Outcome::Failed)],
    )
    .await;
    let got = harness.deliver(&notifier, &receivers, 1).await;
    let body = got[0].json();
    expect![[r#"
        staging: game/game failed
        image registry.example/game:1
        deployment 101-1 (ID)
        commit 4f2a9c1
        set off by &lt;!channel&gt; &amp; &lt;https://evil.example|jane&gt; @here
        because &lt;@U123&gt; *bold* said no; the service was not changed"#]]
    .assert_eq(&body["text"].as_str().unwrap().replace(id.as_str(), "ID"));
    assert_eq!(
        (&body["mrkdwn"], &body["parse"], &body["link_names"]),
        (&json!(false), &json!("none"), &json!(false))
    );
    assert!(got[0].headers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_webhook_gets_json_signed_after_standard_webhooks() {
    let harness = NotifyHarness::new();
    let notifier = harness.notifier();
    let receivers = receivers(WEBHOOK);
    fail(&harness, "101-1").await;
    let got = harness.deliver(&notifier, &receivers, 1).await.remove(0);
    let header = |name: &str| got.headers[name].clone();
    let secret = STANDARD.decode(PAGER_SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), got.body);
    let mac = Hmac::<Sha256>::new_from_slice(&secret)
        .unwrap()
        .chain_update(signed)
        .finalize()
        .into_bytes();
    assert_eq!(header("webhook-signature"), format!("v1,{}", STANDARD.encode(mac)));
    assert_eq!(header("webhook-timestamp"), got.at.as_second().to_string());
    let mut body = got.json();
    let id = body["data"]["id"].take();
    assert_eq!(header("webhook-id"), format!("{}-4", id.as_str().unwrap()));
    expect![[r#"
        {
          "data": {
            "accepted_at": "2026-08-01T10:00:00Z",
            "attempt": 1,
            "commit_sha": "4f2a9c1",
            "deployment_id": "101-1",
            "environment": "staging",
            "id": null,
            "image": "registry.example/game:1",
            "namespace": "game",
            "reason": "there are no manifests; the service was not changed",
            "service_name": "game",
            "status": "failed",
            "triggered_by": null
          },
          "timestamp": "2026-08-01T10:00:00Z",
          "type": "deployment.failed"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&body).unwrap());
}

#[tokio::test(start_paused = true)]
async fn every_approval_of_several_is_reported() {
    let harness = NotifyHarness::new();
    let events = SLACK.replace("events: [", "events: [awaiting_approval, queued, ");
    let notifier = harness.notifier();
    let receivers = receivers(&events);
    let acceptance = Acceptance {
        approve_until: Some("2026-08-02T10:00:00Z".parse().unwrap()),
        approvers: Approvers { count: 2, ..Approvers::default() },
        ..samples::acceptance("game", "101-1")
    };
    let id = samples::new(harness.journal.accept(acceptance, QUEUE).await.unwrap()).id;
    let yes = |user| Event::Deployment(DeploymentEvent::Approved { by: Actor::new(user) });
    append_all(&harness.journal, &id, vec![yes("ada"), yes("bob")]).await;
    let got = harness.deliver(&notifier, &receivers, 3).await;
    let notified = got.iter().map(|one| {
        let text = one.json()["text"].as_str().unwrap().to_owned();
        let of_interest = |line: &&str| line.contains("game/game") || line.contains("because");
        text.lines().filter(of_interest).collect::<Vec<_>>().join(", ")
    });
    expect![[r#"
        staging: game/game awaiting approval, because 0 of 2 approvals
        staging: game/game awaiting approval, because 1 of 2 approvals, by ada
        staging: game/game queued"#]]
    .assert_eq(&notified.collect::<Vec<_>>().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn only_the_events_and_environments_that_it_wants_reach_a_receiver() {
    let harness = NotifyHarness::new();
    let notifier = harness.notifier();
    let wants = |events: &str, environment: &str| {
        receivers(&WEBHOOK.replace(
            "events: [succeeded, failed, rollback_failed]",
            &format!("events: [{events}], environments: [{environment}]"),
        ))
    };
    let early = wants("queued, deploying", "staging");
    let elsewhere = wants("failed", "production");
    let both = [early, elsewhere].concat();
    // Both have the same name, and so the same place; only here does that not matter.
    let id = samples::accept(&harness.journal, "game", "101-1").await;
    let events = vec![
        Event::Deployment(DeploymentEvent::Started),
        Event::Deployment(DeploymentEvent::Planned { plan: samples::plan("game") }),
        step_started(),
        step_failed("no"),
        ended(Outcome::Failed),
    ];
    append_all(&harness.journal, &id, events).await;
    assert_eq!(
        transcript(&harness.deliver(&notifier, &both, 2).await),
        "101-1 queued, 101-1 deploying"
    );
}

#[tokio::test(start_paused = true)]
async fn an_override_reaches_every_receiver_with_its_reason() {
    let harness = NotifyHarness::new();
    let notifier = harness.notifier();
    let receivers = receivers(&format!("{SLACK}, {WEBHOOK}"));
    let id = samples::accept(&harness.journal, "game", "101-1").await;
    let by = Actor::new("ada").noting("the shop is down");
    let events = [
        DeploymentEvent::AwaitsWindow {
            opens_at: "2026-08-03T07:00:00Z".parse().unwrap(),
            held: None,
        },
        DeploymentEvent::Overridden { by },
    ];
    append_all(&harness.journal, &id, events.map(Event::Deployment).to_vec()).await;
    let got = harness.deliver(&notifier, &receivers, 2).await;
    let bodies: Vec<_> = got.iter().map(Got::json).collect();
    let slack = bodies.iter().find_map(|body| body["text"].as_str()).unwrap();
    assert!(slack.contains("let past its deployment windows by ada: the shop is down"), "{slack}");
    let signed = bodies.iter().find(|body| body["type"] == "deployment.overridden").unwrap();
    assert_eq!(
        (&signed["data"]["overridden_by"], &signed["data"]["reason"]),
        (&json!("ada"), &json!("the shop is down"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_success_that_turns_bad_reaches_the_receivers_that_want_to_know_with_what_followed() {
    let harness = NotifyHarness::new();
    let wants = |receiver: &str| receiver.replace("events: [succeeded, ", "events: [watch_bad, ");
    let told = format!("{}, {}", wants(SLACK), wants(WEBHOOK));
    let notifier = harness.notifier();
    let receivers = receivers(&told);
    let id = samples::accept(&harness.journal, "game", "101-1").await;
    let image = samples::image(&format!("registry.example/game@sha256:{}", "b".repeat(64)));
    append_all(&harness.journal, &id, watched_success("game", "game-00002", &image)).await;
    let then = AfterBad::Stays { why: "the config says `on_bad: notify`".to_owned() };
    let end = WatchEnd::Bad { reason: "<https://evil.example> no answer".to_owned(), then };
    append_all(&harness.journal, &id, vec![WatchEvent::ended(end).into()]).await;
    let got = harness.deliver(&notifier, &receivers, 2).await;
    let bodies: Vec<_> = got.iter().map(Got::json).collect();
    let slack = bodies.iter().find_map(|body| body["text"].as_str()).unwrap();
    expect![[r#"
        staging: game/game turned bad after its success
        image registry.example/game:1
        deployment 101-1 (ID)
        commit 4f2a9c1
        because &lt;https://evil.example&gt; no answer
        not rolled back: the config says `on_bad: notify`"#]]
    .assert_eq(&slack.replace(id.as_str(), "ID"));
    let signed = bodies.iter().find(|body| body["type"] == "deployment.watch_bad").unwrap();
    assert_eq!(
        (&signed["data"]["status"], &signed["data"]["reason"], &signed["data"]["not_rolled_back"]),
        (
            &json!("succeeded"),
            &json!("<https://evil.example> no answer"),
            &json!("the config says `on_bad: notify`")
        )
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_taken_is_tried_again_after_longer_and_longer_rests_under_the_same_id_and_in_order()
 {
    let harness = NotifyHarness::new();
    let notifier = harness.notifier();
    let receivers = receivers(WEBHOOK);
    let comes = [
        Comes::Status(500),
        Comes::Status(503),
        Comes::Status(408),
        Comes::Rest(60),
        Comes::Status(429),
    ];
    harness.script("pager.example", comes.into_iter().collect());
    fail(&harness, "101-1").await;
    fail(&harness, "102-1").await;
    let got = harness.deliver(&notifier, &receivers, 7).await;
    assert_eq!(seconds(&got), [0, 1, 3, 7, 67, 83, 83]);
    let ids = got.iter().map(|one| one.headers["webhook-id"].as_str()).collect::<Vec<_>>();
    assert!(ids[..6].iter().all(|id| *id == ids[0]) && ids[6] != ids[0], "{ids:?}");
    assert_eq!(transcript(&got[5..]), "101-1 failed, 102-1 failed");
}

#[tokio::test(start_paused = true)]
async fn after_an_hour_it_is_given_up_and_what_came_later_is_reported() {
    let harness = NotifyHarness::new();
    let notifier = harness.notifier();
    let receivers = receivers(WEBHOOK);
    harness.script("pager.example", (0..30).map(|_| Comes::Status(500)).collect());
    fail(&harness, "101-1").await;
    harness.notify_for(&notifier, &receivers, 50 * MINUTE).await;
    fail(&harness, "102-1").await;
    harness.notify_for(&notifier, &receivers, 70 * MINUTE).await;
    let got = harness.got();
    assert_eq!(transcript(&got[got.len() - 1..]), "102-1 failed");
    let of_first = got.iter().filter(|one| one.transcript() == "101-1 failed").collect::<Vec<_>>();
    let last = of_first.last().unwrap().at.duration_since(of_first[0].at).as_secs();
    assert!((55 * 60..=60 * 60).contains(&last), "the last try came after {last} s");
    assert_eq!(harness.counters.counts()[&("pager".to_owned(), notify::Outcome::Dropped)], 1);
}

#[tokio::test(start_paused = true)]
async fn what_will_never_be_taken_is_not_sent_again() {
    let harness = NotifyHarness::new();
    let notifier = harness.notifier();
    let receivers = receivers(WEBHOOK);
    harness.script("pager.example", vec![Comes::Status(404), Comes::Status(302)]);
    for id in ["101-1", "102-1", "103-1"] {
        fail(&harness, id).await;
    }
    assert_eq!(
        transcript(&harness.deliver(&notifier, &receivers, 3).await),
        "101-1 failed, 102-1 failed, 103-1 failed"
    );
    assert_eq!(harness.counters.counts()[&("pager".to_owned(), notify::Outcome::Dropped)], 2);
}

#[tokio::test(start_paused = true)]
async fn a_dead_receiver_delays_neither_the_others_nor_deployments() {
    let harness = NotifyHarness::new();
    let notifier = harness.notifier();
    let receivers = receivers(&format!("{SLACK}, {WEBHOOK}"));
    harness.script("hooks.slack.example", vec![Comes::Nothing]);
    fail(&harness, "101-1").await;
    let got = harness.deliver(&notifier, &receivers, 2).await;
    assert_eq!(got.iter().filter(|one| one.host == "pager.example").count(), 1);
    let script = async {
        for id in 0..100 {
            fail(&harness, &format!("{id}-2")).await;
        }
    };
    tokio::select! {
        never = notifier.notify(&receivers) => match never {},
        () = script => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_neither_loses_nor_repeats_nor_floods() {
    let harness = NotifyHarness::new();
    let receivers = receivers(WEBHOOK);
    fail(&harness, "100-1").await;
    let notifier = harness.notifier();
    fail(&harness, "101-1").await;
    assert_eq!(
        transcript(&harness.deliver(&notifier, &receivers, 1).await),
        "101-1 failed",
        "a new receiver hears nothing of the past"
    );
    fail(&harness, "102-1").await;
    advance(50 * MINUTE).await;
    fail(&harness, "103-1").await;
    advance(20 * MINUTE).await;
    assert_eq!(
        transcript(&harness.deliver(&harness.notifier(), &receivers, 2).await),
        "101-1 failed, 103-1 failed",
        "102-1 is more than an hour old"
    );
    harness.deliver(&harness.notifier(), &receivers, 2).await;
    assert_eq!(harness.counters.counts()[&("pager".to_owned(), notify::Outcome::Dropped)], 1);
}

#[tokio::test(start_paused = true)]
async fn on_a_shared_record_the_next_leader_goes_on_where_the_last_one_was() {
    let harness = NotifyHarness::new();
    let receivers = receivers(WEBHOOK);
    let first = harness.notifier_in_record();
    fail(&harness, "101-1").await;
    harness.deliver(&first, &receivers, 1).await;
    drop(first);
    fail(&harness, "102-1").await;
    let next = harness.notifier_in_record();
    assert_eq!(
        transcript(&harness.deliver(&next, &receivers, 2).await),
        "101-1 failed, 102-1 failed",
        "nothing is left out or repeated"
    );
    let positions = harness.journal.sources().await.unwrap();
    assert_eq!(positions, ["notify:pager"]);
    assert!(!harness.dir.path().with_file_name("notify").exists());
}

#[tokio::test(start_paused = true)]
async fn a_record_that_moves_to_a_database_and_back_repeats_no_notification() {
    let harness = NotifyHarness::new();
    let receivers = receivers(WEBHOOK);
    let in_file = harness.notifier();
    fail(&harness, "101-1").await;
    harness.deliver(&in_file, &receivers, 1).await;
    drop(in_file);
    fail(&harness, "102-1").await;
    let in_database = harness.notifier_in_record();
    harness.deliver(&in_database, &receivers, 2).await;
    drop(in_database);
    fail(&harness, "103-1").await;
    assert_eq!(
        transcript(&harness.deliver(&harness.notifier(), &receivers, 3).await),
        "101-1 failed, 102-1 failed, 103-1 failed"
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_under_way_at_the_end_is_sent_again_under_the_same_id() {
    let harness = NotifyHarness::new();
    let notifier = harness.notifier();
    let receivers = receivers(WEBHOOK);
    harness.script("pager.example", vec![Comes::Nothing]);
    fail(&harness, "101-1").await;
    harness.deliver(&notifier, &receivers, 1).await;
    drop(notifier);
    let got = harness.deliver(&harness.notifier(), &receivers, 2).await;
    assert_eq!(got[0].headers["webhook-id"], got[1].headers["webhook-id"]);
    assert_eq!(got[0].body, got[1].body);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_fails_again_and_again_is_reported_once() {
    let harness = NotifyHarness::new();
    let notifier = harness.notifier();
    let receivers = receivers(WEBHOOK);
    let id = samples::accept(&harness.journal, "game", "101-1").await;
    let failed_rollback =
        || Event::Step(StepEvent::RollbackFailed { reason: "the API server is away".to_owned() });
    let mut events = vec![
        Event::Deployment(DeploymentEvent::Started),
        Event::Deployment(DeploymentEvent::Planned { plan: plan_from("game", "game-00001") }),
    ];
    events.extend([
        step_started(),
        samples::step_ended(vec![]),
        step_started(),
        step_failed("bad"),
    ]);
    events.extend([
        step_started(),
        failed_rollback(),
        step_started(),
        failed_rollback(),
        step_started(),
        failed_rollback(),
    ]);
    append_all(&harness.journal, &id, events).await;
    let got = harness.deliver(&notifier, &receivers, 1).await;
    assert_eq!(got[0].json()["type"], "deployment.rollback_failed");
}

#[test]
fn every_status_that_people_may_want_to_hear_of_has_a_word_in_the_config() {
    let words = |status: &Status| !matches!(status, Status::Planning | Status::Closing);
    for status in Status::ALL.iter().filter(|status| words(status)) {
        let notify = WEBHOOK.replace("succeeded, failed, rollback_failed", status.name());
        let events =
            config(&notify).unwrap_or_else(|problem| panic!("{problem}")).notify.remove(0).events;
        assert_eq!(events, [NotifyOn::Status(*status)]);
    }
}

#[test]
fn what_is_wrong_with_receivers_is_said_without_their_secrets() {
    let wrong = [
        "{name: A/b, slack: {url: {env: TEAM}}, events: [failed]}".to_owned(),
        "{name: a, events: [failed]}".to_owned(),
        "{name: a, slack: {url: {env: TEAM}}, events: []}".to_owned(),
        format!("{SLACK}, {SLACK}"),
        format!("{{name: a, slack: {{url: '{TEAM}'}}, events: [failed]}}"),
        format!("{{name: a, slack: '{TEAM}', events: [failed]}}"),
        "{name: a, slack: {url: {env: TEAM}}, events: [exploded]}".to_owned(),
    ];
    let mut all = wrong.map(|notify| config(&notify).unwrap_err()).to_vec();
    let unfit = [
        (SLACK, [("TEAM", "http://hooks.slack.example/services/a-token-of-slack"), ("", "")]),
        (SLACK, [("TEAM", "a-token-of-slack"), ("", "")]),
        (SLACK, [("TEAM", "https://jane:a-token-of-slack@hooks.slack.example"), ("", "")]),
        (SLACK, [("", ""), ("", "")]),
        (WEBHOOK, [("PAGER", PAGER), ("PAGER_SECRET", "a-token-of-slack")]),
        (WEBHOOK, [("PAGER", PAGER), ("PAGER_SECRET", "whsec_c2hvcnQ=")]),
        (
            "{name: a, slack: {url: {env: TEAM, file: /x}}, events: [failed]}",
            [("TEAM", TEAM), ("", "")],
        ),
    ];
    let chain = |error: &dyn std::error::Error| match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    all.extend(
        unfit.map(|(notify, variables)| chain(&receivers_where(notify, &variables).unwrap_err())),
    );
    let all = all.join("\n");
    assert!(!all.contains("token-of-slack"), "{all}");
    expect![[r#"
        config/default.yaml: notify[0].name: must be 1 to 40 of a-z, 0-9 and -
        config/default.yaml: notify[0]: must have exactly one of `slack` and `webhook`
        config/default.yaml: notify[0].events: must name what to tell, such as [succeeded, rolled_back, failed, rollback_failed]
        config/default.yaml: notify[1].name: is another receiver's too
        config/default.yaml: notify[0].slack.url: expected a section; a secret itself never stands here: name its file, credential or variable
        config/default.yaml: notify[0].slack: expected a section; a secret itself never stands here: name its file, credential or variable
        config/default.yaml: notify[0].events[0]: expected awaiting_approval or awaiting_window or queued or deploying or rolling_back or rollback_failed or succeeded or rolled_back or failed or superseded or aborted or rejected or abandoned or watch_bad
        the url of `team` in `notify`, read from the variable TEAM, must begin with https:// (http:// only where `allow_addresses` names a receiver inside)
        the url of `team` in `notify`, read from the variable TEAM, is not a URL
        the url of `team` in `notify`, read from the variable TEAM, must not hold user and password
        the url of `team` in `notify` cannot be read from the variable TEAM: it is not set
        the secret of `pager` in `notify`, read from the variable PAGER_SECRET, must begin with whsec_
        the secret of `pager` in `notify`, read from the variable PAGER_SECRET, must have 24 to 64 bytes; make one with `echo whsec_$(openssl rand -base64 32)`
        the url of `a` in `notify` must name exactly one of `env`, `file` and `credential`"#]].assert_eq(&all);
}

#[test]
fn where_receivers_are_and_what_signs_is_never_shown() {
    let receivers = receivers(&format!("{SLACK}, {WEBHOOK}"));
    let shown = format!("{receivers:?}");
    let redactor = Redactor::knowing(receivers.iter().flat_map(|receiver| receiver.secrets()));
    let path = TEAM.strip_prefix("https://hooks.slack.example").unwrap();
    for secret in [TEAM, PAGER, path, "a-token-of-slack", "a-path-that-nobody-knows", PAGER_SECRET]
    {
        assert!(!shown.contains(secret), "{shown}");
        let line = format!("failed to post to {secret} there");
        assert!(
            !redactor.text(&line).contains(secret) && redactor.text(&line).contains(MASK),
            "{}",
            redactor.text(&line)
        );
    }
}
