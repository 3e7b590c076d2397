//! Formats a journal record for the audit log: every record has a line, and no line has a token, a
//! secret, the confirmation word or fields that boathook does not know.

use boathook_core::{
    deployment::Requester,
    proof::{Withdrawal, WithdrawalCause},
    record::{
        Acceptance, DeploymentEvent, Event, HoldEvent, Lock, LockEvent, Origin, PromotionEvent,
        Record, ReinstatedBy, ServiceHold, StepEvent, WatchEvent, WithdrawalEvent,
    },
};
use serde_json::{Value, json};

use crate::observers::audit::{
    entry::{Entry, boathook, known},
    text::{all_fields, capped},
};

impl Entry {
    /// The content of a record's line.
    pub(super) fn of_record(record: &Record) -> Self {
        let Record { sequence, deployment, at, event } = record;
        let (who, details) = match event {
            Event::Deployment(event) => of_deployment(event),
            Event::Step(event) => (boathook(), of_step(event)),
            Event::Command(event) => (boathook(), all_fields(event)),
            Event::Promotion(event) => of_promotion(event),
            Event::Watch(event) => (boathook(), of_watch(event)),
            Event::Lock(event) => of_lock(event),
            Event::Hold(event) => of_hold(event),
            Event::Withdrawal(event) => of_withdrawal(event),
        };
        Self {
            at: *at,
            sequence: Some(*sequence),
            deployment: event.is_of_deployment().then(|| deployment.clone()),
            what: event.name(),
            who: known(who).into(),
            details: known(details),
        }
    }
}

fn of_deployment(event: &DeploymentEvent) -> (Value, Value) {
    match event {
        DeploymentEvent::Accepted(acceptance) if acceptance.origin.after_watch().is_some() => {
            (boathook(), accepted(acceptance))
        }
        DeploymentEvent::Accepted(acceptance) => (sender(acceptance), accepted(acceptance)),
        DeploymentEvent::Approved { by }
        | DeploymentEvent::Rejected { by }
        | DeploymentEvent::Overridden { by }
        | DeploymentEvent::OverrideAcknowledged { by } => {
            (operator(&by.user), json!({"note": by.note.as_deref().map(capped)}))
        }
        DeploymentEvent::Steered { action, by } => {
            (operator(&by.to_string()), json!({"action": action.name()}))
        }
        DeploymentEvent::AwaitsWindow { opens_at, held } => {
            let held = held.as_ref().map(|held| capped(&held.to_string()));
            (boathook(), json!({"opens_at": opens_at, "held": held}))
        }
        DeploymentEvent::Started
        | DeploymentEvent::ApprovalExpired
        | DeploymentEvent::WindowOpened => (boathook(), json!({})),
        DeploymentEvent::Planned { plan } => {
            let details = json!({
                "steps": plan.steps.iter().map(|step| step.name()).collect::<Vec<_>>(),
                "rollback": plan.rollback.iter().map(|step| step.name()).collect::<Vec<_>>(),
                "stable": plan.stable.as_ref().map(|stable| &stable.revision),
                "stable_image": plan.stable.as_ref().and_then(|stable| stable.image.as_ref()),
            });
            (boathook(), details)
        }
        DeploymentEvent::Superseded { by } => (boathook(), json!({"by": by})),
        DeploymentEvent::ImageWithdrawn { reason } => {
            (boathook(), json!({"reason": capped(&reason.to_string())}))
        }
        DeploymentEvent::Ended { end, reason } | DeploymentEvent::Pruned { end, reason } => {
            let reason = reason.as_ref().map(|reason| capped(&reason.to_string()));
            (boathook(), json!({"end": end.name(), "reason": reason}))
        }
    }
}

fn of_step(event: &StepEvent) -> Value {
    let step = event.started().map(capped);
    let reason = event.failure();
    json!({"step": step, "learned": event.findings_to_read(), "reason": reason.as_deref().map(capped)})
}

fn of_promotion(event: &PromotionEvent) -> (Value, Value) {
    match event {
        PromotionEvent::PromotionWaits { to, wait } => {
            (boathook(), json!({"to": to, "wait": wait}))
        }
        PromotionEvent::PromotionHurried { to, by }
        | PromotionEvent::PromotionOverridden { to, by }
        | PromotionEvent::PromotionCancelled { to, by } => {
            (operator(&by.user), json!({"to": to, "note": by.note.as_deref().map(capped)}))
        }
        PromotionEvent::PromotionDelayed { to, reason }
        | PromotionEvent::NotPromoted { to, reason } => {
            (boathook(), json!({"to": to, "reason": capped(&reason.to_string())}))
        }
        // The link is a token.
        PromotionEvent::Promoted { to, deployment, status_url: _ } => {
            (boathook(), json!({"to": to, "deployment": deployment}))
        }
    }
}

/// How long the answers took is for the metrics.
fn of_watch(event: &WatchEvent) -> Value {
    let mut details = all_fields(event);
    if let Some(fields) = details.as_object_mut() {
        fields.remove("times");
    }
    details
}

fn of_lock(event: &LockEvent) -> (Value, Value) {
    match event {
        LockEvent::Locked(lock) => (operator(&lock.by.user), locked(lock)),
        LockEvent::Unlocked { by, lock } => (operator(&by.to_string()), locked(lock)),
    }
}

fn of_hold(event: &HoldEvent) -> (Value, Value) {
    match event {
        HoldEvent::ServiceHeld(hold) => (operator(&hold.by.to_string()), held(hold)),
        HoldEvent::ServiceReleased { by: Requester::Operator(by), hold } => {
            (operator(&by.to_string()), held(hold))
        }
        HoldEvent::ServiceReleased { by: Requester::NewerRequest(deployment), hold } => {
            let mut details = held(hold);
            details["released_by"] = json!(deployment);
            (boathook(), details)
        }
    }
}

fn held(hold: &ServiceHold) -> Value {
    let ServiceHold { id, environment, service, deployment, keeps_out, by: _, since: _ } = hold;
    json!({"hold": id, "environment": environment, "service": service.to_string(), "rollback": deployment, "keeps_out": keeps_out})
}

fn of_withdrawal(event: &WithdrawalEvent) -> (Value, Value) {
    match event {
        WithdrawalEvent::Withdrawn(withdrawal) => {
            (withdrawal.by().map_or_else(boathook, |by| operator(&by.user)), withdrawn(withdrawal))
        }
        WithdrawalEvent::Reinstated { by: ReinstatedBy::Operator(by), withdrawal } => {
            (operator(&by.to_string()), withdrawn(withdrawal))
        }
        WithdrawalEvent::Reinstated { by: ReinstatedBy::Success(deployment), withdrawal } => {
            let mut details = withdrawn(withdrawal);
            details["succeeded"] = json!(deployment);
            (boathook(), details)
        }
    }
}

fn operator(name: &str) -> Value {
    json!({"operator": capped(name)})
}

fn locked(lock: &Lock) -> Value {
    let Lock { id, environment, service, reason, by: _, since: _, until } = lock;
    let service = service.as_ref().map(ToString::to_string);
    json!({"lock": id, "environment": environment, "service": service, "reason": capped(reason), "until": until})
}

fn withdrawn(withdrawal: &Withdrawal) -> Value {
    let Withdrawal { id, digest, cause, since: _ } = withdrawal;
    let deployment = match cause {
        WithdrawalCause::Operator { .. } => None,
        WithdrawalCause::OrderedRollback { deployment, .. }
        | WithdrawalCause::Failed { deployment, .. } => Some(deployment),
    };
    json!({"withdrawal": id, "digest": digest, "deployment": deployment, "reason": capped(&cause.to_string())})
}

/// The secret that signed and what a token proved, or the operator; a retry keeps the signer of its
/// request.
fn sender(acceptance: &Acceptance) -> Value {
    let Acceptance {
        request,
        token: _,
        signed_by,
        key_use,
        identity,
        delivery: _,
        source,
        client,
        attempt: _,
        origin,
        approve_until: _,
        opens_at: _,
        approvers: _,
    } = acceptance;
    let operator = origin.actor().map(|by| capped(&by.to_string()));
    let source = Some(source).filter(|source| !source.is_listener());
    let mut who = json!({"secret": signed_by, "use": key_use, "triggered_by": request.triggered_by.as_deref().map(capped), "source": source, "client": client, "operator": operator});
    if let Some(identity) = identity {
        who["identity"] = json!(identity);
    }
    who
}

fn accepted(acceptance: &Acceptance) -> Value {
    let Acceptance {
        request,
        token: _,
        signed_by: _,
        key_use: _,
        identity: _,
        delivery,
        source: _,
        client: _,
        attempt,
        origin,
        approve_until,
        opens_at,
        approvers,
    } = acceptance;
    let mut details = json!({
        "environment": request.environment,
        "namespace": request.namespace,
        "service": request.service_name,
        "deployment_id": request.deployment_id,
        "image": request.image,
        "commit": request.commit_sha.as_deref().map(capped),
        "strategy": request.strategy,
        "delivery": delivery.as_deref().map(capped),
        "attempt": attempt,
        "approve_until": approve_until,
        "opens_at": opens_at,
        "approvers": approve_until.filter(|_| !approvers.is_anyone()).map(|_| approvers),
    });
    match origin {
        Origin::Requested => {}
        Origin::Retry { of, by: _ } => details["retry_of"] = json!(of),
        Origin::Rollback { to, by: _, after_watch } => {
            details["rollback_to"] = json!(to);
            if let Some(of) = after_watch {
                details["after_watch_of"] = json!(of);
            }
        }
        Origin::Redeploy { of, by: _ } => details["redeploy_of"] = json!(of),
    }
    details
}
