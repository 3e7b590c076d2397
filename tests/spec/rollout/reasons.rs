//! The best reason that is known, wherever someone reads it. The commonest fault is an image that
//! listens on another port than the manifest says.

use std::time::Duration;

use boathook::{
    cli::{annotation_of, outcome},
    journal::DeploymentView,
};
use boathook_core::{
    record::{Event, Record, StepEvent},
    rollout::Observation,
};
use boathook_sandbox::Behaviour;
use boathook_testing::{
    dashboard_pages::seen,
    delivery::{Delivery, body},
    harness::Harness as Served,
    rollout_harness::{Harness, REPOSITORY, RolloutResult},
    samples::{self, append_all},
};
use serde_json::Value;

use crate::support::notify_harness::{NotifyHarness, SLACK, receivers};

async fn wrong_port() -> RolloutResult {
    let harness = Harness::new();
    harness.cluster.publish(REPOSITORY, "port", Behaviour::on_port("v5", 9999));
    harness.deploy("1").await;
    harness.deploy("port").await
}

/// What a step waits for, if that is what was recorded.
fn waiting(record: &Record) -> Option<&str> {
    match &record.event {
        Event::Step(StepEvent::StepLearned { finding: Observation::Waiting(words) }) => {
            words.as_deref()
        }
        _ => None,
    }
}

/// What was recorded after the acceptance, until a step waits, and after that.
fn until_it_waits(result: &RolloutResult) -> (Vec<Event>, Vec<Event>) {
    let waits = result.records.iter().position(|record| waiting(record).is_some()).unwrap();
    let events = |records: &[Record]| records.iter().map(|record| record.event.clone()).collect();
    (events(&result.records[1..=waits]), events(&result.records[waits + 1..]))
}

async fn status(served: &Served) -> DeploymentView {
    let link = served.public.status_url(&served.newest().await);
    let path = link.strip_prefix("https://hooks.example.com").unwrap();
    serde_json::from_str(&served.get(path).await.text).unwrap()
}

async fn listed(served: &Served) -> Value {
    served.ask("/v1/deployments").await.json()[0]["reason"].clone()
}

#[tokio::test(start_paused = true)]
async fn the_reason_of_a_wrong_port_is_the_same_wherever_it_is_read() {
    let result = wrong_port().await;
    let (before, after) = until_it_waits(&result);
    let reason = result.reason();
    let cause = "container user-container runs but does not answer its readiness probe";
    let port = "the image listens on another port than the manifest's containerPort (8080); \
                boathook waited 180 s";
    assert!(reason.starts_with(cause) && reason.ends_with(port), "{reason}");
    let served = Served::new();
    let id = served.accept(Delivery::of(&body())).await.id;
    served.play(&id, before.clone()).await;
    assert!(listed(&served).await.as_str().unwrap().starts_with(cause));
    assert!(status(&served).await.reason.unwrap().starts_with(cause));
    assert!(seen(&served.ask("/").await.text).contains(cause));

    served.play(&id, after.clone()).await;
    let view = status(&served).await;
    let place = "rolled back in game/game in development: ";
    assert_eq!(outcome(&view)[0], format!("{place}{reason}"));
    let annotation = format!("::error title=boathook::{place}{reason}%0Anote: ");
    assert!(annotation_of(&view).unwrap().starts_with(&annotation));
    assert_eq!(listed(&served).await, reason);
    let overview = seen(&served.ask("/").await.text).replace("&quot;", "\"").replace("&#39;", "'");
    assert!(overview.contains(reason), "{overview}");

    let notified = NotifyHarness::new();
    let notifier = notified.notifier();
    let id = samples::accept(&notified.journal, "game", "101-1").await;
    append_all(&notified.journal, &id, before.into_iter().chain(after).collect()).await;
    let got = notified.deliver(&notifier, &receivers(SLACK), 1).await;
    let text = got[0].json()["text"].as_str().unwrap().to_owned();
    assert!(text.ends_with(&format!("because {reason}")), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_first_useful_line_comes_within_20_s_of_the_revision_and_then_only_changes() {
    let result = wrong_port().await;
    let is_candidate = |record: &&Record| {
        let Event::Step(event) = &record.event else { return false };
        event.findings().is_some_and(|findings| {
            findings.iter().any(|finding| matches!(finding, Observation::Candidate { .. }))
        })
    };
    let created = result.records.iter().find(is_candidate).unwrap().at;
    let waits: Vec<_> =
        result.records.iter().filter_map(|record| Some((record.at, waiting(record)?))).collect();
    let (at, first) = waits[0];
    assert!(first.contains("the image listens on another port"), "{first}");
    assert!(at.duration_since(created).unsigned_abs() < Duration::from_secs(20), "{created} {at}");
    assert!(waits.len() <= 3, "{waits:#?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_step_waits_for_is_over_with_the_step_and_stays_with_it_as_a_note() {
    let harness = Harness::new();
    harness.cluster.publish(REPOSITORY, "later", Behaviour::no_room("v6"));
    harness.deploy("1").await;
    let result = harness.deploy("later").await;
    let view = DeploymentView::of(&result.records).unwrap().unwrap();
    assert_eq!(view.reason, None);
    let step = view.steps.iter().find(|step| step.step == "await_ready").unwrap();
    let reason = step.reason.as_deref().unwrap();
    assert!(reason.starts_with("waited: the pod cannot be scheduled: "), "{reason}");
}
