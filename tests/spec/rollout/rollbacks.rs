//! What becomes of a bad image: stable serves everybody, and the record says why.

use std::{sync::Arc, time::Duration};

use boathook::plan::{Settings, Waits};
use boathook_core::{
    health::Window,
    record::{CommandEvent, DeploymentEvent, Event, Outcome, StepEvent},
    rollout::Step,
};
use boathook_process::{Command, Finished, RunError, Runner};
use boathook_sandbox::{Behaviour, FakeTools, Fault, Kind, Times};
use boathook_testing::rollout_harness::{
    Harness, REPOSITORY, RolloutResult, blue_green, manifest, request, settings,
};
use expect_test::expect;
use futures_util::{FutureExt, future::BoxFuture};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc::Sender;

#[tokio::test(start_paused = true)]
async fn a_crash_at_start_is_reported_within_seconds_with_its_exit_code_and_last_words() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let result = harness.deploy("crash").await;
    result.assert_end(Outcome::RolledBack);
    expect![
        "container user-container crashed (exit code 3): FATAL: cannot read \
         config"
    ]
    .assert_eq(result.reason());
    assert!(result.took() < Duration::from_secs(5), "{:?}\n{}", result.took(), result.timeline());
    assert_eq!(harness.serves(), "v1 100");
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn the_first_program_of_the_rollback_is_the_patch() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let result = harness.deploy("crash").await;
    let back = result
        .records
        .iter()
        .skip_while(|record| !matches!(record.event, Event::Step(StepEvent::StepFailed { .. })));
    let first = back
        .filter_map(|record| {
            if let Event::Command(CommandEvent::CommandStarted { argv, .. }) = &record.event {
                Some(argv)
            } else {
                None
            }
        })
        .next();
    assert_eq!(first.unwrap()[..4], ["kubectl", "patch", "ksvc", "game"], "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_crashed_revision_is_deleted_after_its_last_words_were_kept() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let result = harness.deploy("crash").await;
    let notes = result.outcome.findings.notes.join("\n");
    assert!(
        notes.contains("last words of container user-container: FATAL: cannot read config"),
        "{notes}"
    );
    assert!(
        notes.contains("revision game-00002, which never became ready, was deleted"),
        "{notes}"
    );
    assert_eq!(harness.revisions(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_does_not_exist_fails_at_the_pull_and_the_service_is_not_touched() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let result = harness.deploy("absent").await;
    result.assert_end(Outcome::Failed);
    assert!(
        result.reason().contains("registry.example/game:absent: not found"),
        "{}",
        result.reason()
    );
    assert!(result.reason().ends_with("the service was not changed"), "{}", result.reason());
    assert_eq!(harness.serves(), "v1 100");
}

#[tokio::test(start_paused = true)]
async fn with_pull_off_an_absent_image_is_reported_in_the_words_of_the_revision() {
    let harness = Harness::with(boathook::plan::Settings {
        pull: boathook::plan::Pull { enabled: false, ..settings().pull },
        ..boathook_testing::rollout_harness::settings()
    });
    harness.deploy("1").await;
    let result = harness.deploy("absent").await;
    result.assert_end(Outcome::RolledBack);
    assert!(
        result.reason().contains("ContainerMissing: Unable to fetch image"),
        "{}",
        result.reason()
    );
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_never_becomes_ready_goes_back_at_the_deadline_and_names_the_usual_cause() {
    let harness = Harness::new();
    harness.cluster.publish(REPOSITORY, "port", Behaviour::on_port("v5", 9999));
    harness.deploy("1").await;
    let result = harness.deploy("port").await;
    result.assert_end(Outcome::RolledBack);
    let port = "the image listens on another port than the manifest's containerPort (8080)";
    assert!(result.reason().contains(port), "{}", result.timeline());
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn a_node_without_room_is_borne_for_a_while() {
    let harness = Harness::new();
    harness.cluster.publish(REPOSITORY, "later", Behaviour::no_room("v6"));
    harness.deploy("1").await;
    let result = harness.deploy("later").await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(harness.serves(), "v6 100");
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_crashes_while_it_is_held_goes_back() {
    let harness = Harness::new();
    harness.cluster.publish(
        REPOSITORY,
        "leaky",
        Behaviour::crash_after("v7", Duration::from_secs(70), 137),
    );
    harness.deploy("1").await;
    let result = harness.deploy_request(blue_green("leaky", "b-1")).await;
    result.assert_end(Outcome::RolledBack);
    assert!(result.reason().contains("exit code 137"), "{}", result.reason());
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_the_kubelet_ends_in_a_hold_goes_back_and_names_the_probe() {
    let harness = Harness::new();
    harness.cluster.publish(
        REPOSITORY,
        "hangs",
        Behaviour::lives_for("v7", Duration::from_secs(70)),
    );
    let liveness = "          livenessProbe: {httpGet: {path: /alive}, periodSeconds: 2, \
                    failureThreshold: 2}\n          env:";
    harness.manifest("10-game.yaml", &manifest("hi").replace("          env:", liveness));
    harness.deploy("1").await;
    let result = harness.deploy_request(blue_green("hangs", "b-1")).await;
    result.assert_end(Outcome::RolledBack);
    expect![
        "container user-container crashed (exit code 143, restarted once): listening on 8080; \
         it was ended because of its probe: Liveness probe failed: HTTP probe failed with \
         statuscode: 500; correct the probe in the manifest, or what it asks for"
    ]
    .assert_eq(result.reason());
    harness.assert_back_on("game-00001");
}

/// A rollout of an image that crashes in its first hold, where neither probes nor polls would show
/// it for a long time; returns the result, and how long after the crash.
async fn crash_between_looks(harness: &Harness) -> (RolloutResult, Duration) {
    harness.cluster.publish(
        REPOSITORY,
        "leaky",
        Behaviour::crash_after("v7", Duration::from_secs(70), 137),
    );
    harness.deploy("1").await;
    let result = harness.deploy_request(blue_green("leaky", "b-1")).await;
    assert!(result.reason().contains("exit code 137"), "{}", result.timeline());
    let has_crashed = |change: &&Value| {
        let containers =
            change["object"]["status"]["containerStatuses"].as_array().into_iter().flatten();
        containers
            .map(|container| &container["state"]["terminated"]["exitCode"])
            .any(|exit_code| exit_code == 137)
    };
    let pods = harness.cluster.changes(Kind::Pod);
    let crashed: Timestamp =
        pods.iter().find(has_crashed).unwrap()["at"].as_str().unwrap().parse().unwrap();
    let failed = result
        .records
        .iter()
        .find(|record| matches!(record.event, Event::Step(StepEvent::StepFailed { .. })))
        .unwrap()
        .at;
    let after = failed.duration_since(crashed);
    (result, after.unsigned_abs())
}

#[tokio::test(start_paused = true)]
async fn a_crash_in_a_hold_is_seen_between_two_looks() {
    let (result, after) = crash_between_looks(&Harness::with(looking_rarely())).await;
    result.assert_end(Outcome::RolledBack);
    assert!(after < Duration::from_secs(1), "{after:?} after the crash\n{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn where_pods_may_not_be_watched_a_crash_is_seen_within_a_second() {
    let harness = Harness::with(looking_rarely());
    let refusal = "Error from server (Forbidden): pods is forbidden: User \"boathook\" cannot \
                   watch resource \"pods\"";
    harness.cluster.fail("watch pods", Times::UntilHealed, Fault::Exit(refusal.to_owned()));
    let (result, after) = crash_between_looks(&harness).await;
    result.assert_end(Outcome::RolledBack);
    assert!(after < Duration::from_secs(1), "{after:?} after the crash\n{}", result.timeline());
}

/// Looks in holds are 40 s apart, and no probe that fails is counted.
fn looking_rarely() -> Settings {
    let mut settings = settings();
    settings.waits.poll_interval = Duration::from_secs(40);
    settings.probing.rules.consecutive_failures = 1000;
    settings.probing.rules.window = Window { failures: 1000, of: 1000 };
    settings
}

#[tokio::test(start_paused = true)]
async fn bad_after_bad_stays_on_the_good_one_however_each_is_bad() {
    let harness = Harness::new();
    harness.cluster.publish(REPOSITORY, "errors", Behaviour::failing("v4", 100));
    harness.cluster.publish(REPOSITORY, "never", Behaviour::never_ready("v5"));
    harness.deploy("1").await;
    for tag in ["crash", "crash", "errors", "never", "errors", "crash"] {
        let result = harness.deploy(tag).await;
        assert_eq!(
            (result.end(), harness.serves().as_str()),
            (Outcome::RolledBack, "v1 100"),
            "deploying {tag}\n{}",
            result.timeline()
        );
        harness.assert_back_on("game-00001");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bad_first_deployment_fails_and_says_that_there_was_nothing_to_go_back_to() {
    let harness = Harness::new();
    let result = harness.deploy("crash").await;
    result.assert_end(Outcome::Failed);
    assert!(result.reason().ends_with("there was nothing to roll back to"), "{}", result.reason());
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(harness.serves(), "v1 100");
}

#[tokio::test(start_paused = true)]
async fn good_to_bad_to_good_to_bad_ends_on_the_last_good_one() {
    let harness = Harness::new();
    for (tag, end, serves) in [
        ("1", Outcome::Succeeded, "v1 100"),
        ("crash", Outcome::RolledBack, "v1 100"),
        ("2", Outcome::Succeeded, "v2 100"),
        ("crash", Outcome::RolledBack, "v2 100"),
        ("crash", Outcome::RolledBack, "v2 100"),
        ("1", Outcome::Succeeded, "v1 100"),
    ] {
        let result = harness.deploy(tag).await;
        assert_eq!(
            (result.end(), harness.serves().as_str()),
            (end, serves),
            "deploying {tag}\n{}",
            result.timeline()
        );
    }
}

/// The first image has the traffic, and is nowhere to be had; its revision has failed, and answers
/// nobody.
async fn dead() -> Harness {
    dead_with(settings()).await
}

async fn dead_with(settings: Settings) -> Harness {
    let harness = Harness::with(settings);
    harness.deploy("1").await;
    let image = harness.digest_of("game-00001");
    harness.cluster.withdraw(&image);
    harness.cluster.evict(&image);
    harness.cluster.fail_revision("game", "game-00001", "ExitCode1", "Container failed");
    harness.settle().await;
    assert_eq!(harness.serves(), "504 100");
    harness
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_failed_and_answers_nobody_is_replaced_without_being_named_in_traffic() {
    let harness = dead().await;
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(harness.serves(), "v2 100");
}

#[tokio::test(start_paused = true)]
async fn a_bad_image_in_place_of_a_revision_that_failed_ends_failed_and_a_good_one_fixes_it() {
    let harness = dead().await;
    let result = harness.deploy("crash").await;
    result.assert_end(Outcome::Failed);
    let result = harness.deploy("2").await;
    harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
}

#[tokio::test(start_paused = true)]
async fn where_nothing_answered_before_and_nothing_does_after_a_rollback_the_outcome_says_that_nobody_knows()
 {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.cluster.fail("probe", Times::UntilHealed, Fault::Unreachable);
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::RolledBack);
    assert_eq!(harness.serves(), "v1 100");
    expect![
        "http://boathook-game.game.example.test/ is not well: 3 failures in a row, the last: \
         connection refused; Knative sends all traffic to the old revision again, and whether it \
         answers is not known: http://game.game.example.test/ did not answer before the \
         deployment, and does not answer after it (connection refused)"
    ]
    .assert_eq(result.reason());
}

#[tokio::test(start_paused = true)]
async fn where_nothing_answered_before_an_answer_after_a_rollback_is_waited_for_and_then_nothing_is_unknown()
 {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.cluster.fail("probe", Times::Next(5), Fault::Unreachable);
    let result = harness.deploy("crash").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    assert!(!result.reason().contains("not known"), "{}", result.reason());
    assert!(
        result.outcome.findings.notes.join("\n").contains("answers again"),
        "{}",
        result.timeline()
    );
}

#[tokio::test(start_paused = true)]
async fn a_question_that_was_lost_before_the_deployment_lets_no_silence_pass_after_it() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.cluster.fail("probe", Times::Next(2), Fault::Unreachable);
    let result = harness.deploy("crash").await;
    result.assert_end(Outcome::RolledBack);
    let confirms = result.records.iter().flat_map(|record| match &record.event {
        Event::Deployment(DeploymentEvent::Planned { plan }) => plan.rollback.clone(),
        _ => Vec::new(),
    });
    let confirms: Vec<(bool, bool)> = confirms
        .filter_map(|step| match step {
            Step::ConfirmStable(confirm) => Some((confirm.was_healthy, confirm.was_silent)),
            _ => None,
        })
        .collect();
    assert_eq!(confirms, [(true, false)]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_stable_that_recovers_is_waited_for_before_anything_is_planned() {
    let harness = dead().await;
    harness.cluster.fail_revision(
        "game",
        "game-00001",
        "Unschedulable",
        "0/1 nodes are available: 1 Insufficient cpu",
    );
    let began = tokio::time::Instant::now();
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    assert!(
        began.elapsed() >= settings().waits.unready_grace,
        "it did not wait\n{}",
        result.timeline()
    );
}

/// The same, for a cause that may pass, where the grace time is longer than anything is tried
/// again.
async fn dead_for_a_cause_that_may_pass() -> Harness {
    let waits = Waits { unready_grace: Duration::from_secs(300), ..settings().waits };
    let harness = dead_with(Settings { waits, ..settings() }).await;
    harness.cluster.fail_revision(
        "game",
        "game-00001",
        "Unschedulable",
        "0/1 nodes are available: 1 Insufficient cpu",
    );
    harness
}

#[tokio::test(start_paused = true)]
async fn a_dead_stable_is_replaced_even_where_the_grace_time_is_longer_than_anything_is_tried_again()
 {
    let harness = dead_for_a_cause_that_may_pass().await;
    let result = harness.deploy("2").await;
    harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    assert!(
        result.took() >= settings().waits.retry_for - Duration::from_secs(2),
        "it did not wait\n{}",
        result.timeline()
    );
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_says_how_a_dead_stable_would_be_replaced() {
    let harness = dead_for_a_cause_that_may_pass().await;
    let report = harness.engine.dry_run(&request("2", "dry")).await;
    assert_eq!(report.problems, [""; 0], "{report:#?}");
    assert!(
        report.notes.iter().any(|note| note.contains("it is replaced as in a first deployment")),
        "{:#?}",
        report.notes
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_made_again_after_it_was_deleted_may_fail_and_be_fixed() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.delete_service();
    harness.settle().await;
    assert_eq!(harness.deploy("crash").await.end(), Outcome::Failed);
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(harness.serves(), "v2 100");
}

/// A cluster that shows each pod a second time, as one that was told to end and whose program knows
/// no SIGTERM.
struct ScalingDown(FakeTools);

impl Runner for ScalingDown {
    fn run(
        &self,
        command: Command,
        lines: Option<Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        let lists_pods = command.argv[1..3] == ["get", "pods"];
        let shown = move |finished: Result<Finished, RunError>| {
            let mut finished = finished?;
            if lists_pods {
                let mut list: Value = serde_json::from_slice(&finished.stdout.bytes).unwrap();
                let pods = list["items"].as_array_mut().unwrap();
                pods.extend(pods.clone().into_iter().map(asked_to_end));
                finished.stdout.bytes = list.to_string().into_bytes();
            }
            Ok(finished)
        };
        self.0.run(command, lines).map(shown).boxed()
    }
}

fn asked_to_end(mut pod: Value) -> Value {
    pod["metadata"]["deletionTimestamp"] = "2026-11-22T19:00:00Z".into();
    for container in pod["status"]["containerStatuses"].as_array_mut().into_iter().flatten() {
        container["state"] = json!({"terminated": {"exitCode": 143, "reason": "Error"}});
    }
    pod
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_was_asked_to_end_is_no_crash() {
    let mut harness = Harness::new();
    harness.engine.runner = Arc::new(ScalingDown(FakeTools::new(harness.cluster.clone())));
    harness.deploy("1").await;
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn where_events_may_not_be_read_the_record_says_once_what_that_leaves_unknown() {
    let harness = Harness::serving(settings()).await;
    let volume = "    spec:\n      volumes: [{name: keys, secret: {secretName: gone}}]\n      \
                  containers:\n        - volumeMounts: [{name: keys, mountPath: /keys}]\n          \
                  image:";
    harness.manifest(
        "10-game.yaml",
        &manifest("hi").replace("    spec:\n      containers:\n        - image:", volume),
    );
    let forbidden = "Error from server (Forbidden): events is forbidden: User \"boathook\" cannot \
                     list resource \"events\" in API group \"\"";
    harness.cluster.fail(
        "kubectl get events",
        Times::UntilHealed,
        Fault::Exit(forbidden.to_owned()),
    );
    let result = harness.deploy("2").await;
    harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
    let said = "events were not read, so a cause that only they tell, such as a volume that cannot \
                be mounted, stays unknown: it is not permitted; `boathook rbac` prints the role";
    assert_eq!(result.timeline().matches(said).count(), 1, "{}", result.timeline());
}
