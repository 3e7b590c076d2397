//! What a Prometheus reads on the operator's side.

use std::{sync::Arc, time::Duration};

use boathook::{config::Approve, intake::RequestLimit};
use boathook_core::{
    api_server::ProxyEvent,
    deployment::{Actor, Environment},
    health::{Figures, Numbers, Times},
    record::{
        AfterBad, CommandEvent, DeploymentEvent, Event, Outcome, Place, StepEvent, WatchEnd,
        WatchEvent,
    },
    rollout::Observation,
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    delivery::{Delivery, NOW, body, body_with},
    harness::{BODY_MAX, Harness},
    samples::{
        self, QUEUE, command_started, ended, image, plan, plan_from, service, step_ended,
        step_failed, step_started, success, watched_success,
    },
};
use expect_test::expect;
use serde_json::json;
use tokio::time::advance;

use crate::support::exposition::Scrape;

async fn scrape(harness: &Harness) -> Scrape {
    let answer = harness.ask("/metrics").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/plain; version=0.0.4; charset=utf-8"))
    );
    Scrape::of(&answer.text)
}

/// What is counted, without what differs from build to build and from disk to disk.
async fn counted(harness: &Harness) -> String {
    let result = scrape(harness).await.not_zero();
    let other = [
        "boathook_build_info",
        "boathook_journal_",
        "boathook_audit_",
        "boathook_state_",
        "boathook_queue_limit",
        "boathook_leads",
        "process_",
    ];
    let stays = |line: &&str| {
        !other.iter().any(|start| line.starts_with(start)) && !line.contains("_not_after_")
    };
    result.lines().filter(stays).collect::<Vec<_>>().join("\n")
}

async fn deploy(harness: &Harness, id: &str) {
    let id = harness.accept(Delivery::of(&body_with(json!({"deployment_id": id})))).await.id;
    harness
        .play(
            &id,
            success(
                "game",
                "game-00002",
                &image(&format!("registry.example/game@sha256:{}", "b".repeat(64))),
            ),
        )
        .await;
}

fn numbers(samples: u64, failures: u64) -> Numbers {
    Numbers { samples, failures, p50_ms: 1, p95_ms: 2, max_ms: 3, last_failure: None }
}

#[tokio::test(start_paused = true)]
async fn what_happened_since_the_start_is_counted() {
    let harness = Harness::new();
    deploy(&harness, "101-1").await;
    let id = harness.accept(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await.id;
    harness
        .play(
            &id,
            vec![
                Event::Deployment(DeploymentEvent::Started),
                Event::Deployment(DeploymentEvent::Planned {
                    plan: plan_from("game", "game-00001"),
                }),
                step_started(),
            ],
        )
        .await;
    advance(Duration::from_secs(20)).await;
    let health = Observation::Health {
        of: "candidate".to_owned(),
        numbers: numbers(5, 2),
        times: Times::default(),
    };
    harness.play(&id, vec![step_ended(vec![health]), step_started()]).await;
    advance(Duration::from_secs(40)).await;
    harness
        .play(
            &id,
            vec![
                step_failed("bad"),
                step_started(),
                Event::Step(StepEvent::RollbackFailed { reason: "away".to_owned() }),
            ],
        )
        .await;
    assert_eq!(
        scrape(&harness).await.value(r#"boathook_deployments_in_progress{environment="development",status="rollback_failed"}"#),
        1.0
    );
    harness.play(&id, vec![step_started(), step_ended(vec![]), ended(Outcome::RolledBack)]).await;
    harness.accept(Delivery::of(&body_with(json!({"deployment_id": "103-1"})))).await;
    expect![[r#"
        boathook_command_duration_seconds_count{program="kubectl"} 1
        boathook_command_duration_seconds_sum{program="kubectl"} 0.012
        boathook_commands_total{program="kubectl",exit="success"} 1
        boathook_deployment_duration_seconds_count{environment="development",end="rolled_back"} 1
        boathook_deployment_duration_seconds_count{environment="development",end="succeeded"} 1
        boathook_deployment_duration_seconds_sum{environment="development",end="rolled_back"} 60
        boathook_deployment_wait_seconds_count{environment="development"} 2
        boathook_deployments_accepted_total{environment="development"} 3
        boathook_deployments_in_progress{environment="development",status="queued"} 1
        boathook_deployments_total{environment="development",end="rolled_back"} 1
        boathook_deployments_total{environment="development",end="succeeded"} 1
        boathook_probe_samples_total{environment="development",of="candidate",result="healthy"} 3
        boathook_probe_samples_total{environment="development",of="candidate",result="unhealthy"} 2
        boathook_requests_total{handler="webhook",result="accepted"} 3
        boathook_rollback_failures_total{environment="development"} 1
        boathook_rollbacks_total{environment="development"} 1
        boathook_secret_uses_total{environment="development",secret="development-1"} 3
        boathook_step_duration_seconds_count{step="pin_traffic",result="done"} 1
        boathook_step_duration_seconds_count{step="pin_traffic",result="failed"} 1
        boathook_step_duration_seconds_count{step="pull_image",result="done"} 2
        boathook_step_duration_seconds_count{step="shift_traffic",result="done"} 1
        boathook_step_duration_seconds_count{step="shift_traffic",result="failed"} 1
        boathook_step_duration_seconds_sum{step="pull_image",result="done"} 20
        boathook_step_duration_seconds_sum{step="shift_traffic",result="failed"} 40"#]]
    .assert_eq(&counted(&harness).await);
}

#[tokio::test(start_paused = true)]
async fn what_never_happened_stands_at_zero_so_that_the_first_time_is_seen_as_a_rise() {
    let page = scrape(&Harness::new()).await;
    for series in [
        r#"boathook_deployments_total{environment="production",end="failed"}"#,
        r#"boathook_deployments_accepted_total{environment="production"}"#,
        r#"boathook_rollbacks_total{environment="staging"}"#,
        r#"boathook_deployments_in_progress{environment="production",status="queued"}"#,
        "boathook_journal_commit_failures_total",
    ] {
        assert_eq!(page.value(series), 0.0, "{series}");
    }
}

/// How many requests for webhooks came to what.
async fn webhooks(harness: &Harness, result: &str) -> f64 {
    scrape(harness)
        .await
        .value(&format!(r#"boathook_requests_total{{handler="webhook",result="{result}"}}"#))
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_counted_from_the_opening_of_its_window_also_after_a_restart() {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body())).await.id;
    advance(Duration::from_secs(600)).await;
    let opens_at = NOW.parse().unwrap();
    let waited =
        [DeploymentEvent::AwaitsWindow { opens_at, held: None }, DeploymentEvent::WindowOpened];
    samples::append_all(&harness.journal, &id, waited.map(Event::Deployment).to_vec()).await;
    let harness = harness.restarted();
    advance(Duration::from_secs(660)).await;
    harness.play(&id, vec![Event::Deployment(DeploymentEvent::Started)]).await;
    let sum = r#"boathook_deployment_wait_seconds_sum{environment="development"}"#;
    assert_eq!(scrape(&harness).await.value(sum), 60.0);
}

#[tokio::test(start_paused = true)]
async fn requests_are_counted_by_what_became_of_them() {
    let harness = Harness::with(|admission| admission.queue_limit = 1);
    let deployed = || Delivery::of(&body_with(json!({"deployment_id": "101-1"})));
    let other = |event: &str| deployed().header("X-GitHub-Event", event);
    let sent = [
        ("accepted", deployed()),
        ("repeat", deployed()),
        ("dry_run", Delivery::of(&body_with(json!({"deployment_id": "102-1", "dry_run": true})))),
        ("ping", other("ping")),
        ("ignored", other("push")),
        ("bad_signature", deployed().signed_by(b"the secret of nobody at all")),
        ("malformed", Delivery::raw(b"{")),
        ("too_large", Delivery::raw(&[b' '; BODY_MAX + 1])),
        (
            "not_allowed",
            Delivery::of(&body_with(
                json!({"deployment_id": "103-1", "image": "evil.example/game:1"}),
            )),
        ),
        (
            "conflict",
            Delivery::of(&body_with(
                json!({"deployment_id": "101-1", "image": "registry.example/game:9"}),
            )),
        ),
        ("queue_full", Delivery::of(&body_with(json!({"deployment_id": "104-1"})))),
        ("not_found", Delivery::get("/webhook/evil")),
    ];
    for (result, delivery) in sent {
        assert_eq!(webhooks(&harness, result).await, 0.0, "{result}");
        let answer = harness.send(delivery).await;
        assert_eq!(
            webhooks(&harness, result).await,
            1.0,
            "{result}: {} {}",
            answer.status,
            answer.text
        );
    }
    let all = scrape(&harness).await.not_zero();
    assert_eq!(
        all.lines().filter(|line| line.starts_with("boathook_requests_total")).count(),
        12,
        "each is counted once: {all}"
    );
}

#[tokio::test(start_paused = true)]
async fn requests_that_are_refused_before_anything_is_read_and_those_that_meet_a_lock_are_counted_too()
 {
    let mut harness = Harness::new();
    let place = Place { environment: Environment::DEVELOPMENT, service: None };
    harness.journal.lock(place, "migration".to_owned(), Actor::new("ada"), None).await.unwrap();
    harness.public.requests = Arc::new(RequestLimit::per_minute(1));
    assert_eq!(harness.send(Delivery::of(&body())).await.status, 423);
    assert_eq!(harness.send(Delivery::of(&body())).await.status, 429);
    assert_eq!(
        (webhooks(&harness, "locked").await, webhooks(&harness, "too_many").await),
        (1.0, 1.0)
    );
    assert_eq!(webhooks(&harness, "queue_full").await, 0.0, "that is another 429");
}

#[tokio::test(start_paused = true)]
async fn a_status_link_that_is_opened_and_one_that_is_guessed_are_counted_apart_from_webhooks() {
    let harness = Harness::new();
    let summary = harness.accept(Delivery::of(&body())).await;
    let link = harness.public.status_url(&summary).replace("https://hooks.example.com", "");
    assert_eq!(harness.get(&link).await.status, 200);
    assert_eq!(harness.get("/deployments/guessed?token=guessed").await.status, 404);
    assert_eq!(harness.get("/health").await.status, 200);
    assert_eq!(harness.get("/metrics").await.status, 404);
    let page = scrape(&harness).await;
    assert_eq!(page.value(r#"boathook_requests_total{handler="other",result="not_found"}"#), 1.0);
    assert_eq!(page.value(r#"boathook_requests_total{handler="status",result="shown"}"#), 1.0);
    assert_eq!(page.value(r#"boathook_requests_total{handler="status",result="not_found"}"#), 1.0);
    assert_eq!(webhooks(&harness, "accepted").await, 1.0);
    assert_eq!(webhooks(&harness, "not_found").await, 0.0);
}

#[tokio::test(start_paused = true)]
async fn the_room_that_record_and_audit_log_take_and_have_is_reported() {
    let harness = Harness::new();
    let page = scrape(&harness).await;
    assert!(page.value("boathook_journal_size_bytes") > 0.0);
    assert_eq!(
        (page.value("boathook_audit_log_size_bytes"), page.value("boathook_audit_log_files")),
        (0.0, 0.0)
    );
    assert!(
        page.value("boathook_state_filesystem_size_bytes")
            >= page.value("boathook_state_filesystem_free_bytes")
    );
    harness.write_audit_line(&json!({"number": 1}));
    let page = scrape(&harness).await;
    assert_eq!(
        (page.value("boathook_audit_log_size_bytes"), page.value("boathook_audit_log_files")),
        (13.0, 1.0)
    );
    assert_eq!(page.value("boathook_audit_log_lag_records"), 0.0);
    harness.accept(Delivery::of(&body())).await;
    assert_eq!(
        scrape(&harness).await.value("boathook_audit_log_lag_records"),
        1.0,
        "nobody writes the log in this world"
    );
}

#[tokio::test(start_paused = true)]
async fn locks_the_limit_of_the_queue_and_what_ends_are_reported_as_they_are() {
    let harness = Harness::new();
    let page = scrape(&harness).await;
    assert_eq!(page.value("boathook_queue_limit"), 100.0);
    assert_eq!(page.value("boathook_tls_certificate_not_after_timestamp_seconds"), 1_788_220_800.0);
    assert_eq!(page.value("boathook_kubeconfig_not_after_timestamp_seconds"), 1_788_134_400.0);
    let place = Place { environment: Environment::STAGING, service: None };
    harness
        .journal
        .lock(place, "migration".to_owned(), Actor::new("ada"), Some(NOW.parse().unwrap()))
        .await
        .unwrap();
    let place = Place { environment: Environment::PRODUCTION, service: None };
    harness.journal.lock(place, "migration".to_owned(), Actor::new("ada"), None).await.unwrap();
    let page = scrape(&harness).await;
    assert_eq!(page.value(r#"boathook_locks{environment="production"}"#), 1.0);
    assert_eq!(page.value(r#"boathook_locks{environment="staging"}"#), 0.0, "it has ended");
}

#[tokio::test(start_paused = true)]
async fn held_services_and_withdrawn_digests_are_counted() {
    let harness = Harness::new();
    for (number, letter) in [("1", "a"), ("2", "b")] {
        let body = body_with(json!({"deployment_id": number, "timestamp": null}));
        let id = harness.accept(Delivery::of(&body)).await.id;
        let digest = image(&format!("registry.example/acme/game@sha256:{}", letter.repeat(64)));
        harness.play(&id, success("game", &format!("game-0000{number}"), &digest)).await;
    }
    let page = scrape(&harness).await;
    assert_eq!(page.value(r#"boathook_held_services{environment="development"}"#), 0.0);
    let order =
        samples::rollback(Environment::DEVELOPMENT, &service("game"), None, Actor::new("ada"));
    harness.journal.order_rollback(order, QUEUE).await.unwrap();
    let page = scrape(&harness).await;
    assert_eq!(page.value(r#"boathook_held_services{environment="development"}"#), 1.0);
    assert_eq!(page.value(r#"boathook_withdrawals_total{by="operator"}"#), 1.0);
    assert_eq!(page.value(r#"boathook_withdrawals_total{by="rollback"}"#), 0.0);
}

#[tokio::test(start_paused = true)]
async fn watched_services_and_the_ends_of_watches_are_counted_with_their_probes() {
    let harness = Harness::new();
    let body = body_with(json!({"deployment_id": "1", "timestamp": null}));
    let id = harness.accept(Delivery::of(&body)).await.id;
    let digest = image(&format!("registry.example/acme/game@sha256:{}", "a".repeat(64)));
    harness.play(&id, watched_success("game", "game-00001", &digest)).await;
    let page = scrape(&harness).await;
    assert_eq!(page.value(r#"boathook_watched_services{environment="development"}"#), 1.0);
    assert_eq!(page.value(r#"boathook_watches_total{environment="development",end="bad"}"#), 0.0);
    let times = Times { counts: vec![720; 13], sum_ms: 1000 };
    let figures = Figures { samples: 720, failures: 3, times };
    let then = AfterBad::Stays { why: "no".to_owned() };
    let end = WatchEnd::Bad { reason: "bad".to_owned(), then };
    harness.play(&id, vec![WatchEvent::WatchEnded { end, figures }.into()]).await;
    let page = scrape(&harness).await;
    assert_eq!(page.value(r#"boathook_watched_services{environment="development"}"#), 0.0);
    assert_eq!(page.value(r#"boathook_watches_total{environment="development",end="bad"}"#), 1.0);
    let failed = r#"boathook_probe_samples_total{environment="development",of="service",result="unhealthy"}"#;
    assert_eq!(page.value(failed), 3.0);
}

#[tokio::test(start_paused = true)]
async fn what_this_process_takes_is_reported_under_the_names_that_every_dashboard_knows() {
    let page = scrape(&Harness::new()).await;
    let held = page.value("process_resident_memory_bytes");
    let set_aside = page.value("process_virtual_memory_bytes");
    assert!(held > 1e6 && held < set_aside, "{held} of {set_aside}");
    assert!(page.value("process_threads") >= 1.0);
    assert!(
        page.value("process_open_fds") >= 3.0
            && page.value("process_open_fds") <= page.value("process_max_fds")
    );
    assert!(page.value("process_cpu_seconds_total") >= 0.0);
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_an_approval_is_no_wait_in_the_queue() {
    let harness =
        Harness::with(|admission| admission.policies[0].config.approval.required = Approve::Always);
    let id = harness.accept(Delivery::of(&body())).await.id;
    advance(Duration::from_secs(600)).await;
    harness
        .play(&id, vec![Event::Deployment(DeploymentEvent::Approved { by: Actor::new("ada") })])
        .await;
    advance(Duration::from_secs(7)).await;
    harness.play(&id, vec![Event::Deployment(DeploymentEvent::Started)]).await;
    assert_eq!(
        scrape(&harness)
            .await
            .value(r#"boathook_deployment_wait_seconds_sum{environment="development"}"#),
        7.0
    );
}

#[tokio::test(start_paused = true)]
async fn response_times_of_probes_add_up_over_series_and_records_of_older_builds_have_none() {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body())).await.id;
    let first = Times { counts: vec![0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], sum_ms: 215 };
    let second = Times { counts: vec![0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], sum_ms: 31_009 };
    let health =
        |times| Observation::Health { of: "candidate".to_owned(), numbers: numbers(3, 0), times };
    let older = r#"{"finding":"health","is":{"of":"service","numbers":{"samples":3,"failures":0,"p50_ms":1,"p95_ms":2,"max_ms":3}}}"#;
    let findings = vec![health(first), health(second), serde_json::from_str(older).unwrap()];
    harness
        .play(
            &id,
            vec![
                Event::Deployment(DeploymentEvent::Started),
                Event::Deployment(DeploymentEvent::Planned { plan: plan("game") }),
                step_started(),
                step_ended(findings),
            ],
        )
        .await;
    let page = scrape(&harness).await;
    let bucket = |le: &str| {
        page.value(&format!(r#"boathook_probe_duration_seconds_bucket{{environment="development",of="candidate",le="{le}"}}"#))
    };
    assert_eq!(["0.005", "0.01", "0.25", "30", "+Inf"].map(bucket), [0.0, 3.0, 4.0, 4.0, 5.0]);
    assert_eq!(
        page.value(
            r#"boathook_probe_duration_seconds_sum{environment="development",of="candidate"}"#
        ),
        31.224
    );
    assert!(
        !page
            .series()
            .iter()
            .any(|series| series.contains("probe_duration") && series.contains("service"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_restart_begins_at_zero_and_still_times_what_was_under_way() {
    let harness = Harness::new();
    deploy(&harness, "101-1").await;
    let id = harness.accept(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await.id;
    harness
        .play(
            &id,
            vec![
                Event::Deployment(DeploymentEvent::Started),
                Event::Deployment(DeploymentEvent::Planned { plan: plan("game") }),
                step_started(),
            ],
        )
        .await;
    let harness = harness.restarted();
    advance(Duration::from_secs(90)).await;
    harness
        .play(&id, vec![step_started(), step_failed("no such image"), ended(Outcome::Failed)])
        .await;
    expect![[r#"
        boathook_deployment_duration_seconds_count{environment="development",end="failed"} 1
        boathook_deployment_duration_seconds_sum{environment="development",end="failed"} 90
        boathook_deployments_total{environment="development",end="failed"} 1
        boathook_step_duration_seconds_count{step="pull_image",result="failed"} 1
        boathook_step_duration_seconds_sum{step="pull_image",result="failed"} 90"#]]
    .assert_eq(&counted(&harness).await);
}

#[tokio::test(start_paused = true)]
async fn no_text_of_a_sender_or_a_program_ever_is_a_label() {
    let harness = Harness::new();
    deploy(&harness, "101-1").await;
    let known = scrape(&harness).await.series().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let hostile = json!({
        "deployment_id": "evil\"}1",
        "commit_sha": "evil",
        "triggered_by": "evil\"",
        "evil": "evil",
    });
    let id = harness
        .accept(Delivery::of(&body_with(hostile)).header("X-GitHub-Delivery", "evil"))
        .await
        .id;
    let command = |command, argv: &str| {
        Event::Command(CommandEvent::CommandStarted { command, argv: vec![argv.to_owned()] })
    };
    let ending = |command, exit: &str| {
        Event::Command(CommandEvent::CommandEnded {
            command,
            exit: exit.to_owned().into(),
            duration_ms: 1,
            stdout: "evil".to_owned(),
            stderr: "evil".to_owned(),
        })
    };
    let of = Observation::Health {
        of: "evil".to_owned(),
        numbers: numbers(1, 1),
        times: Times::default(),
    };
    let steps = vec![
        Event::Deployment(DeploymentEvent::Started),
        command(1, "/usr/bin/evil"),
        ending(1, "evil"),
        command(2, "/usr/local/bin/crictl"),
        ending(2, "ended by signal 9"),
        command_started(3),
        ending(3, "exit code 1"),
        Event::Deployment(DeploymentEvent::Planned { plan: plan("game") }),
        Event::Step(StepEvent::StepStarted { step: "evil\"} 1".to_owned() }),
        Event::Step(StepEvent::StepLearned { finding: of }),
        step_failed("evil"),
        ended(Outcome::Failed),
    ];
    harness.play(&id, steps).await;
    harness.send(Delivery::get("/webhook/evil")).await;
    let page = scrape(&harness).await;
    let new = page
        .series()
        .into_iter()
        .filter(|series| !known.iter().any(|one| one == series) && !series.contains("_bucket"));
    let new = new.collect::<Vec<_>>().join("\n");
    assert!(!new.contains("evil"), "{new}");
    expect![[r#"
        boathook_command_duration_seconds_count{program="crictl"}
        boathook_command_duration_seconds_count{program="other"}
        boathook_command_duration_seconds_sum{program="crictl"}
        boathook_command_duration_seconds_sum{program="other"}
        boathook_commands_total{program="crictl",exit="signal"}
        boathook_commands_total{program="kubectl",exit="failure"}
        boathook_commands_total{program="other",exit="not_run"}
        boathook_deployment_duration_seconds_count{environment="development",end="failed"}
        boathook_deployment_duration_seconds_sum{environment="development",end="failed"}
        boathook_probe_samples_total{environment="development",of="service",result="healthy"}
        boathook_probe_samples_total{environment="development",of="service",result="unhealthy"}
        boathook_step_duration_seconds_count{step="pull_image",result="failed"}
        boathook_step_duration_seconds_sum{step="pull_image",result="failed"}"#]]
    .assert_eq(&new);
}

#[tokio::test(start_paused = true)]
async fn the_ends_of_the_proxy_are_counted_by_who_ended_it() {
    let harness = Harness::new();
    let ended = |reason| ProxyEvent::Ended {
        exit: "ended by signal 9".to_owned(),
        duration: Duration::from_secs(1),
        reason,
        stderr: String::new(),
    };
    for event in [
        ProxyEvent::Started { argv: Vec::new() },
        ended(None),
        ended(Some("nobody reads")),
        ended(None),
    ] {
        harness.counters.proxy_ends.note(&event);
    }
    let page = scrape(&harness).await;
    let ends = |by| page.value(&format!("boathook_api_proxy_ends_total{{by=\"{by}\"}}"));
    assert_eq!((ends("boathook"), ends("itself")), (1.0, 2.0));
}

#[tokio::test(start_paused = true)]
async fn more_deployments_do_not_make_more_series() {
    let harness = Harness::new();
    deploy(&harness, "101-1").await;
    let before = scrape(&harness).await.series().len();
    for id in 0..20 {
        deploy(&harness, &format!("{id}-2")).await;
    }
    let page = scrape(&harness).await;
    assert_eq!(page.series().len(), before);
    assert_eq!(
        page.value(r#"boathook_deployments_total{environment="development",end="succeeded"}"#),
        21.0
    );
}
