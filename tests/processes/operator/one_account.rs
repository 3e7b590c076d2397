//! The command, the status page and the dashboard say the same of one deployment.

use boathook_core::{
    deployment::{Actor, DeploymentId},
    health::{Numbers, Times},
    record::{DeploymentEvent, Event, StepEvent},
    rollout::{Action, Observation},
};
use boathook_testing::{
    dashboard_pages::seen,
    delivery::{Delivery, body_with},
    samples,
};
use serde_json::json;

use crate::support::listening::{Listening, shell};

/// What `boathook show` prints: the facts, and the steps.
async fn shown(listening: &Listening, id: &DeploymentId) -> (Vec<(String, String)>, Vec<String>) {
    let socket = listening.socket.display();
    let ran = shell(&format!("boathook show {id} --socket {socket}"), &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (facts, steps) = ran.stdout.split_once("\n\n").unwrap();
    let fact = |line: &str| {
        let (name, value) = line.split_once("  ").unwrap();
        (name.to_owned(), value.trim().to_owned())
    };
    // Of a step: its title and its status.
    let step = |line: &str| {
        let columns = line.split("  ").map(str::trim).filter(|column| !column.is_empty());
        columns.take(2).collect::<Vec<_>>().join(" ")
    };
    (facts.lines().map(fact).collect(), steps.lines().map(step).collect())
}

/// What both pages show as text.
async fn pages(listening: &Listening, id: &DeploymentId) -> [(&'static str, String); 2] {
    let harness = &listening.harness;
    let summary = harness.journal.list(&Default::default()).await.unwrap().remove(0);
    let link = harness.public.status_url(&summary);
    let path = link.find("/deployments/").map_or(link.as_str(), |at| &link[at..]);
    let page = harness.send(Delivery::get(path).header("Accept", "text/html")).await.text;
    let (_, page) = page.split_once("<body>").unwrap();
    let dashboard = harness.ask(&format!("/dashboard/deployments/{id}")).await.text;
    [
        ("the status page", seen(&format!("<main>{page}</main>"))),
        ("the dashboard", seen(&dashboard)),
    ]
}

async fn all_agree(events: Vec<Event>) -> Vec<String> {
    let listening = Listening::start();
    let fields = json!({"timestamp": null, "triggered_by": "jane", "commit_sha": "4f2a9c1"});
    let id = listening.harness.accept(Delivery::of(&body_with(fields))).await.id;
    listening.harness.play(&id, events).await;
    let (facts, steps) = shown(&listening, &id).await;
    for (what, page) in pages(&listening, &id).await {
        for (name, value) in &facts {
            let title = name[..1].to_uppercase() + &name[1..];
            let said = match name.as_str() {
                "service" | "status" | "reason" | "to do" | "note" => value.replace(", paused", ""),
                // Senders read no user's name.
                "paused" if what == "the status page" => {
                    format!("{title} {}", value.replace("by ada", "by an operator"))
                }
                _ => format!("{title} {value}"),
            };
            let spaced = page.replace('_', " ");
            assert!(
                spaced.contains(&said.replace('_', " ")),
                "{what} lacks `{said}`, which `boathook show` says:\n{page}"
            );
        }
        for step in &steps {
            assert!(page.contains(step), "{what} lacks the step `{step}`:\n{page}");
        }
    }
    listening.stop().await;
    facts.into_iter().map(|(name, _)| name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn command_status_page_and_dashboard_say_the_same_of_a_paused_rollout() {
    let numbers = Numbers {
        samples: 20,
        failures: 1,
        p50_ms: 12,
        p95_ms: 30,
        max_ms: 40,
        last_failure: None,
    };
    let mut events = samples::held("game");
    events.extend([
        Event::Step(StepEvent::StepLearned {
            finding: Observation::Health {
                of: "service".to_owned(),
                numbers,
                times: Times::default(),
            },
        }),
        Event::Step(StepEvent::StepLearned {
            finding: Observation::Note("a tag was left out".to_owned()),
        }),
        Event::Deployment(DeploymentEvent::Steered {
            action: Action::Pause,
            by: Actor::new("ada").into(),
        }),
    ]);
    let names = all_agree(events).await;
    for name in ["to do", "paused", "stable", "candidate", "serving", "health", "note"] {
        assert!(names.iter().any(|known| known == name), "{name} is missing: {names:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_say_the_same_of_a_rollback_that_failed() {
    let mut events = samples::held("game");
    events.extend([
        samples::step_failed("5 of 5 probes failed"),
        samples::step_started(),
        Event::Step(StepEvent::RollbackFailed { reason: "patch refused".to_owned() }),
    ]);
    let names = all_agree(events).await;
    assert!(names.iter().any(|name| name == "reason"), "{names:?}");
    assert!(names.iter().any(|name| name == "to do"), "{names:?}");
}
