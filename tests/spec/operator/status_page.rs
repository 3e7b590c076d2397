//! What the holder of a `status_url` sees, and what the operator sees: JSON, a page, and the events
//! as they come.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use boathook_core::{
    deployment::{DeploymentId, Requester},
    record::{DeploymentEvent, Event, Outcome, Reason, StepEvent},
    rollout::{Action, Observation},
};
use boathook_testing::{
    dashboard_pages::{assert_harmless, seen},
    delivery::{Answer, Delivery, body, body_with},
    harness::Harness,
    samples,
};
use expect_test::expect;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

struct Shown {
    harness: Harness,
    id: String,
    link: String,
}

impl Shown {
    /// A deployment of which these events are recorded.
    async fn after(events: Vec<Event>) -> Self {
        Self::of(body(), events).await
    }

    async fn of(body: Value, events: Vec<Event>) -> Self {
        let mut harness = Harness::new();
        harness.public.public_url = None;
        let summary = harness.accept(Delivery::of(&body)).await;
        harness.play(&summary.id, events).await;
        let link = harness.public.status_url(&summary);
        Self { harness, id: summary.id.to_string(), link }
    }

    fn deployment(&self) -> DeploymentId {
        DeploymentId::from_lookup(&self.id)
    }

    fn events_link(&self) -> String {
        self.link.replace('?', "/events?")
    }

    async fn stream(&self, delivery: Delivery) -> String {
        self.harness.send(delivery).await.text.replace(&self.id, "ID")
    }
}

fn success() -> Vec<Event> {
    samples::success(
        "game",
        "game-00002",
        &samples::image(&format!("registry.example/acme/game@sha256:{}", "b".repeat(64))),
    )
}

fn rolled_back() -> Vec<Event> {
    vec![
        Event::Deployment(DeploymentEvent::Started),
        Event::Deployment(DeploymentEvent::Planned {
            plan: samples::plan_from("game", "game-00001"),
        }),
        samples::step_started(),
        samples::step_ended(vec![]),
        samples::step_started(),
        Event::Step(StepEvent::StepLearned {
            finding: Observation::Candidate {
                name: samples::revision("game-00002"),
                uid: "u-1".to_owned(),
            },
        }),
        Event::Step(StepEvent::StepLearned { finding: Observation::Serving { percent: 10 } }),
        samples::step_failed("5 of 5 probes failed: <b>500</b>\u{1b}[31m"),
        samples::step_started(),
        samples::step_ended(vec![]),
        Event::Deployment(DeploymentEvent::Ended {
            end: Outcome::RolledBack,
            reason: Some(Reason::stated("5 of 5 probes failed")),
        }),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_deployment_is_shown_with_its_steps_and_what_serves() {
    let shown = Shown::after(rolled_back()).await;
    let answer = shown.harness.get(&shown.link).await;
    expect![[r#"
        {
          "accepted_at": "2026-08-01T10:00:00Z",
          "asked": [],
          "attempt": 1,
          "candidate": "game-00002",
          "changed_at": "2026-08-01T10:00:00Z",
          "commit_sha": "4f2a9c1",
          "deployment_id": "101-1",
          "ended_at": "2026-08-01T10:00:00Z",
          "environment": "development",
          "health": null,
          "id": "ID",
          "image": "registry.example/acme/game:2",
          "namespace": "game",
          "notes": [],
          "origin": {
            "kind": "requested"
          },
          "paused": false,
          "reason": "5 of 5 probes failed: <b>500</b>\u001b[31m",
          "resolved_image": null,
          "service_name": "game",
          "service_url": null,
          "serving": [
            {
              "percent": 100,
              "revision": "game-00001"
            }
          ],
          "serving_since": "2026-08-01T10:00:00Z",
          "stable": "game-00001",
          "status": "rolled_back",
          "steps": [
            {
              "began_at": "2026-08-01T10:00:00Z",
              "direction": "forward",
              "duration_ms": 0,
              "ended_at": "2026-08-01T10:00:00Z",
              "reason": null,
              "status": "done",
              "step": "pull_image",
              "title": "Pull registry.example/game:1"
            },
            {
              "began_at": "2026-08-01T10:00:00Z",
              "direction": "forward",
              "duration_ms": 0,
              "ended_at": "2026-08-01T10:00:00Z",
              "reason": "5 of 5 probes failed: <b>500</b>\u001b[31m",
              "status": "failed",
              "step": "shift_traffic",
              "title": "Shift traffic to 100 %"
            },
            {
              "began_at": "2026-08-01T10:00:00Z",
              "direction": "back",
              "duration_ms": 0,
              "ended_at": "2026-08-01T10:00:00Z",
              "reason": null,
              "status": "done",
              "step": "pin_traffic",
              "title": "Pin all traffic to the new revision"
            }
          ],
          "strategy": "rolling",
          "triggered_by": "jane"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&answer.json()).unwrap().replace(&shown.id, "ID"));
}

#[tokio::test(start_paused = true)]
async fn steps_have_times_and_those_to_come_are_pending() {
    let shown = Shown::after(vec![
        Event::Deployment(DeploymentEvent::Started),
        Event::Deployment(DeploymentEvent::Planned { plan: samples::plan("game") }),
        samples::step_started(),
    ])
    .await;
    tokio::time::advance(Duration::from_millis(1500)).await;
    let id = shown.deployment();
    shown.harness.play(&id, vec![samples::step_ended(vec![])]).await;
    let steps = shown.harness.get(&shown.link).await.json()["steps"].clone();
    let lines = steps
        .as_array()
        .unwrap()
        .iter()
        .map(|step| format!("{} {} {}", step["step"], step["status"], step["duration_ms"]));
    expect![[r#"
        "pull_image" "done" 1500
        "shift_traffic" "pending" null"#]]
    .assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn stages_that_a_person_passed_over_are_shown_as_skipped() {
    let shown = Shown::after(samples::held("game")).await;
    let id = shown.deployment();
    let to_full = Event::Deployment(DeploymentEvent::Steered {
        action: Action::PromoteFully,
        by: Requester::operator("jane"),
    });
    shown
        .harness
        .play(&id, vec![to_full, samples::step_ended(vec![]), samples::step_started()])
        .await;
    let steps = shown.harness.get(&shown.link).await.json()["steps"].clone();
    let lines = steps
        .as_array()
        .unwrap()
        .iter()
        .map(|step| format!("{} {} {}", step["title"], step["status"], step["hold_ms"]));
    expect![[r#"
        "Shift traffic to 10 %" "done" null
        "Hold at 10 % for 120 s" "done" 120000
        "Shift traffic to 50 %" "skipped" null
        "Hold at 50 % for 120 s" "skipped" 120000
        "Shift traffic to 100 %" "running" null"#]]
    .assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_and_an_unknown_deployment_get_the_same_answer() {
    let shown = Shown::after(vec![]).await;
    let path = shown.link.split('?').next().unwrap().to_owned();
    let wrong = [
        path.clone(),
        format!("{path}?token="),
        format!("{path}?token={}", "a".repeat(32)),
        format!("{}x", shown.link),
        "/deployments/abcdefghijkmnpqrstuv?token=abc".to_owned(),
        format!("{path}/events"),
        "/deployments/101-1/events?token=abc".to_owned(),
    ];
    for link in wrong {
        let answer = shown.harness.get(&link).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (404, r#"{"error":"not found"}"#),
            "{link}"
        );
    }
}

/// The page of this deployment, as a browser gets it.
async fn page(shown: &Shown) -> Answer {
    let accept = "text/html,application/xhtml+xml,*/*;q=0.8";
    shown.harness.send(Delivery::get(&shown.link).header("Accept", accept)).await
}

#[tokio::test(start_paused = true)]
async fn a_browser_with_a_wrong_link_gets_a_page_that_says_what_to_look_at() {
    let shown = Shown::after(vec![]).await;
    let path = shown.link.split('?').next().unwrap().to_owned();
    let mut pages = Vec::new();
    for link in [path, "/deployments/abcdefghijkmnpqrstuv?token=abc".to_owned()] {
        let page = shown.harness.send(Delivery::get(&link).header("Accept", "text/html")).await;
        assert_eq!(page.status, 404);
        pages.push(page.text);
    }
    assert_eq!(pages[0], pages[1], "whether it exists is not said");
    expect![[r#"
        Not Found
        boathook answered: not found.
        The address of a deployment ends with ?token= and its token: check that all of it was copied. Records of old deployments are removed after a while."#]].assert_eq(&seen(&pages[0]));
    assert!(!pages[0].contains("/dashboard"), "{}", pages[0]);
}

#[tokio::test(start_paused = true)]
async fn a_browser_gets_a_page_that_runs_boathooks_own_script_and_no_other() {
    let named = body_with(json!({"triggered_by": "<script>alert(1)</script> & \"jane\""}));
    let shown = Shown::of(named, rolled_back()).await;
    let answer = page(&shown).await;
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_harmless("the status page", &answer.text);
    let hash = |element: &str| {
        let (_, text) = answer.text.split_once(&format!("<{element}>")).unwrap();
        let (text, _) = text.split_once(&format!("</{element}>")).unwrap();
        STANDARD.encode(Sha256::digest(text))
    };
    assert_eq!(
        answer.header("content-security-policy").unwrap(),
        format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            hash("style"),
            hash("script")
        )
    );
    assert!(
        answer.text.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;jane&quot;"),
        "{}",
        answer.text
    );
    assert!(
        !answer.text.contains("http-equiv=\"refresh\"") && !answer.text.contains("data-live"),
        "an ended deployment is not asked for again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_of_a_running_deployment_follows_its_events_or_asks_again() {
    let shown = Shown::after(vec![Event::Deployment(DeploymentEvent::Started)]).await;
    let text = page(&shown).await.text;
    assert!(
        text.contains("<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>"),
        "{text}"
    );
    assert!(text.contains(&format!(" data-live=\"{}\"", shown.id)), "{text}");
    let (_, names) = text.split_once(" data-names=\"").unwrap();
    let names: Vec<_> = names.split('"').next().unwrap().split(' ').collect();
    let sent = shown.harness.journal.records(&shown.deployment(), 0).await.unwrap();
    for name in sent.iter().map(|record| record.event.name()) {
        assert!(names.contains(&name), "{name} is among {names:?}");
    }
    let token = shown.link.split('=').nth(1).unwrap();
    assert!(!text.contains(token), "the token is in its link alone");
}

#[tokio::test(start_paused = true)]
async fn the_page_says_where_a_deployment_is_why_and_what_each_step_came_to() {
    let shown = Shown::after(rolled_back()).await;
    expect![[r#"
        game/game in development
        rolled back
        5 of 5 probes failed: &lt;b&gt;500&lt;/b&gt;�[31m
        game-00001 100 %
        Steps
        Pull registry.example/game:1 done 0.00 s 10:00:00
        Shift traffic to 100 % failed 0.00 s 10:00:00 5 of 5 probes failed: &lt;b&gt;500&lt;/b&gt;�[31m
        Back: Pin all traffic to the new revision done 0.00 s 10:00:00
        What is deployed
        Id ID
        External id 101-1
        Image registry.example/acme/game:2
        Commit 4f2a9c1
        Triggered by jane
        Strategy rolling
        Stable game-00001
        Candidate game-00002
        Serving game-00001 100 %
        Accepted 2026-08-01 10:00:00 UTC
        Ended 2026-08-01 10:00:00 UTC"#]].assert_eq(&seen(&page(&shown).await.text).replace(&shown.id, "ID"));
}

#[tokio::test(start_paused = true)]
async fn json_is_for_anyone_who_does_not_ask_for_a_page_first() {
    let shown = Shown::after(vec![]).await;
    for accept in ["*/*", "application/json", "application/json, text/html"] {
        let answer = shown.harness.send(Delivery::get(&shown.link).header("Accept", accept)).await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accept}");
    }
}

#[tokio::test(start_paused = true)]
async fn events_are_streamed_to_the_end_of_the_deployment() {
    let shown = Shown::after(success()).await;
    expect![[r#"
        retry: 2000

        id: 1
        event: accepted
        data: {"at":"2026-08-01T10:00:00Z","deployment_id":"101-1","environment":"development","image":"registry.example/acme/game:2","namespace":"game","sequence":1,"service_name":"game","type":"accepted"}

        id: 2
        event: started
        data: {"at":"2026-08-01T10:00:00Z","sequence":2,"type":"started"}

        id: 5
        event: planned
        data: {"at":"2026-08-01T10:00:00Z","notes":[],"rollback":[{"step":"pin_traffic","title":"Pin all traffic to the new revision"}],"sequence":5,"stable":null,"steps":[{"step":"pull_image","title":"Pull registry.example/game:1"},{"step":"shift_traffic","title":"Shift traffic to 100 %"}],"type":"planned"}

        id: 6
        event: step_started
        data: {"at":"2026-08-01T10:00:00Z","sequence":6,"step":"some_step","type":"step_started"}

        id: 7
        event: step_ended
        data: {"at":"2026-08-01T10:00:00Z","findings":[{"finding":"image","is":"registry.example/acme/game@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}],"sequence":7,"type":"step_ended"}

        id: 8
        event: step_started
        data: {"at":"2026-08-01T10:00:00Z","sequence":8,"step":"some_step","type":"step_started"}

        id: 9
        event: step_learned
        data: {"at":"2026-08-01T10:00:00Z","findings":[{"finding":"candidate","is":{"name":"game-00002","uid":"u-1"}}],"sequence":9,"type":"step_learned"}

        id: 10
        event: step_ended
        data: {"at":"2026-08-01T10:00:00Z","findings":[{"finding":"serving","is":{"percent":100}}],"sequence":10,"type":"step_ended"}

        id: 11
        event: ended
        data: {"at":"2026-08-01T10:00:00Z","reason":null,"sequence":11,"status":"succeeded","type":"ended"}

    "#]].assert_eq(&shown.stream(Delivery::get(&shown.events_link())).await);
}

#[tokio::test(start_paused = true)]
async fn a_reader_goes_on_where_it_was_and_learns_when_there_is_no_more() {
    let shown = Shown::after(success()).await;
    expect![[r#"
        retry: 2000

        id: 11
        event: ended
        data: {"at":"2026-08-01T10:00:00Z","reason":null,"sequence":11,"status":"succeeded","type":"ended"}

    "#]]
    .assert_eq(&shown.stream(Delivery::get(&shown.events_link()).header("Last-Event-ID", "10")).await);
    let nothing =
        shown.harness.send(Delivery::get(&shown.events_link()).header("Last-Event-ID", "11")).await;
    assert_eq!((nothing.status, nothing.text.as_str()), (204, ""));
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_is_kept_alive_and_ends_with_the_service() {
    let shown = Shown::after(vec![Event::Deployment(DeploymentEvent::Started)]).await;
    let stop = async {
        tokio::time::sleep(Duration::from_secs(31)).await;
        shown.harness.public.stopping.cancel();
    };
    let (text, ()) = tokio::join!(shown.stream(Delivery::get(&shown.events_link())), stop);
    expect![[r#"
        retry: 2000

        id: 1
        event: accepted
        data: {"at":"2026-08-01T10:00:00Z","deployment_id":"101-1","environment":"development","image":"registry.example/acme/game:2","namespace":"game","sequence":1,"service_name":"game","type":"accepted"}

        id: 2
        event: started
        data: {"at":"2026-08-01T10:00:00Z","sequence":2,"type":"started"}

        : still here

        : still here

    "#]].assert_eq(&text);
}

#[tokio::test(start_paused = true)]
async fn a_hold_whose_records_the_reader_may_not_see_keeps_the_stream_alive_all_the_same() {
    let shown = Shown::after(vec![Event::Deployment(DeploymentEvent::Started)]).await;
    let id = shown.harness.newest().await.id;
    let hold = async {
        for command in 1..=60 {
            tokio::time::sleep(Duration::from_secs(5)).await;
            shown.harness.play(&id, vec![samples::command_started(command)]).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        shown.harness.public.stopping.cancel();
    };
    let (text, ()) = tokio::join!(shown.stream(Delivery::get(&shown.events_link())), hold);
    assert_eq!(text.matches(": still here\n").count(), 300 / 15, "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_cannot_be_streamed_to_asks_for_the_same_events_as_json() {
    let shown = Shown::after(success()).await;
    let ask = |after: u64| {
        let delivery = Delivery::get(&shown.events_link()).header("Accept", "application/json");
        shown.harness.send(delivery.header("Last-Event-ID", &after.to_string()))
    };
    let sequences = |answer: Value| {
        let events = answer["events"].as_array().unwrap().iter();
        events.map(|event| event["sequence"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(sequences(ask(0).await.json()), [1, 2, 5, 6, 7, 8, 9, 10, 11]);
    let rest = ask(9).await.json();
    assert_eq!(rest["events"][1]["type"], "ended");
    assert_eq!(sequences(rest), [10, 11]);
    let nothing = ask(11).await;
    assert_eq!((nothing.status, nothing.text.as_str()), (204, ""));
    let under_way = Shown::after(vec![Event::Deployment(DeploymentEvent::Started)]).await;
    let delivery = Delivery::get(&under_way.events_link()).header("Accept", "application/json");
    let answer = under_way.harness.send(delivery.header("Last-Event-ID", "2")).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, r#"{"events":[]}"#));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_shown_tokens_and_the_public_sees_neither_programs_nor_secret_ids() {
    let shown = Shown::after(success()).await;
    let token = shown.link.split('=').nth(1).unwrap();
    let public = shown.harness.get(&shown.link).await.text
        + &shown.stream(Delivery::get(&shown.events_link())).await;
    for hidden in [token, "development-1", "kubectl", "argv"] {
        assert!(!public.contains(hidden), "{hidden} in {public}");
    }
    let mut operators = String::new();
    for path in ["", "/101-1", "/101-1/records", "/101-1/events"] {
        operators += &shown.harness.ask(&format!("/v1/deployments{path}")).await.text;
    }
    assert!(
        !operators.contains(token)
            && operators.contains("development-1")
            && operators.contains("kubectl"),
        "{operators}"
    );
}
