//! What a holder of a `status_url` may read of a record: no users who steered the deployment, no
//! notes of theirs, and no programs. Who approved or rejected it is an answer to the sender.

use serde_json::Value;

use crate::{
    deployment::Actor,
    record::{Event, Reason, Record, Rewrite, reason_words::ABORTED_BY, rewrite::UNDISCLOSED},
};

struct WithoutUsers;

impl Rewrite for WithoutUsers {
    fn text(&self, text: String) -> String {
        text_without_note(text)
    }

    fn private(&self, _: String) -> Option<String> {
        None
    }

    fn arguments(&self, argv: Vec<String>) -> Vec<String> {
        argv
    }

    fn sentence(&self, text: String) -> String {
        sentence_without_user(text)
    }

    fn actor(&self, _: Actor) -> Actor {
        Actor::anonymous()
    }
}

impl Record {
    #[must_use]
    pub fn without_users(self) -> Self {
        Self { event: self.event.rewritten(&WithoutUsers), ..self }
    }
}

impl Reason {
    #[must_use]
    pub fn without_user(self) -> Self {
        self.rewritten(&WithoutUsers)
    }
}

impl Event {
    /// What the event says to senders, if it is for them.
    #[must_use]
    pub fn for_senders(&self) -> Option<Value> {
        match self {
            Self::Command(_) | Self::Lock(_) | Self::Hold(_) | Self::Withdrawal(_) => None,
            Self::Deployment(_) | Self::Step(_) | Self::Promotion(_) | Self::Watch(_) => {
                self.clone().rewritten(&WithoutUsers).for_operators()
            }
        }
    }

    /// The same for operators, who may know who it was.
    #[must_use]
    pub fn for_operators(&self) -> Option<Value> {
        match self {
            Self::Deployment(event) => Some(event.shown()),
            Self::Step(event) => Some(event.shown()),
            Self::Promotion(event) => Some(event.shown()),
            Self::Watch(event) => Some(event.shown()),
            Self::Command(_) | Self::Lock(_) | Self::Hold(_) | Self::Withdrawal(_) => None,
        }
    }
}

/// How older programs ended the refusal of a withdrawn digest, which may hold an operator's note.
const WITHDRAWN: &str = "; to let it count as proven again: boathook reinstate ";

fn text_without_note(text: String) -> String {
    if text.contains(WITHDRAWN) { format!("its digest was withdrawn; {UNDISCLOSED}") } else { text }
}

/// A sentence up to where it names someone who aborted. What comes behind a name may be part of the
/// note, so none of it stays.
fn sentence_without_user(text: String) -> String {
    let named = if text.starts_with(ABORTED_BY) {
        Some(0)
    } else {
        text.find(&format!("; {ABORTED_BY}")).map(|at| at + 2)
    };
    let Some(at) = named else { return text };
    let is_id = |id: &str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric());
    match text[at + ABORTED_BY.len()..].strip_prefix("a newer request, ") {
        Some(id) if is_id(id) => text,
        _ => format!("{}{ABORTED_BY}{}", &text[..at], Actor::anonymous()),
    }
}
