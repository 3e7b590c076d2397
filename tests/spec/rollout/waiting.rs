//! What is waited for, how long, and how it is told.

use boathook::{
    cluster::Pod,
    diagnosis::{Facts, Outlook, diagnose},
    journal::Filter,
};
use boathook_core::record::Outcome;
use boathook_testing::rollout_harness::{Harness, blue_green, request, settings};
use expect_test::expect;
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn a_first_deployment_that_crashes_is_given_a_minute_of_restarts() {
    let harness = Harness::new();
    let result = harness.deploy("crash").await;
    result.assert_end(Outcome::Failed);
    assert!(
        result.reason().starts_with("container user-container crashed (exit code 3, restarted "),
        "{}",
        result.reason()
    );
    assert!(
        result.reason().ends_with(
            ": FATAL: cannot read config; it was not ready within 60 s of restarts; there was \
             nothing to roll back to"
        ),
        "{}",
        result.reason()
    );
    assert!((60..75).contains(&result.took().as_secs()), "{:?}", result.took());
    assert!(
        result.timeline().contains("Waiting(Some(\"container user-container crashed (exit code 3"),
        "{}",
        result.timeline()
    );
}

#[tokio::test(start_paused = true)]
async fn without_time_for_restarts_a_first_deployment_that_crashes_fails_at_once() {
    let mut settings = settings();
    settings.waits.first_deployment_restarts = std::time::Duration::ZERO;
    let harness = Harness::with(settings);
    let result = harness.deploy("crash").await;
    let crashed = "container user-container crashed (exit code 3): FATAL: \
                   cannot read config; there was nothing to roll back to";
    assert_eq!(result.reason(), crashed);
    assert!(result.took().as_secs() < 10, "{:?}", result.took());
}

#[tokio::test(start_paused = true)]
async fn where_something_serves_a_crash_rolls_back_at_once() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let result = harness.deploy("crash").await;
    result.assert_end(Outcome::RolledBack);
    assert_eq!(
        result.reason(),
        "container user-container crashed (exit code 3): FATAL: cannot read \
         config"
    );
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_says_the_best_known_reason_with_the_port() {
    let harness = Harness::new();
    harness.cluster.publish(
        boathook_testing::rollout_harness::REPOSITORY,
        "port",
        boathook_sandbox::Behaviour::on_port("v4", 9999),
    );
    let result = harness.deploy("port").await;
    let wrong_port = "container user-container runs but does not answer its readiness probe";
    assert!(result.reason().starts_with(wrong_port), "{}", result.reason());
    assert!(
        result.reason().contains("another port than the manifest's containerPort (8080)"),
        "{}",
        result.reason()
    );
    assert!(result.reason().contains("; boathook waited 180 s"), "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn a_queued_deployment_says_which_one_it_waits_for_and_how_that_one_stands() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let before = harness.start(blue_green("2", "two")).await;
    let waiting = harness.accept(request("1", "three")).await;
    tokio::time::sleep(std::time::Duration::from_secs(125)).await;
    let held_up = harness.journal.held_up(&waiting).unwrap().to_string();
    let waits_for =
        format!("waits for {} of the same service, 2m so far; that one is deploying", before.id);
    assert_eq!(held_up, waits_for);
    let listed = harness.journal.list(&Filter::default()).await.unwrap();
    let reason = |id| {
        listed
            .iter()
            .find(|one| &one.id == id)
            .and_then(|one| one.reason.as_ref())
            .map(ToString::to_string)
    };
    assert_eq!(reason(&waiting), Some(held_up));
    assert_eq!(reason(&before.id), None);
    before.end().await;
    assert_eq!(harness.journal.held_up(&waiting), None, "nothing is before it any more");
}

/// What is found of one pod with one container in this state.
fn of_container(container: serde_json::Value) -> (Outlook, String) {
    let mut status = json!({"name": "app", "ready": false, "restartCount": 0});
    status.as_object_mut().unwrap().extend(container.as_object().unwrap().clone());
    let pod = json!({"metadata": {"name": "p"}, "status": {"containerStatuses": [status]}});
    let pods = [serde_json::from_value(pod).unwrap()];
    let name = boathook_core::deployment::RevisionName::parse("web-00001").unwrap();
    let found = diagnose(&Facts {
        name: &name,
        of_service: None,
        revision: None,
        pods: &pods,
        events: &[],
    })
    .unwrap();
    (found.outlook(), found.in_words())
}

fn of_pods(pods: &[serde_json::Value]) -> Option<String> {
    let pods: Vec<Pod> =
        pods.iter().map(|pod| serde_json::from_value(pod.clone()).unwrap()).collect();
    let name = boathook_core::deployment::RevisionName::parse("web-00001").unwrap();
    let facts = Facts { name: &name, of_service: None, revision: None, pods: &pods, events: &[] };
    diagnose(&facts).map(|found| found.words().to_owned())
}

/// A pod that the kubelet ended because the node ran out of memory; it stays listed.
fn evicted() -> serde_json::Value {
    let ended = json!({"terminated": {"exitCode": 137, "reason": "Error"}});
    json!({"metadata": {"name": "web-00001-deployment-1"}, "status": {
        "phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory.",
        "containerStatuses": [{"name": "app", "restartCount": 1, "state": ended}],
    }})
}

#[test]
fn how_the_containers_of_an_evicted_pod_ended_is_no_crash_of_the_image() {
    expect!["the pod ended: Evicted: The node was low on resource: memory."]
        .assert_eq(&of_pods(&[evicted()]).unwrap());
}

#[test]
fn an_evicted_pod_does_not_count_where_another_took_its_place() {
    let state = json!({"running": {}});
    let ready = json!({"metadata": {"name": "web-00001-deployment-2"}, "status": {
        "phase": "Running", "containerStatuses": [{"name": "app", "ready": true, "state": state}],
    }});
    assert_eq!(of_pods(&[evicted(), ready]), None);
    let pulling = json!({"metadata": {"name": "web-00001-deployment-2"}, "status": {
        "phase": "Pending", "containerStatuses": [{
            "name": "app",
            "state": {"waiting": {"reason": "ContainerCreating"}},
        }],
    }});
    assert_eq!(of_pods(&[evicted(), pulling]), None);
}

#[test]
fn an_init_container_that_failed_once_and_then_succeeded_is_no_crash() {
    let failed = json!({
        "terminated": {
            "exitCode": 1,
            "reason": "Error",
            "message": "the database is not there yet",
        },
    });
    let pod = |state: serde_json::Value| {
        json!({"metadata": {"name": "web-00001-deployment-1"}, "status": {
            "initContainerStatuses": [{
                "name": "migrate",
                "restartCount": 1,
                "state": state,
                "lastState": failed,
            }],
            "containerStatuses": [{
                "name": "app",
                "state": {"waiting": {"reason": "PodInitializing"}},
            }],
        }})
    };
    assert_eq!(
        of_pods(&[pod(json!({"terminated": {"exitCode": 0, "reason": "Completed"}}))]),
        None
    );
    expect![
        "init container migrate crashed (exit code 1, restarted once): the database is not \
         there yet"
    ]
    .assert_eq(&of_pods(&[pod(failed.clone())]).unwrap());
}

#[test]
fn a_container_that_runs_is_not_blamed_for_a_start_that_failed_before() {
    let ended = json!({
        "terminated": {
            "exitCode": 128,
            "reason": "StartError",
            "message": "context deadline exceeded",
        },
    });
    let container = json!({
        "name": "app",
        "ready": true,
        "restartCount": 1,
        "state": {"running": {}},
        "lastState": ended,
    });
    let pod = json!({
        "metadata": {"name": "web-00001-deployment-1"},
        "status": {"containerStatuses": [container]},
    });
    assert_eq!(of_pods(&[pod]), None);
}

fn waiting(reason: &str, message: &str) -> (Outlook, String) {
    of_container(json!({"state": {"waiting": {"reason": reason, "message": message}}}))
}

#[test]
fn a_registry_that_refuses_is_distinguished_from_one_that_is_away_and_one_that_lacks_the_image() {
    let of = |message: &str| waiting("ErrImagePull", message).0;
    let pull =
        "failed to pull and unpack image \"ghcr.io/acme/not-found:v1\": failed to resolve image: ";
    assert_eq!(of(&format!("{pull}failed to authorize: 401 Unauthorized")), Outlook::Permanent);
    assert_eq!(of(&format!("{pull}ghcr.io/acme/game:v1: not found")), Outlook::Permanent);
    assert_eq!(
        of(&format!(
            "{pull}unexpected status from HEAD request to https://ghcr.io/v2/x: 503 Service \
             Unavailable"
        )),
        Outlook::Transient
    );
    assert_eq!(
        of(&format!("{pull}failed to do request: dial tcp 10.0.0.1:443: i/o timeout")),
        Outlook::Transient
    );
}

#[test]
fn what_an_image_may_not_do_is_permanent_and_what_someone_can_still_make_is_not() {
    let root = waiting(
        "CreateContainerConfigError",
        "container has runAsNonRoot and image will run as root",
    );
    assert_eq!(root.0, Outlook::Permanent);
    assert!(root.1.contains("numeric USER"), "{}", root.1);
    assert_eq!(
        waiting("CreateContainerConfigError", "secret \"token\" not found").0,
        Outlook::Transient
    );
    assert_eq!(waiting("RunContainerError", "context deadline exceeded").0, Outlook::Transient);
    let script = "runc create failed: unable to start container process: exec: \"/entry.sh\": \
                  permission denied";
    assert_eq!(waiting("RunContainerError", script).0, Outlook::Permanent);
}

#[test]
fn a_container_that_could_not_be_started_is_still_reported_while_it_is_backed_off() {
    let ended = json!({
        "exitCode": 128,
        "reason": "StartError",
        "message": "exec: \"serve\": executable file not found in $PATH",
    });
    let back_off = json!({
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": ended},
    });
    let (outlook, words) = of_container(back_off);
    assert_eq!(outlook, Outlook::Permanent);
    assert!(
        words.starts_with(
            "container app does not start: StartError: exec: \"serve\": executable file not found \
             in $PATH"
        ),
        "{words}",
    );
}
