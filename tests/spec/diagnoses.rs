//! What keeps a revision from serving: found in what a real cluster showed, in its own words, as soon as it showed it.

use std::{collections::BTreeMap, fmt::Write as _};

use boathook::{
    cluster::{Event, Pod},
    deployment::RevisionName,
    diagnosis::{Diagnosis, Facts, Kind, Outlook, TABLE, diagnose},
};
use expect_test::{expect, expect_file};
use serde_json::{Value, json};

use crate::recorded_failures::{Recording, recordings};

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

/// What counts in the end: the first that more than the deadline can end, or what there still is at the end.
fn telling(recording: &Recording) -> Option<Diagnosis> {
    let first = course(recording).into_iter().find(|(_, found)| found.outlook() != Outlook::Starting);
    first.map(|(_, found)| found).or_else(|| recording.found(recording.moments().last()?))
}

#[test]
fn each_recorded_failure_is_told_in_the_clusters_own_words() {
    let mut text = String::new();
    for recording in recordings() {
        writeln!(text, "{}", recording.name).unwrap();
        for (seconds, found) in course(&recording) {
            writeln!(text, "  {seconds:5.1} s  {:?} {:?}: {}", found.outlook(), found.kind, found.in_words()).unwrap();
        }
    }
    expect_file!["../recordings/failing/diagnoses.txt"].assert_eq(&text);
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
    let table = table.map(|row| (format!("{:?}", row.kind), row.recorded.iter().map(|&name| name.to_owned()).collect()));
    assert_eq!(seen, table.collect::<BTreeMap<String, Vec<String>>>());
}

#[test]
fn a_cause_is_known_within_a_second_of_the_first_state_or_event_that_tells_it() {
    let mut late = Vec::new();
    for recording in recordings() {
        let Some(shown) = recording.first_telling() else { continue };
        let known = course(&recording).into_iter().find(|(_, found)| found.outlook() != Outlook::Starting);
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

/// What is found of a pod with a container that runs and one in this state, where a pull of that one's image had failed.
fn after_a_failed_pull(state: &Value) -> Option<Diagnosis> {
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {"name": "web-00001-deployment-1"},
        "status": {"containerStatuses": [{"name": "app", "state": {"running": {}}}, {"name": "beside", "state": state}]},
    }))
    .unwrap();
    let event: Event = serde_json::from_value(json!({
        "reason": "Failed",
        "message": "Failed to pull image \"dev.local/beside:v1\": failed to do request: dial tcp: lookup dev.local: no such host",
        "involvedObject": {"kind": "Pod", "name": "web-00001-deployment-1", "fieldPath": "spec.containers{beside}"},
    }))
    .unwrap();
    let name = RevisionName::parse("web-00001").unwrap();
    diagnose(&Facts { name: &name, service: None, revision: None, pods: &[pod], events: &[event] })
}

#[test]
fn a_pull_that_failed_is_known_from_its_event_before_the_container_shows_it() {
    let found = after_a_failed_pull(&json!({"waiting": {"reason": "ContainerCreating"}})).unwrap();
    expect!["container beside does not start: ErrImagePull: failed to do request: dial tcp: lookup dev.local: no such host"]
        .assert_eq(&found.in_words());
}

#[test]
fn a_pull_that_failed_once_is_not_held_against_a_container_that_was_started_since() {
    assert_eq!(after_a_failed_pull(&json!({"running": {}})), None);
    let back_off = after_a_failed_pull(&json!({"waiting": {"reason": "CrashLoopBackOff"}}));
    assert_eq!(back_off, None);
}
