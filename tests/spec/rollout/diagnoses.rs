//! What keeps a revision from serving: found in what a real cluster showed, in its own words, as
//! soon as it showed it.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use boathook::{
    cluster::{Cluster, Event, Pod, Reads},
    diagnosis::{Diagnosis, Facts, Kind, Outlook, TABLE, diagnose, of_domains},
};
use boathook_core::{
    api_server::{ApiServer, ReadAnswer, ReadError, ReadRequest, WatchAnswer},
    deployment::RevisionName,
};
use boathook_testing::{
    rollout_harness::{Harness, settings, tools},
    samples::service,
};
use expect_test::{expect, expect_file};
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::{BoxFuture, ready},
    stream,
};
use serde_json::{Value, json};

use crate::support::recorded_failures::{Recording, recordings};

/// What is found over time, each time that another kind is.
fn course(recording: &Recording) -> Vec<(f64, Diagnosis)> {
    let mut course: Vec<(f64, Diagnosis)> = Vec::new();
    for moment in recording.moments() {
        let Some(found) = recording.found(&moment) else { continue };
        if course.last().is_none_or(|(_, last)| last.kind != found.kind) {
            course.push((moment.seconds, found));
        }
    }
    course
}

/// What counts in the end: the first that more than the deadline can end, or what there still is at
/// the end.
fn telling(recording: &Recording) -> Option<Diagnosis> {
    let first =
        course(recording).into_iter().find(|(_, found)| found.outlook() != Outlook::Starting);
    first.map(|(_, found)| found).or_else(|| recording.found(recording.moments().last()?))
}

#[test]
fn each_recorded_failure_is_reported_in_the_clusters_own_words() {
    let mut text = String::new();
    for recording in recordings() {
        writeln!(text, "{}", recording.name).unwrap();
        for (seconds, found) in course(&recording) {
            writeln!(
                text,
                "  {seconds:5.1} s  {:?} {:?}: {}",
                found.outlook(),
                found.kind,
                found.in_words()
            )
            .unwrap();
        }
    }
    expect_file!["../../recordings/failing/diagnoses.txt"].assert_eq(&text);
}

#[test]
fn the_table_says_in_which_recordings_each_kind_was_seen() {
    let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for recording in recordings() {
        if let Some(found) = telling(&recording) {
            seen.entry(format!("{:?}", found.kind)).or_default().push(recording.name);
        }
    }
    let table = TABLE.iter().filter(|row| !row.recorded.is_empty());
    let table = table.map(|row| {
        (format!("{:?}", row.kind), row.recorded.iter().map(|&name| name.to_owned()).collect())
    });
    assert_eq!(seen, table.collect::<BTreeMap<String, Vec<String>>>());
}

#[test]
fn a_cause_is_known_within_a_second_of_the_first_state_or_event_that_shows_it() {
    let mut late = Vec::new();
    for recording in recordings() {
        let Some(shown) = recording.first_telling() else { continue };
        let known =
            course(&recording).into_iter().find(|(_, found)| found.outlook() != Outlook::Starting);
        if known.as_ref().is_none_or(|(seconds, _)| *seconds > shown + 1.0) {
            late.push(format!("{}: shown at {shown} s, known: {known:?}", recording.name));
        }
    }
    assert!(late.is_empty(), "{late:#?}");
}

#[test]
fn each_kind_has_the_row_of_its_own() {
    assert!(TABLE.iter().all(|row| row.kind.row().kind == row.kind));
    assert_eq!(TABLE.last().map(|row| row.kind), Some(Kind::RevisionNotReady));
}

/// What is found of a pod with a container that runs and one in this state, where a pull of that
/// one's image had failed.
fn after_a_failed_pull(state: &Value) -> Option<Diagnosis> {
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {"name": "web-00001-deployment-1"},
        "status": {
            "containerStatuses": [
                {"name": "app", "state": {"running": {}}},
                {"name": "beside", "state": state},
            ],
        },
    }))
    .unwrap();
    let event: Event = serde_json::from_value(json!({
        "reason": "Failed",
        "message": "Failed to pull image \"dev.local/beside:v1\": failed to do request: dial tcp: \
                    lookup dev.local: no such host",
        "involvedObject": {
            "kind": "Pod",
            "name": "web-00001-deployment-1",
            "fieldPath": "spec.containers{beside}",
        },
    }))
    .unwrap();
    let name = RevisionName::parse("web-00001").unwrap();
    diagnose(&Facts {
        name: &name,
        of_service: None,
        revision: None,
        pods: &[pod],
        events: &[event],
    })
}

#[test]
fn a_pull_that_failed_is_known_from_its_event_before_the_container_shows_it() {
    let found = after_a_failed_pull(&json!({"waiting": {"reason": "ContainerCreating"}})).unwrap();
    expect![
        "container beside does not start: ErrImagePull: failed to do request: dial tcp: lookup \
         dev.local: no such host"
    ]
    .assert_eq(&found.in_words());
}

#[test]
fn a_pull_that_failed_once_is_not_held_against_a_container_that_was_started_since() {
    assert_eq!(after_a_failed_pull(&json!({"running": {}})), None);
    let back_off = after_a_failed_pull(&json!({"waiting": {"reason": "CrashLoopBackOff"}}));
    assert_eq!(back_off, None);
}

/// What is found of a pod that pulls its image, with these conditions, where this event told of it
/// before.
fn while_it_pulls(conditions: &[(&str, &str)], reason: &str, message: &str) -> Option<Kind> {
    let conditions: Vec<Value> =
        conditions.iter().map(|(kind, status)| json!({"type": kind, "status": status})).collect();
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {"name": "web-00001-deployment-1"},
        "status": {
            "conditions": conditions,
            "containerStatuses": [{
                "name": "app",
                "state": {"waiting": {"reason": "ContainerCreating"}},
            }],
        },
    }))
    .unwrap();
    let event: Event = serde_json::from_value(json!({
        "reason": reason,
        "message": message,
        "involvedObject": {"kind": "Pod", "name": "web-00001-deployment-1"},
    }))
    .unwrap();
    let name = RevisionName::parse("web-00001").unwrap();
    diagnose(&Facts {
        name: &name,
        of_service: None,
        revision: None,
        pods: &[pod],
        events: &[event],
    })
    .map(|found| found.kind)
}

#[test]
fn an_event_counts_until_the_pods_conditions_show_that_it_is_over() {
    let no_cpu = "0/1 nodes are available: 1 Insufficient cpu.";
    assert_eq!(while_it_pulls(&[], "FailedScheduling", no_cpu), Some(Kind::Unschedulable));
    assert_eq!(while_it_pulls(&[("PodScheduled", "True")], "FailedScheduling", no_cpu), None);
    for (reason, message, kind) in [
        (
            "FailedMount",
            "MountVolume.SetUp failed for volume \"key\" : secret \"signing-key\" not found",
            Kind::ConfigMissing,
        ),
        ("FailedAttachVolume", "Multi-Attach error for volume \"pvc-1\"", Kind::VolumeNotMounted),
        ("FailedCreatePodSandBox", "failed to setup network for sandbox", Kind::PodNotStarted),
    ] {
        let scheduled = ("PodScheduled", "True");
        let prepared = "PodReadyToStartContainers";
        assert_eq!(
            while_it_pulls(&[scheduled, (prepared, "False")], reason, message),
            Some(kind),
            "{reason}"
        );
        assert_eq!(
            while_it_pulls(&[scheduled, (prepared, "True")], reason, message),
            None,
            "{reason}"
        );
    }
}

fn of_domain(seen: &str, message: &str) -> Event {
    let about = json!({"kind": "DomainMapping", "name": "shop.example.org"});
    serde_json::from_value(json!({
        "reason": "InternalError",
        "message": message,
        "lastTimestamp": seen,
        "involvedObject": about,
    }))
    .unwrap()
}

#[test]
fn what_was_wrong_with_a_domain_before_the_deployment_is_not_told_as_present() {
    let event = of_domain("2026-11-28T12:00:00Z", "domain shop.example.org is already in use");
    let found = |since: &str| {
        of_domains(&["shop.example.org"], std::slice::from_ref(&event), since.parse().unwrap())
    };
    assert_eq!(found("2026-11-28T11:59:00Z").map(|found| found.kind), Some(Kind::DomainTaken));
    assert_eq!(found("2026-11-28T12:30:00Z"), None);
}

/// An API server that lists these events, as it does: by name.
struct Listing(Value);

impl ApiServer for Listing {
    fn read(&self, _: ReadRequest) -> BoxFuture<'_, Result<ReadAnswer, ReadError>> {
        let body = json!({"items": self.0}).to_string().into_bytes();
        ready(Ok(ReadAnswer { code: 200, retry_after: None, body })).boxed()
    }

    fn watch(&self, _: ReadRequest) -> BoxFuture<'_, Result<WatchAnswer, ReadError>> {
        ready(Ok(WatchAnswer::Events(stream::empty().boxed()))).boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn warnings_come_oldest_first_however_their_names_sort() {
    let harness = Harness::new();
    let events = json!([
        {"metadata": {"name": "web.1"}, "message": "third", "lastTimestamp": "2026-11-28T12:00:03Z", "eventTime": null},
        {"metadata": {"name": "web.2"}, "message": "first", "lastTimestamp": "2026-11-28T12:00:01Z"},
        {"metadata": {"name": "web.3"}, "message": "fourth", "lastTimestamp": null, "eventTime": "2026-11-28T12:00:00.000000Z",
            "series": {"count": 2, "lastObservedTime": "2026-11-28T12:00:04.000000Z"}},
        {"metadata": {"name": "web.4"}, "message": "second", "lastTimestamp": null, "eventTime": "2026-11-28T12:00:02.000000Z"},
    ]);
    let reads = Reads::new(Arc::new(Listing(events)));
    let runner = Arc::clone(&harness.engine.runner);
    let cluster = Cluster::new(runner, reads, Arc::new(tools()), settings().timeouts);
    let result = cluster.warnings(&service("default").namespace).await.unwrap();
    let result: Vec<&str> = result.iter().map(|event| event.message.as_str()).collect();
    assert_eq!(result, ["first", "second", "third", "fourth"]);
}
