//! What a Prometheus reads on the operator's side.

use std::{collections::BTreeSet, time::Duration};

use boathook::{
    health::Numbers,
    journal::{End, Event},
    plan::Finding,
};
use expect_test::expect;
use serde_json::json;
use tokio::time::advance;

use crate::{
    delivery::{Delivery, body, body_with},
    exposition::Scrape,
    samples::{command_started, ended, image, plan, plan_from, step_ended, step_failed, step_started, success},
    world::World,
};

async fn scrape(world: &World) -> Scrape {
    let answer = world.ask("/metrics").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain; version=0.0.4; charset=utf-8")));
    Scrape::of(&answer.text)
}

/// What is counted, without what differs from build to build and from disk to disk.
async fn counted(world: &World) -> String {
    let told = scrape(world).await.not_zero();
    let stays = |line: &&str| !["boathook_build_info", "boathook_journal_", "process_"].iter().any(|start| line.starts_with(start));
    told.lines().filter(stays).collect::<Vec<_>>().join("\n")
}

async fn deploy(world: &World, id: &str) {
    let job = world.accept(Delivery::of(&body_with(json!({"deployment_id": id})))).await.job;
    world.play(&job, success("game", "game-00002", &image(&format!("registry.example/game@sha256:{}", "b".repeat(64))))).await;
}

fn numbers(samples: u64, failures: u64) -> Numbers {
    Numbers { samples, failures, p50_ms: 1, p95_ms: 2, max_ms: 3, last_failure: None }
}

#[tokio::test(start_paused = true)]
async fn what_happened_since_the_start_is_counted() {
    let world = World::new();
    deploy(&world, "101-1").await;
    let job = world.accept(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await.job;
    world.play(&job, vec![Event::Started, Event::Planned { plan: plan_from("game", "game-00001") }, step_started()]).await;
    advance(Duration::from_secs(20)).await;
    let health = Finding::Health { of: "candidate".to_owned(), numbers: numbers(5, 2) };
    world.play(&job, vec![step_ended(vec![health]), step_started()]).await;
    advance(Duration::from_secs(40)).await;
    world.play(&job, vec![step_failed("bad"), step_started(), Event::Stuck { reason: "away".to_owned() }]).await;
    assert_eq!(scrape(&world).await.value(r#"boathook_deployments_in_progress{environment="development",status="stuck"}"#), 1.0);
    world.play(&job, vec![step_started(), step_ended(vec![]), ended(End::RolledBack)]).await;
    world.accept(Delivery::of(&body_with(json!({"deployment_id": "103-1"})))).await;
    expect![[r#"
        boathook_command_duration_seconds_count{program="kubectl"} 1
        boathook_command_duration_seconds_sum{program="kubectl"} 0.012
        boathook_commands_total{program="kubectl",exit="success"} 1
        boathook_deployment_duration_seconds_count{environment="development",end="rolled_back"} 1
        boathook_deployment_duration_seconds_count{environment="development",end="succeeded"} 1
        boathook_deployment_duration_seconds_sum{environment="development",end="rolled_back"} 60
        boathook_deployments_accepted_total{environment="development"} 3
        boathook_deployments_in_progress{environment="development",status="queued"} 1
        boathook_deployments_total{environment="development",end="rolled_back"} 1
        boathook_deployments_total{environment="development",end="succeeded"} 1
        boathook_probe_samples_total{environment="development",of="candidate",result="unwell"} 2
        boathook_probe_samples_total{environment="development",of="candidate",result="well"} 3
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
    .assert_eq(&counted(&world).await);
}

#[tokio::test(start_paused = true)]
async fn what_never_happened_stands_at_nought_so_that_the_first_time_is_seen_as_a_rise() {
    let page = scrape(&World::new()).await;
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

#[tokio::test(start_paused = true)]
async fn refused_webhooks_are_counted_by_status() {
    let world = World::new();
    for _ in 0..2 {
        world.send(Delivery::of(&body()).signed_by(b"the secret of nobody at all")).await;
    }
    world.send(Delivery::raw(b"{")).await;
    let page = scrape(&world).await;
    assert_eq!(page.value(r#"boathook_requests_refused_total{status="401"}"#), 2.0);
    assert_eq!(page.value(r#"boathook_requests_refused_total{status="400"}"#), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_restart_begins_at_nought_and_still_times_what_was_under_way() {
    let world = World::new();
    deploy(&world, "101-1").await;
    let job = world.accept(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await.job;
    world.play(&job, vec![Event::Started, Event::Planned { plan: plan("game") }, step_started()]).await;
    let world = world.restarted();
    advance(Duration::from_secs(90)).await;
    world.play(&job, vec![step_started(), step_failed("no such image"), ended(End::Failed)]).await;
    expect![[r#"
        boathook_deployment_duration_seconds_count{environment="development",end="failed"} 1
        boathook_deployment_duration_seconds_sum{environment="development",end="failed"} 90
        boathook_deployments_total{environment="development",end="failed"} 1
        boathook_step_duration_seconds_count{step="pull_image",result="failed"} 1
        boathook_step_duration_seconds_sum{step="pull_image",result="failed"} 90"#]]
    .assert_eq(&counted(&world).await);
}

#[tokio::test(start_paused = true)]
async fn no_text_of_a_sender_or_a_program_ever_is_a_label() {
    let world = World::new();
    deploy(&world, "101-1").await;
    let known = scrape(&world).await.series().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let hostile = json!({"deployment_id": "evil\"}1", "commit_sha": "evil", "triggered_by": "evil\"", "evil": "evil"});
    let job = world.accept(Delivery::of(&body_with(hostile)).header("X-GitHub-Delivery", "evil")).await.job;
    let command = |command, argv: &str| Event::CommandStarted { command, argv: vec![argv.to_owned()] };
    let ending = |command, exit: &str| Event::CommandEnded {
        command,
        exit: exit.to_owned(),
        duration_ms: 1,
        stdout: "evil".to_owned(),
        stderr: "evil".to_owned(),
    };
    let of = Finding::Health { of: "evil".to_owned(), numbers: numbers(1, 1) };
    let steps = vec![
        Event::Started,
        command(1, "/usr/bin/evil"),
        ending(1, "evil"),
        command(2, "/usr/local/bin/crictl"),
        ending(2, "ended by signal 9"),
        command_started(3),
        ending(3, "exit code 1"),
        Event::Planned { plan: plan("game") },
        Event::StepStarted { step: "evil\"} 1".to_owned() },
        Event::StepLearned { finding: of },
        step_failed("evil"),
        ended(End::Failed),
    ];
    world.play(&job, steps).await;
    world.send(Delivery::get("/webhook/evil")).await;
    let page = scrape(&world).await;
    let new = page.series().into_iter().filter(|series| !known.iter().any(|one| one == series) && !series.contains("_bucket"));
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
        boathook_probe_samples_total{environment="development",of="service",result="unwell"}
        boathook_probe_samples_total{environment="development",of="service",result="well"}
        boathook_requests_refused_total{status="404"}
        boathook_step_duration_seconds_count{step="pull_image",result="failed"}
        boathook_step_duration_seconds_sum{step="pull_image",result="failed"}"#]]
    .assert_eq(&new);
}

/// The metrics that a text names.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("boathook_")).map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn alerts_and_guide_name_only_metrics_that_exist_and_the_guide_names_all() {
    let page = World::new().ask("/metrics").await.text;
    let exist = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect::<Vec<_>>().join(" ");
    let (exist, guide) = (named(&exist), named(include_str!("../../docs/GUIDE.md")));
    assert_eq!(guide, exist);
    let alerts = named(include_str!("../../docs/monitoring/alerts.yaml"));
    assert!(!alerts.is_empty() && alerts.is_subset(&exist), "{:?}", alerts.difference(&exist).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn more_deployments_do_not_make_more_series() {
    let world = World::new();
    deploy(&world, "101-1").await;
    let before = scrape(&world).await.series().len();
    for id in 0..20 {
        deploy(&world, &format!("{id}-2")).await;
    }
    let page = scrape(&world).await;
    assert_eq!(page.series().len(), before);
    assert_eq!(page.value(r#"boathook_deployments_total{environment="development",end="succeeded"}"#), 21.0);
}
