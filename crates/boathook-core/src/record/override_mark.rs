//! The mark of a deployment that an operator let past a rule.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{clock::date_and_time, deployment::Actor};

/// Who let a deployment past closed deployment windows, or its promotion past what the next
/// environment requires, until someone acknowledges it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideMark {
    pub at: Timestamp,
    /// Who; the note is the reason.
    pub by: Actor,
    /// Who acknowledged it; none while it stands out.
    pub acknowledged_by: Option<Actor>,
}

impl OverrideMark {
    /// Who and why, and who acknowledged it, as text.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { at, by, acknowledged_by } = self;
        let seen = match acknowledged_by {
            Some(by) => format!("acknowledged by {}", by.with_reason()),
            None => "not acknowledged".to_owned(),
        };
        format!("by {}, {}; {seen}", by.with_reason(), date_and_time(*at))
    }
}
