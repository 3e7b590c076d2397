//! Formats a journal record for the audit log: every record has a line, and no line has a token, a
//! secret, the confirmation word or fields that boathook does not know.

use serde_json::{Value, json};

use crate::{
    journal::{Acceptance, Event, Lock, Origin, Record},
    observers::audit::{
        entry::{Entry, boathook, known},
        text::{arguments, capped},
    },
};

impl Entry {
    /// The content of a record's line.
    pub(super) fn of_record(record: &Record) -> Self {
        let Record { sequence, deployment, at, event } = record;
        let (who, details) = who_and_details(event);
        Self {
            at: *at,
            sequence: Some(*sequence),
            deployment: (!matches!(event, Event::Locked(_) | Event::Unlocked { .. }))
                .then(|| deployment.clone()),
            what: event.name(),
            who: known(who).into(),
            details: known(details),
        }
    }
}

fn who_and_details(event: &Event) -> (Value, Value) {
    let details = match event {
        Event::Accepted(acceptance) => return (sender(acceptance), accepted(acceptance)),
        Event::Steered { action, by } => {
            return (
                json!({"operator": capped(&by.to_string())}),
                json!({"action": action.name()}),
            );
        }
        Event::Approved { by, note } => {
            return (json!({"operator": capped(by)}), json!({"note": note.as_deref().map(capped)}));
        }
        Event::Rejected { by, note } => {
            return (json!({"operator": capped(by)}), json!({"note": capped(note)}));
        }
        Event::Locked(lock) => return (json!({"operator": capped(&lock.by)}), locked(lock)),
        Event::Unlocked { by, lock } => {
            return (json!({"operator": capped(&by.to_string())}), locked(lock));
        }
        Event::Started | Event::ApprovalExpired => json!({}),
        Event::Planned { plan } => json!({
            "steps": plan.steps.iter().map(|step| step.name()).collect::<Vec<_>>(),
            "rollback": plan.rollback.iter().map(|step| step.name()).collect::<Vec<_>>(),
            "stable": plan.stable.as_ref().map(|stable| &stable.revision),
            "stable_image": plan.stable.as_ref().and_then(|stable| stable.image.as_ref()),
        }),
        Event::StepStarted { step } => json!({"step": capped(step)}),
        Event::StepLearned { finding } => json!({"learned": [finding]}),
        Event::StepEnded { findings } => json!({"learned": findings}),
        Event::StepFailed { failure } => json!({"reason": capped(&failure.reason().to_string())}),
        Event::RollbackFailed { reason } => json!({"reason": capped(reason)}),
        Event::CommandStarted { command, argv } => {
            json!({"command": command, "argv": arguments(argv)})
        }
        Event::CommandEnded { command, exit, duration_ms, stdout, stderr } => json!({
            "command": command, "exit": capped(exit), "duration_ms": duration_ms, "stdout": capped(stdout), "stderr": capped(stderr),
        }),
        Event::Superseded { by } => json!({"by": by}),
        Event::Ended { end, reason } | Event::Pruned { end, reason } => {
            json!({"end": end.name(), "reason": reason.as_ref().map(|reason| capped(&reason.to_string()))})
        }
        Event::PromotionDelayed { to, reason } | Event::NotPromoted { to, reason } => {
            json!({"to": to, "reason": capped(reason)})
        }
        // The link is a token.
        Event::Promoted { to, deployment, status_url: _ } => {
            json!({"to": to, "deployment": deployment})
        }
    };
    (boathook(), details)
}

fn locked(lock: &Lock) -> Value {
    let Lock { id, environment, service, reason, by: _, since: _, until } = lock;
    let service = service.as_ref().map(ToString::to_string);
    json!({"lock": id, "environment": environment, "service": service, "reason": capped(reason), "until": until})
}

/// The secret that signed, or the operator; a retry keeps the signer of its request.
fn sender(acceptance: &Acceptance) -> Value {
    let Acceptance {
        request,
        token: _,
        signed_by,
        key_use,
        delivery: _,
        client,
        attempt: _,
        origin,
        approve_until: _,
    } = acceptance;
    let operator = match origin {
        Origin::Requested => None,
        Origin::Retry { of: _, by } | Origin::Rollback { to: _, by } => {
            Some(capped(&by.to_string()))
        }
    };
    json!({"secret": signed_by, "use": key_use, "triggered_by": request.triggered_by.as_deref().map(capped), "client": client, "operator": operator})
}

fn accepted(acceptance: &Acceptance) -> Value {
    let Acceptance {
        request,
        token: _,
        signed_by: _,
        key_use: _,
        delivery,
        client: _,
        attempt,
        origin,
        approve_until,
    } = acceptance;
    let (retry_of, rollback_to) = match origin {
        Origin::Requested => (None, None),
        Origin::Retry { of, by: _ } => (Some(of), None),
        Origin::Rollback { to, by: _ } => (None, Some(to)),
    };
    json!({
        "environment": request.environment,
        "namespace": request.namespace,
        "service": request.service_name,
        "deployment_id": request.deployment_id,
        "image": request.image,
        "commit": request.commit_sha.as_deref().map(capped),
        "strategy": request.strategy,
        "delivery": delivery.as_deref().map(capped),
        "attempt": attempt,
        "retry_of": retry_of,
        "rollback_to": rollback_to,
        "approve_until": approve_until,
    })
}
