//! An event without the secrets that programs and senders may have put into its texts.
//!
//! What the engine reads back from the record, such as templates and names of revisions, is not
//! changed.

use std::sync::Arc;

use boathook_core::{
    health::Numbers,
    rollout::{Note, Observation, Plan},
};

use crate::{
    journal::{Event, Failure},
    redact::Redactor,
};

/// The event, ready to be recorded.
pub(super) fn redacted(event: Event, redactor: &Redactor) -> Event {
    let clean = |text: String| redactor.text(&text).into_owned();
    match event {
        Event::CommandStarted { command, argv } => {
            Event::CommandStarted { command, argv: redactor.arguments(&argv) }
        }
        Event::CommandEnded { command, exit, duration_ms, stdout, stderr } => Event::CommandEnded {
            command,
            exit: clean(exit),
            duration_ms,
            stdout: clean(stdout),
            stderr: clean(stderr),
        },
        Event::StepLearned { finding } => {
            Event::StepLearned { finding: finding_of(finding, clean) }
        }
        Event::StepEnded { findings } => Event::StepEnded {
            findings: findings.into_iter().map(|finding| finding_of(finding, clean)).collect(),
        },
        Event::StepFailed { failure } => Event::StepFailed { failure: failure_of(failure, clean) },
        Event::RollbackFailed { reason } => Event::RollbackFailed { reason: clean(reason) },
        Event::Steered { action, by } => Event::Steered { action, by: by.map_note(clean) },
        Event::Ended { end, reason } => {
            Event::Ended { end, reason: reason.map(|reason| reason.map_text(&clean)) }
        }
        Event::Planned { plan } => {
            let notes = plan
                .notes
                .iter()
                .map(|note| Note { text: clean(note.text.clone()), ..*note })
                .collect();
            Event::Planned { plan: Arc::new(Plan { notes, ..Plan::clone(&plan) }) }
        }
        Event::Approved { by, note } => Event::Approved { by, note: note.map(clean) },
        Event::Rejected { by, note } => Event::Rejected { by, note: clean(note) },
        // The engine records no locks, and prunes nothing.
        Event::Accepted(_)
        | Event::Pruned { .. }
        | Event::Locked(_)
        | Event::Unlocked { .. }
        | Event::ApprovalExpired
        | Event::Started
        | Event::StepStarted { .. }
        | Event::Superseded { .. }
        | Event::PromotionDelayed { .. }
        | Event::Promoted { .. }
        | Event::NotPromoted { .. } => event,
    }
}

fn finding_of(finding: Observation, clean: impl Fn(String) -> String) -> Observation {
    match finding {
        Observation::Note(text) => Observation::Note(clean(text)),
        Observation::Unconfirmed(text) => Observation::Unconfirmed(clean(text)),
        // It quotes what the application answered.
        Observation::Health { of, numbers, times } => Observation::Health {
            of,
            numbers: Numbers { last_failure: numbers.last_failure.map(clean), ..numbers },
            times,
        },
        Observation::Image(_)
        | Observation::Generation(_)
        | Observation::Candidate { .. }
        | Observation::CandidateReady
        | Observation::TagUrl(_)
        | Observation::ServiceUrl(_)
        | Observation::Serving { .. } => finding,
    }
}

fn failure_of(failure: Failure, clean: impl Fn(String) -> String) -> Failure {
    match failure {
        Failure::Failed { reason } => Failure::Failed { reason: clean(reason) },
        Failure::Aborted { by } => Failure::Aborted { by: by.map_note(clean) },
        Failure::Conflict { reason } => Failure::Conflict { reason: clean(reason) },
        Failure::Rejected { reason } => Failure::Rejected { reason: clean(reason) },
    }
}
