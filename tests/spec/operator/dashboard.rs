//! The dashboard as its reader sees it: what serves, what is under way, and one deployment with all
//! that it did.

use std::{sync::Arc, time::Duration};

use actix_web::test::TestRequest;
use boathook::{
    config::Approve,
    journal::{RedeployOrder, Redeployable},
};
use boathook_core::{
    deployment::{Actor, DeploymentId, Environment, Promotion, Requester},
    health::{Figures, Numbers, Times},
    record::{
        Acceptance, AfterBad, CommandEvent, CommandExit, DeploymentEvent, Event, Outcome,
        PromotionEvent, StepEvent, WatchEnd, WatchEvent,
    },
    rollout::{Action, Observation},
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    dashboard_pages::{assert_harmless, seen},
    delivery::{Delivery, body, body_with},
    harness::{Harness, SHARED},
    samples::{self, QUEUE, held, image},
};
use expect_test::expect;
use serde_json::{Value, json};

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
async fn what_is_watched_says_until_when_and_how_that_ended() {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body())).await.id;
    let digest = image(&format!("registry.example/acme/game@sha256:{}", "b".repeat(64)));
    harness.play(&id, samples::watched_success("game", "game-00001", &digest)).await;
    let overview = seen(&harness.ask("/").await.text);
    assert!(
        overview.contains("watched until 2026-08-01 11:00:00 UTC , clean so far"),
        "{overview}"
    );
    let path = format!("/dashboard/deployments/{id}");
    let page = seen(&harness.ask(&path).await.text);
    assert!(page.contains("Watch until 2026-08-01 11:00:00 UTC, clean so far"), "{page}");
    let then = AfterBad::Stays { why: "the config says `on_bad: notify`".to_owned() };
    let end = WatchEnd::Bad { reason: "<b> said no".to_owned(), then };
    let figures = Figures { samples: 480, failures: 3, ..Figures::default() };
    harness.play(&id, vec![WatchEvent::WatchEnded { end, figures }.into()]).await;
    let overview = seen(&harness.ask("/").await.text);
    assert!(!overview.contains("watched until"), "{overview}");
    let answer = harness.ask(&path).await;
    assert_harmless(&path, &answer.text);
    let page = seen(&answer.text);
    assert!(
        page.contains(
            "Watch bad, and not rolled back (the config says `on_bad: notify`): &lt;b&gt; said no; 3 of \
             480 probes failed; 2026-08-01 10:00:00 UTC"
        ),
        "{page}"
    );
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
        Deployment Environment Service Image Status Accepted
        102-1 development game in game registry.example/acme/game:2 deploying 2026-08-01 10:01:00 UTC
        Hold at 10 % for 120 s 2 of 5 45 s left
        103-1 development game in game registry.example/acme/game:2 queued 2026-08-01 10:02:15 UTC
        waits for ID of the same service; that one is deploying
        104-1 staging game in game registry.example/acme/game:2 queued 2026-08-01 10:02:15 UTC
        waits for ID of the same service; that one is deploying
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
        Deployment Environment Service Image Status Accepted Took
        104-1 staging game in game registry.example/acme/game:2 queued 2026-08-01 10:02:15 UTC under way
        waits for ID of the same service; that one is deploying
        103-1 development game in game registry.example/acme/game:2 queued 2026-08-01 10:02:15 UTC under way
        waits for ID of the same service; that one is deploying
        102-1 development game in game registry.example/acme/game:2 deploying 2026-08-01 10:01:00 UTC under way
        101-1 development game in game registry.example/acme/game:2 succeeded 2026-08-01 10:00:00 UTC 0.0 s
        All deployments"#]].assert_eq(&seen(&page.text).replace(second.id.as_str(), "ID"));
    assert!(
        page.text.contains(
            "data-announcement=\"game in development: deploying, Hold at 10 % for 120 s; "
        ),
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
        shown.contains("rollback failed\nthe rollback failed: what serves is not certain"),
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
    assert!(page.contains("<title>deploying, paused: game/game in development"), "{page}");
    let overview = seen(&harness.ask("/").await.text);
    let (_, services) = overview.split_once("What serves\n").unwrap();
    let (services, _) = services.split_once("Latest deployments").unwrap();
    assert!(services.contains("deploying paused"), "{services}");
    // One that waits behind it is not paused.
    harness.accept(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await;
    let services = harness.ask("/v1/services").await.json();
    assert_eq!(
        (&services[0]["newest"]["status"], &services[0]["newest"]["paused"]),
        (&json!("queued"), &json!(false)),
        "{services}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_redeploy_leads_to_the_deployment_whose_image_it_deploys_again() {
    let harness = Harness::new();
    let first = harness.accept(Delivery::of(&body())).await.id;
    harness.play(&first, success()).await;
    let at = Environment::DEVELOPMENT;
    let service = samples::service("game");
    let Redeployable { serves, request, .. } =
        harness.journal.to_redeploy(at, &service).await.unwrap();
    let of = serves.deployment;
    let by = Actor::new("ada");
    let order = RedeployOrder { request, of, by, approval: None, opens_at: None };
    let redeploy = harness.journal.order_redeploy(order, QUEUE).await.unwrap().id;
    let page = harness.ask(&format!("/dashboard/deployments/{redeploy}")).await.text;
    let link =
        format!("redeploy of <a href=\"/dashboard/deployments/{first}\">{first}</a>, by ada");
    assert!(page.contains(&link), "{page}");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_is_shown_with_its_steps_probes_programs_and_audit() {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body())).await.id;
    harness.play(&id, held("game")).await;
    let failed = Event::Command(CommandEvent::CommandEnded {
        command: 1,
        exit: CommandExit::Code(1),
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
        Probes
        0 ms 100 ms 200 ms 3 bad at 10 % candidate, at its own URL service, what users get. Strong: median; pale: 95 % of answers; line: the longest.
        What probes came to, step by step
        Step Asked Verdict Probes Failed Median 95 % within Longest
        Hold at 10 % for 120 s candidate bad 20 3 40 ms 80 ms 160 ms
        Last failure: status 500 &lt;b&gt;
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
async fn figures_of_probes_come_while_they_are_taken_as_a_line_for_each_series() {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body())).await.id;
    harness.play(&id, held("game")).await;
    let page = async || harness.ask(&format!("/dashboard/deployments/{id}")).await.text;
    assert!(seen(&page().await).contains("No probes are on record yet."), "{}", page().await);
    for (seconds, failures) in [(15, 0), (15, 0), (15, 2)] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        for of in ["candidate", "service"] {
            let finding = Observation::HealthSoFar {
                of: of.to_owned(),
                numbers: numbers(failures, if of == "candidate" { 40 } else { 10 }),
            };
            harness.play(&id, vec![Event::Step(StepEvent::StepLearned { finding })]).await;
        }
    }
    let page = page().await;
    assert!(
        page.contains(r#"<polyline class="line candidate" points="60,56 352,56 644,56"/>"#)
            && page.contains(r#"<polyline class="line service" points="60,134 352,134 644,134"/>"#),
        "{page}"
    );
    assert_eq!(page.matches("<circle class=\"candidate\"").count(), 3, "marks differ: {page}");
    assert_eq!(page.matches(">2 bad</text>").count(), 4, "dots and bars: {page}");
    let shown = seen(&page);
    assert!(shown.contains("Hold at 10 % for 120 s candidate none yet 20 2 40 ms"), "{shown}");
}

/// Plays a success that is to be promoted to staging, and the promotion's result.
async fn promoted(harness: &Harness, id: &DeploymentId, to: &DeploymentId, status_url: &str) {
    let mut events = success();
    for event in &mut events {
        if let Event::Deployment(DeploymentEvent::Planned { plan }) = event {
            Arc::make_mut(plan).promotions = vec![Promotion {
                to: Environment::STAGING,
                namespace: samples::service("game").namespace,
                service_name: samples::service("game").service,
                approval: false,
            }];
        }
    }
    events.push(Event::Promotion(PromotionEvent::Promoted {
        to: Environment::STAGING,
        deployment: Some(to.clone()),
        status_url: status_url.to_owned(),
    }));
    harness.play(id, events).await;
}

#[tokio::test(start_paused = true)]
async fn the_two_ends_of_a_promotion_lead_to_each_other_and_an_approver_sees_the_figures() {
    let harness =
        Harness::with(|admission| admission.policies[0].config.approval.required = Approve::Always);
    let source = harness.accept(Delivery::of(&body())).await.id;
    let mut request = samples::request("game", "102-1");
    let figures = "0 of 60 probes failed, median 12 ms, 95 % within 30 ms";
    request.promoted_from = Some(format!("{source} in development: {figures}"));
    let acceptance = Acceptance {
        approve_until: Some("2026-08-02T10:00:00Z".parse().unwrap()),
        ..samples::accepted_as_sent(request)
    };
    let next = samples::new(harness.journal.accept(acceptance, samples::QUEUE).await.unwrap()).id;
    let approved = Event::Deployment(DeploymentEvent::Approved { by: Actor::new("ada") });
    harness.play(&source, vec![approved]).await;
    promoted(&harness, &source, &next, "https://boathook.example/1").await;
    let page = async |id| harness.ask(&format!("/dashboard/deployments/{id}")).await.text;
    let link = |id, text: &str| format!("<a href=\"/dashboard/deployments/{id}\">{text}</a>");
    let of_source = page(&source).await;
    assert!(of_source.contains(&link(&next, "the deployment in staging")), "{of_source}");
    let of_next = page(&next).await;
    assert!(of_next.contains(&link(&source, source.as_str())), "{of_next}");
    let (head, _) = of_next.split_once("<section id=\"steps\"").unwrap();
    assert!(head.contains(figures), "where the approver looks first: {head}");
}

#[tokio::test(start_paused = true)]
async fn a_promotion_to_another_boathook_leads_to_its_page_and_never_to_a_script() {
    for (status_url, is_link) in
        [("https://other.example/2?token=x", true), ("javascript:alert(1)", false)]
    {
        let harness = Harness::new();
        let source = harness.accept(Delivery::of(&body())).await.id;
        promoted(&harness, &source, &DeploymentId::from_lookup("elsewhere"), status_url).await;
        let page = harness.ask(&format!("/dashboard/deployments/{source}")).await.text;
        assert_eq!(page.contains(&format!("<a href=\"{status_url}\">")), is_link, "{page}");
    }
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
        exit: hostile.to_owned().into(),
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
    for path in [
        "/",
        "/dashboard/environments",
        "/dashboard/deployments",
        "/dashboard/audit",
        &format!("/dashboard/deployments/{id}"),
    ] {
        assert_harmless(path, &harness.ask(path).await.text);
    }
    let asked =
        harness.ask("/dashboard/deployments?status=%3Cscript%3Ex%22&find=%22%3E%3Cscript%3E").await;
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
    let mut path = "/dashboard/deployments?environment=staging".to_owned();
    let mut pages = 0;
    let mut all = Vec::new();
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
    let empty = harness.ask("/dashboard/deployments?find=game&environment=&status=succeeded").await;
    assert_eq!(empty.status, 200);
    assert!(seen(&empty.text).contains("There is none like that; show all ."), "{}", empty.text);
    assert!(empty.text.contains("<option value=\"succeeded\" selected>"), "{}", empty.text);
    let found = harness.ask("/dashboard/deployments?environment=dev&status=queued").await;
    assert!(seen(&found.text).contains("101-1 development game in game"), "{}", found.text);
    let wrong = harness.ask("/dashboard/deployments?status=lost").await;
    assert!(
        wrong.status == 400
            && seen(&wrong.text).contains(
                "unknown status `lost`; known: awaiting_approval, awaiting_window, queued, "
            ),
        "{}",
        wrong.text
    );
}

#[tokio::test(start_paused = true)]
async fn the_list_finds_words_in_what_it_shows_also_in_the_reason() {
    let harness = Harness::new();
    let failed = harness.accept(Delivery::of(&body())).await;
    harness.play(&failed.id, held("game")).await;
    harness
        .play(&failed.id, vec![samples::step_failed("ImagePullBackOff: 100 % of it_s gone")])
        .await;
    let staging = json!({"deployment_id": "102-1", "environment": "staging"});
    harness.accept(Delivery::of(&body_with(staging)).signed_by(SHARED)).await;
    let found = async |words: &str| {
        let page = harness.ask(&format!("/dashboard/deployments?find={words}")).await.text;
        ["101-1", "102-1"].map(|id| page.contains(&format!(">{id}</a>")))
    };
    assert_eq!(found("").await, [true, true]);
    assert_eq!(found("game/GAME").await, [true, true], "the place, in any case");
    assert_eq!(found("staging+game").await, [false, true], "all words");
    assert_eq!(found("imagepullbackoff").await, [true, false], "the reason");
    assert_eq!(found("100+%25").await, [true, false], "no word is a pattern");
    assert_eq!(found("1%25gone").await, [false, false], "no word is a pattern");
    assert_eq!(found(failed.id.as_str()).await, [true, false], "boathook's own id");
}

#[tokio::test(start_paused = true)]
async fn the_reason_of_a_failure_has_a_row_of_its_own_as_wide_as_the_table() {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body())).await.id;
    harness.play(&id, held("game")).await;
    harness.play(&id, vec![samples::step_failed("the pull failed")]).await;
    let row =
        "<tr class=\"why\"><td colspan=\"7\"><p class=\"reason rolling_back\">the pull failed</p>";
    for path in ["/", "/dashboard/deployments"] {
        let page = harness.ask(path).await.text;
        assert!(page.contains(row), "{path}: {page}");
        assert!(page.contains("<th scope=\"col\">Took</th></tr>"), "as many columns: {page}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_is_a_page_for_browsers_and_json_for_programs() {
    let harness = Harness::new();
    let asked = async |path: &str, accept: &str| {
        let request = TestRequest::with_uri(path)
            .insert_header(("Host", "localhost"))
            .insert_header(("Accept", accept));
        harness.visit(request).await
    };
    for path in ["/dashboard/lost", "/nothing/%3Cscript%3E", "/v1/lost"] {
        let page = asked(path, "text/html,*/*;q=0.8").await;
        assert_eq!(
            (page.status, page.header("content-type")),
            (404, Some("text/html; charset=utf-8")),
            "{path}"
        );
        expect![[r#"
            Not Found
            boathook answered: not found.
            No page and no deployment has this address. Records of old deployments are removed after a while; the list finds those that are there."#]]
        .assert_eq(&seen(&page.text));
        assert!(page.text.contains("<a href=\"/dashboard/deployments\">Deployments</a>"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        for accept in ["*/*", "application/json"] {
            let json = asked(path, accept).await;
            assert_eq!((json.status, json.text.as_str()), (404, r#"{"error":"not found"}"#));
        }
    }
    let lost = asked("/dashboard/deployments/%3Cb%3Elost", "text/html").await;
    assert!(seen(&lost.text).contains("there is no deployment `&lt;b&gt;lost`"), "{}", lost.text);
    let wrong_method = asked("/v1/locks/end", "text/html").await;
    assert_eq!(
        (wrong_method.status, wrong_method.header("allow").is_some()),
        (404, false),
        "what only changes is not on loopback"
    );
}

#[tokio::test(start_paused = true)]
async fn the_audit_page_says_when_who_what_and_where_with_the_line_itself_on_demand() {
    let harness = Harness::new();
    assert!(seen(&harness.ask("/dashboard/audit").await.text).contains("No line is there yet."));
    let id = harness.accept(Delivery::of(&body())).await.id;
    let line = |number: u64, what: &str, who: Value, rest: Value| {
        let mut line = json!({"number": number, "previous": "p", "hash": "h", "at": "2026-08-01T10:00:00Z", "what": what, "who": who});
        line.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        harness.write_audit_line(&line);
    };
    let sender = json!({"secret": "ci", "triggered_by": "jane", "client": "192.0.2.7"});
    line(1, "accepted", sender, json!({"deployment": id, "image": "registry.example/game:1"}));
    let boathook = json!({"program": "boathook"});
    let argv = json!({"deployment": id, "argv": ["kubectl", "get", "a b"]});
    line(2, "command_started", boathook.clone(), argv);
    line(3, "step_started", boathook, json!({"deployment": "gone", "step": "pull_image"}));
    let lock =
        json!({"environment": "production", "service": "shop/web", "reason": "<b>hands off"});
    line(4, "locked", json!({"operator": "ada"}), lock);
    let page = harness.ask("/dashboard/audit").await.text;
    expect![[r#"
        Audit
        Deployment Programs too Show Newest lines
        Lines of the audit log, newest first
        When What Who Where Deployment
        2026-08-01 10:00:00 UTC locked ada shop/web in production
        reason &lt;b&gt;hands off Line 4
        {&quot;at&quot;:&quot;2026-08-01T10:00:00Z&quot;,&quot;environment&quot;:&quot;production&quot;,&quot;hash&quot;:&quot;h&quot;,&quot;number&quot;:4,&quot;previous&quot;:&quot;p&quot;,&quot;reason&quot;:&quot;&lt;b&gt;hands off&quot;,&quot;service&quot;:&quot;shop/web&quot;,&quot;what&quot;:&quot;locked&quot;,&quot;who&quot;:{&quot;operator&quot;:&quot;ada&quot;}}
        2026-08-01 10:00:00 UTC step started boathook gone
        step pull_image Line 3
        {&quot;at&quot;:&quot;2026-08-01T10:00:00Z&quot;,&quot;deployment&quot;:&quot;gone&quot;,&quot;hash&quot;:&quot;h&quot;,&quot;number&quot;:3,&quot;previous&quot;:&quot;p&quot;,&quot;step&quot;:&quot;pull_image&quot;,&quot;what&quot;:&quot;step_started&quot;,&quot;who&quot;:{&quot;program&quot;:&quot;boathook&quot;}}
        2026-08-01 10:00:00 UTC accepted jane, secret ci, from 192.0.2.7 game/game in development 101-1
        image registry.example/game:1 Line 1
        {&quot;at&quot;:&quot;2026-08-01T10:00:00Z&quot;,&quot;deployment&quot;:&quot;ID&quot;,&quot;hash&quot;:&quot;h&quot;,&quot;image&quot;:&quot;registry.example/game:1&quot;,&quot;number&quot;:1,&quot;previous&quot;:&quot;p&quot;,&quot;what&quot;:&quot;accepted&quot;,&quot;who&quot;:{&quot;client&quot;:&quot;192.0.2.7&quot;,&quot;secret&quot;:&quot;ci&quot;,&quot;triggered_by&quot;:&quot;jane&quot;}}"#]].assert_eq(&seen(&page).replace(id.as_str(), "ID"));
    assert!(page.contains("<details id=\"line-4\" class=\"raw\"><summary>"), "folded up: {page}");
    let learned = json!({"deployment": "gone", "learned": [
        {"finding": "serving", "is": {"percent": 50}}, {"finding": "generation", "is": 31},
    ]});
    line(5, "step_ended", json!({"program": "boathook"}), learned);
    let in_words = seen(&harness.ask("/dashboard/audit").await.text);
    assert!(
        in_words.contains("learned new revision gets 50 % of requests; generation 31 Line 5"),
        "{in_words}"
    );
    let with_programs = seen(&harness.ask("/dashboard/audit?programs=yes").await.text);
    assert!(with_programs.contains("argv kubectl get &#39;a b&#39;"), "{with_programs}");
    for name in [id.as_str(), "101-1"] {
        let of_one = seen(&harness.ask(&format!("/dashboard/audit?deployment={name}")).await.text);
        assert!(of_one.contains("accepted") && !of_one.contains("locked"), "{name}: {of_one}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_audit_page_has_earlier_lines_on_further_pages() {
    let harness = Harness::new();
    for number in 1..=450 {
        harness.write_audit_line(&json!({"number": number, "what": "started", "who": {}}));
    }
    let mut path = "/dashboard/audit?programs=yes".to_owned();
    let mut seen = Vec::new();
    loop {
        let text = harness.ask(&path).await.text;
        let numbers = text.split("<details id=\"line-").skip(1);
        seen.push(
            numbers.filter_map(|line| line.split('"').next()?.parse().ok()).collect::<Vec<u32>>(),
        );
        let Some((before, _)) = text.split_once("\">Older</a>") else { break };
        path = before.rsplit_once("href=\"").unwrap().1.replace("&amp;", "&");
    }
    assert_eq!(seen.iter().map(Vec::len).collect::<Vec<_>>(), [200, 200, 50]);
    assert_eq!(seen.concat(), (1..=450).rev().collect::<Vec<_>>());
}
