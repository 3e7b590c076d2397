//! The dashboard as its reader sees it: what serves, what is under way, and one deployment with all
//! that it did.

use std::time::Duration;

use boathook_core::{
    deployment::{Actor, Requester},
    health::{Numbers, Times},
    record::{CommandEvent, DeploymentEvent, Event, Outcome, StepEvent},
    rollout::{Action, Observation},
};
use boathook_testing::{
    dashboard_pages::{assert_harmless, seen},
    delivery::{Delivery, body, body_with},
    harness::{Harness, SHARED},
    samples::{self, held, image},
};
use expect_test::expect;
use serde_json::json;

fn success() -> Vec<Event> {
    samples::success(
        "game",
        "game-00001",
        &image(&format!("registry.example/acme/game@sha256:{}", "b".repeat(64))),
    )
}

fn numbers(failures: u64, p50_ms: u64) -> Numbers {
    let last_failure = (failures > 0).then(|| "status 500 <b>".to_owned());
    Numbers { samples: 20, failures, p50_ms, p95_ms: p50_ms * 2, max_ms: p50_ms * 4, last_failure }
}

fn probed(of: &str, numbers: Numbers) -> Observation {
    Observation::Health { of: of.to_owned(), numbers, times: Times::default() }
}

#[tokio::test(start_paused = true)]
async fn an_empty_record_is_said_to_be_empty() {
    let page = Harness::new().ask("/").await;
    assert_eq!(page.status, 200);
    expect![[r#"
        Overview
        Under way
        Nothing is under way, and nothing waits.
        What serves
        By boathook's own record: what its last success in each place left serving, or the shares that a rollout under way saw last. What others changed since is not known here; kubectl get ksvc -A asks the cluster.
        No service is on record yet.
        Latest deployments
        Nothing has been deployed yet. CI sends the first request with boathook send ."#]]
    .assert_eq(&seen(&page.text));
}

#[tokio::test(start_paused = true)]
async fn the_overview_shows_what_serves_the_hold_that_counts_down_and_who_waits() {
    let harness = Harness::new();
    let first = harness.accept(Delivery::of(&body())).await;
    harness.play(&first.id, success()).await;
    tokio::time::advance(Duration::from_secs(60)).await;
    let second = harness.accept(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await;
    harness.play(&second.id, held("game")).await;
    tokio::time::advance(Duration::from_secs(75)).await;
    harness.accept(Delivery::of(&body_with(json!({"deployment_id": "103-1"})))).await;
    let elsewhere = json!({"deployment_id": "104-1", "environment": "staging"});
    harness.accept(Delivery::of(&body_with(elsewhere)).signed_by(SHARED)).await;
    let page = harness.ask("/").await;
    expect![[r#"
        Overview
        Under way
        Deployments that run, and those that wait for their turn
        Deployment Environment Service Image Status Step Accepted
        102-1 development game in game registry.example/acme/game:2 deploying Hold at 10 % for 120 s 2 of 5 45 s left
        2026-08-01 10:01:00 UTC
        103-1 development game in game registry.example/acme/game:2 queued waits for ID of the same service; that one is deploying 2026-08-01 10:02:15 UTC
        104-1 staging game in game registry.example/acme/game:2 queued waits for ID of the same service; that one is deploying 2026-08-01 10:02:15 UTC
        What serves
        By boathook's own record: what its last success in each place left serving, or the shares that a rollout under way saw last. What others changed since is not known here; kubectl get ksvc -A asks the cluster.
        What serves in each environment, by the record
        Environment Service Traffic Image Since Last deployment
        development game in game game-00001 90 %
        game-00002 10 % new
        registry.example/acme/game sha256:bbbbbbbbbbbb 2026-08-01 10:00:00 UTC 2026-08-01 10:01:00 UTC 103-1 queued
        staging game in game not known: nothing has succeeded here 104-1 queued
        Latest deployments
        The deployments that were accepted last, newest first
        Deployment Environment Service Image Status Accepted Ended
        104-1 staging game in game registry.example/acme/game:2 queued waits for ID of the same service; that one is deploying
        2026-08-01 10:02:15 UTC under way
        103-1 development game in game registry.example/acme/game:2 queued waits for ID of the same service; that one is deploying
        2026-08-01 10:02:15 UTC under way
        102-1 development game in game registry.example/acme/game:2 deploying 2026-08-01 10:01:00 UTC under way
        101-1 development game in game registry.example/acme/game:2 succeeded 2026-08-01 10:00:00 UTC 2026-08-01 10:00:00 UTC
        All deployments"#]].assert_eq(&seen(&page.text).replace(second.id.as_str(), "ID"));
    assert!(
        page.text.contains("data-news=\"game in development: deploying, Hold at 10 % for 120 s; "),
        "{}",
        page.text
    );
    assert!(
        page.text.contains(r#"<progress max="120" value="75" data-ends="2026-08-01T10:03:00Z""#),
        "{}",
        page.text
    );
    assert!(
        page.text.contains(r#"<rect class="stable" x="0" y="0" width="90" height="8"/><rect class="candidate" x="90""#),
        "{}",
        page.text
    );
}

#[tokio::test(start_paused = true)]
async fn what_may_not_serve_any_more_is_doubted() {
    let harness = Harness::new();
    let first = harness.accept(Delivery::of(&body())).await;
    harness.play(&first.id, success()).await;
    let second = harness.accept(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await;
    harness.play(&second.id, held("game")).await;
    harness
        .play(
            &second.id,
            vec![
                samples::step_failed("bad"),
                samples::step_started(),
                Event::Step(StepEvent::RollbackFailed { reason: "patch refused".to_owned() }),
            ],
        )
        .await;
    let shown = seen(&harness.ask("/").await.text);
    assert!(
        shown.contains("rollback failed the rollback failed: what serves is not certain"),
        "{shown}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_paused_hold_has_no_end_that_could_be_counted_down_to() {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body())).await.id;
    harness.play(&id, held("game")).await;
    harness
        .play(
            &id,
            vec![Event::Deployment(DeploymentEvent::Steered {
                action: Action::Pause,
                by: Actor::new("jane").noting("looks <slow>").into(),
            })],
        )
        .await;
    let page = harness.ask(&format!("/dashboard/deployments/{id}")).await.text;
    let shown = seen(&page);
    assert!(shown.contains("Paused: stays here until someone lets it go on"), "{shown}");
    assert!(shown.contains("pause jane (looks &lt;slow&gt;)"), "{shown}");
    assert!(!page.contains("data-ends"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_is_shown_with_its_steps_probes_programs_and_audit() {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body())).await.id;
    harness.play(&id, held("game")).await;
    let failed = Event::Command(CommandEvent::CommandEnded {
        command: 1,
        exit: "exit code 1".to_owned(),
        duration_ms: 1234,
        stdout: String::new(),
        stderr: "Error: no such <service>\n".to_owned(),
    });
    tokio::time::advance(Duration::from_millis(2500)).await;
    harness
        .play(
            &id,
            vec![
                samples::command_started(1),
                failed,
                Event::Step(StepEvent::StepLearned { finding: probed("service", numbers(0, 12)) }),
                Event::Step(StepEvent::StepLearned {
                    finding: probed("candidate", numbers(3, 40)),
                }),
                samples::step_failed("3 failures in a row"),
                samples::step_started(),
                samples::step_ended(vec![]),
                Event::Deployment(DeploymentEvent::Ended {
                    end: Outcome::RolledBack,
                    reason: None,
                }),
            ],
        )
        .await;
    let page = harness.ask(&format!("/dashboard/deployments/{id}")).await;
    expect![[r#"
        game/game in development
        rolled back
        3 failures in a row
        game-00001 100 %
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
        Health 3 of 20 probes failed, median 40 ms, 95 % within 80 ms
        Accepted 2026-08-01 10:00:00 UTC
        Ended 2026-08-01 10:00:02 UTC
        Steps
        Shift traffic to 10 % done 0.00 s 10:00:00
        Hold at 10 % for 120 s failed 2.50 s 10:00:00 3 failures in a row
        1 program
        kubectl get exit code 1 after 1.23 s
        Command
        kubectl get
        Standard output: nothing
        Standard error
        Error: no such &lt;service&gt;
        Shift traffic to 50 % skipped
        Hold at 50 % for 120 s skipped
        Shift traffic to 100 % skipped
        Back: Pin all traffic to the new revision done 0.00 s 10:00:02
        Probes
        0 ms 100 ms 200 ms 3 bad at 10 % candidate, at its own URL service, what users get. Strong: median; pale: 95 % of answers; line: the longest.
        What probes came to, step by step
        Step Asked Verdict Probes Failed Median 95 % within Longest Last failure
        Hold at 10 % for 120 s candidate bad 20 3 40 ms 80 ms 160 ms status 500 &lt;b&gt;
        Hold at 10 % for 120 s service not judged 20 0 12 ms 24 ms 48 ms
        Audit
        Lines of this deployment
        No line is there yet."#]].assert_eq(&seen(&page.text).replace(id.as_str(), "ID"));
    assert_eq!(page.text.matches("<rect class=\"candidate p50\"").count(), 1, "{}", page.text);
    assert!(
        page.text.contains("<details id=\"program-1\" class=\"program failed\"><summary>"),
        "folded up: {}",
        page.text
    );
    assert!(!page.text.contains("data-live"), "what has ended does not change any more");
    assert_eq!(
        harness.ask("/dashboard/deployments/101-1").await.text,
        page.text,
        "by the sender's id too"
    );
    assert_eq!(harness.ask("/dashboard/deployments/102-1").await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn what_senders_and_programs_say_stays_text() {
    let hostile = "<script>alert(1)</script>\"'\u{1b}[31m\u{202e}\u{200f}\u{61c}\u{feff}&";
    let harness = Harness::new();
    let fields = json!({
        "deployment_id": "<img src=x onerror=alert(1)>",
        "triggered_by": "\" onmouseover=\"x",
        "commit_sha": "<svg/onload=x>",
    });
    let id = harness.accept(Delivery::of(&body_with(fields))).await.id;
    harness.play(&id, held("game")).await;
    let ended = Event::Command(CommandEvent::CommandEnded {
        command: 1,
        exit: hostile.to_owned(),
        duration_ms: 5,
        stdout: hostile.to_owned(),
        stderr: format!("</pre>{hostile}"),
    });
    let started = Event::Command(CommandEvent::CommandStarted {
        command: 1,
        argv: vec!["kubectl".to_owned(), hostile.to_owned()],
    });
    let learned = Event::Step(StepEvent::StepLearned {
        finding: probed(
            hostile,
            Numbers { last_failure: Some(hostile.to_owned()), ..numbers(1, 1) },
        ),
    });
    let note =
        Event::Step(StepEvent::StepLearned { finding: Observation::Note(hostile.to_owned()) });
    let paused = Event::Deployment(DeploymentEvent::Steered {
        action: Action::Pause,
        by: Requester::operator(hostile),
    });
    harness
        .play(&id, vec![started, ended, learned, note, paused, samples::step_failed(hostile)])
        .await;
    harness.write_audit_line(&json!({
        "number": 1,
        "at": hostile,
        "what": hostile,
        "deployment": id,
        "who": {hostile: hostile},
        "stdout": [hostile],
    }));
    for path in
        ["/", "/dashboard/deployments", "/dashboard/audit", &format!("/dashboard/deployments/{id}")]
    {
        assert_harmless(path, &harness.ask(path).await.text);
    }
    let asked = harness
        .ask("/dashboard/deployments?service=%3Cscript%3Ex%22&deployment_id=%22%3E%3Cscript%3E")
        .await;
    assert_eq!(asked.status, 400);
    assert_harmless("a form's fields", &asked.text);
    let page = harness.ask(&format!("/dashboard/deployments/{id}")).await.text;
    assert!(
        page.contains("<pre tabindex=\"0\">&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}\u{fffd}&amp;</pre>"),
        "{page}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_thousand_deployments_are_shown_a_page_at_a_time() {
    let harness = Harness::new();
    for number in 0..1000 {
        samples::accept(&harness.journal, "game", &format!("{number}-1")).await;
    }
    let (mut path, mut pages, mut all) =
        ("/dashboard/deployments?environment=staging".to_owned(), 0, Vec::new());
    loop {
        let text = harness.ask(&path).await.text;
        pages += 1;
        let ids = text
            .split("<th scope=\"row\"><a href=")
            .skip(1)
            .map(|row| row.split(['>', '<']).nth(1).unwrap().to_owned());
        all.extend(ids);
        let Some((before, _)) = text.split_once("\">Older</a>") else { break };
        path = before.rsplit_once("href=\"").unwrap().1.replace("&amp;", "&");
        assert!(path.starts_with("/dashboard/deployments?environment=staging&before="), "{path}");
    }
    let expected = (0..1000).rev().map(|number| format!("{number}-1")).collect::<Vec<_>>();
    assert_eq!((pages, all), (20, expected));
    assert!(seen(&harness.ask("/").await.text).contains("999-1"));
}

#[tokio::test(start_paused = true)]
async fn the_list_is_narrowed_by_a_form_that_keeps_what_was_chosen() {
    let harness = Harness::new();
    harness.accept(Delivery::of(&body())).await;
    let empty = harness.ask("/dashboard/deployments?environment=&status=succeeded&namespace=&service=game&deployment_id=").await;
    assert_eq!(empty.status, 200);
    assert!(seen(&empty.text).contains("There is none like that."), "{}", empty.text);
    assert!(empty.text.contains("<option value=\"succeeded\" selected>"), "{}", empty.text);
    let found = harness.ask("/dashboard/deployments?environment=dev&status=queued").await;
    assert!(seen(&found.text).contains("101-1 development game in game"), "{}", found.text);
    let wrong = harness.ask("/dashboard/deployments?status=lost").await;
    assert!(
        wrong.status == 400
            && seen(&wrong.text)
                .contains("unknown status `lost`; known: awaiting_approval, queued, "),
        "{}",
        wrong.text
    );
}

#[tokio::test(start_paused = true)]
async fn the_audit_page_shows_the_newest_lines_first_and_those_of_one_deployment() {
    let harness = Harness::new();
    assert!(seen(&harness.ask("/dashboard/audit").await.text).contains("No line is there yet."));
    for (number, id) in [(1, "aaa"), (2, "bbb"), (3, "aaa")] {
        harness.write_audit_line(&json!({
            "number": number, "previous": "p", "hash": "h", "at": "2026-08-01T10:00:00Z", "deployment": id, "what": "step_started",
            "who": {"program": "boathook"}, "step": "pull_image",
        }));
    }
    let rows = |text: String| {
        seen(&text)
            .lines()
            .filter(|line| line.contains("step started"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .join("\n")
    };
    expect![[r#"
        3 2026-08-01 10:00:00 UTC aaa step started step pull image
        2 2026-08-01 10:00:00 UTC bbb step started step pull image
        1 2026-08-01 10:00:00 UTC aaa step started step pull image"#]]
    .assert_eq(
        &rows(harness.ask("/dashboard/audit").await.text).replace("pull_image", "pull image"),
    );
    assert_eq!(rows(harness.ask("/dashboard/audit?deployment=aaa").await.text).lines().count(), 2);
}
