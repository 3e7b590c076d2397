//! Steering a deployment from the command line and the socket: what is done, what is refused, and
//! who it is said to have been.

use std::time::Duration;

use boathook_core::{
    deployment::{Actor, DeploymentId, Requester},
    record::{Event, Reason, Record},
};
use expect_test::expect;
use serde_json::json;

#[test]
fn a_reason_for_senders_keeps_everything_but_user_and_note_whatever_the_note_says() {
    let hostile = "slow); the rollback failed: hush; while rolling back: hush; aborted by a newer \
                   request, hush; the service was not changed";
    let ada = || Requester::from(Actor::new("ada").noting(hostile));
    let newer = Requester::NewerRequest(DeploymentId::from_lookup("0123"));
    let failed = |because| Reason::RollbackFailed {
        because: Box::new(because),
        failures: 1,
        error: "no route".to_owned(),
    };
    let stated = || Reason::stated("probes failed; aborted by peer");
    let shown = [
        Reason::Aborted { by: ada() },
        Reason::Aborted { by: newer.clone() },
        Reason::AbortedBeforeStart { by: ada() },
        Reason::ServiceUnchanged { because: Box::new(Reason::Aborted { by: ada() }) },
        failed(Reason::Aborted { by: ada() }),
        Reason::Abandoned { because: Box::new(failed(stated())), by: ada() },
        Reason::Abandoned { because: Box::new(failed(Reason::Aborted { by: newer })), by: ada() },
        Reason::RollbackConflict {
            because: Box::new(Reason::Aborted { by: ada() }),
            found: "changed by jane".to_owned(),
        },
        Reason::WaitsForTurn { running: 2, waited: Duration::from_secs(200) },
    ]
    .map(|reason| reason.without_user().to_string());
    expect![[r#"
        aborted by an operator
        aborted by a newer request, 0123
        aborted by an operator before it began
        aborted by an operator; the service was not changed
        aborted by an operator; the rollback failed: no route
        probes failed; aborted by peer; the rollback failed: no route; aborted by an operator
        aborted by a newer request, 0123; the rollback failed: no route; aborted by an operator
        aborted by an operator; while rolling back: changed by jane
        waits for its turn, 3m so far: 2 deployments of other services are under way"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn what_an_earlier_format_stored_as_text_is_read_and_gives_no_user_away() {
    let earlier = [
        json!({"type": "steered", "action": "abort", "by": "ada (slow)"}),
        json!({"type": "steered", "action": "abort", "by": "a newer request, 0123"}),
        json!({
            "type": "step_failed",
            "failure": {"kind": "aborted", "reason": "aborted by ada (slow)"},
        }),
        json!({
            "type": "ended",
            "end": "aborted",
            "reason": "aborted by ada (slow; while rolling back: hush) before it began",
        }),
        json!({
            "type": "ended",
            "end": "failed",
            "reason": "crictl: not found; the service was not changed",
        }),
        json!({
            "type": "ended",
            "end": "rolled_back",
            "reason": "GET /: connection aborted by peer",
        }),
        json!({"type": "ended", "end": "aborted", "reason": "aborted by a newer request, 0123"}),
        json!({
            "type": "ended",
            "end": "abandoned",
            "reason": "503; the rollback failed: no route; aborted by ada (a newer request, hush)",
        }),
        json!({"type": "ended", "end": "succeeded", "reason": null}),
    ];
    let read = earlier.map(|event| {
        let event: Event = serde_json::from_value(event).unwrap();
        let record = Record {
            sequence: 1,
            deployment: DeploymentId::from_lookup("0123"),
            at: "2026-08-01T10:00:00Z".parse().unwrap(),
            event,
        };
        format!("{:?}\n  {:?}", record.event, record.clone().without_users().event)
    });
    expect![[r#"
        Deployment(Steered { action: Abort, by: Operator(Actor { user: "ada (slow)", note: None }) })
          Deployment(Steered { action: Abort, by: Operator(Actor { user: "an operator", note: None }) })
        Deployment(Steered { action: Abort, by: NewerRequest(DeploymentId("0123")) })
          Deployment(Steered { action: Abort, by: NewerRequest(DeploymentId("0123")) })
        Step(StepFailed { failure: Aborted { by: Operator(Actor { user: "ada (slow)", note: None }) } })
          Step(StepFailed { failure: Aborted { by: Operator(Actor { user: "an operator", note: None }) } })
        Deployment(Ended { end: Aborted, reason: Some(Sentence { text: "aborted by ada (slow; while rolling back: hush) before it began" }) })
          Deployment(Ended { end: Aborted, reason: Some(Sentence { text: "aborted by an operator" }) })
        Deployment(Ended { end: Failed, reason: Some(Sentence { text: "crictl: not found; the service was not changed" }) })
          Deployment(Ended { end: Failed, reason: Some(Sentence { text: "crictl: not found; the service was not changed" }) })
        Deployment(Ended { end: RolledBack, reason: Some(Sentence { text: "GET /: connection aborted by peer" }) })
          Deployment(Ended { end: RolledBack, reason: Some(Sentence { text: "GET /: connection aborted by peer" }) })
        Deployment(Ended { end: Aborted, reason: Some(Sentence { text: "aborted by a newer request, 0123" }) })
          Deployment(Ended { end: Aborted, reason: Some(Sentence { text: "aborted by a newer request, 0123" }) })
        Deployment(Ended { end: Abandoned, reason: Some(Sentence { text: "503; the rollback failed: no route; aborted by ada (a newer request, hush)" }) })
          Deployment(Ended { end: Abandoned, reason: Some(Sentence { text: "503; the rollback failed: no route; aborted by an operator" }) })
        Deployment(Ended { end: Succeeded, reason: None })
          Deployment(Ended { end: Succeeded, reason: None })"#]]
    .assert_eq(&read.join("\n"));
}
