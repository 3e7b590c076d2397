//! The content of a line: the time, who, what. Its number and hashes are added when it is written.

use boathook_core::deployment::DeploymentId;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The `what` of a line after which the journal is a different one.
pub(super) const JOURNAL_REPLACED: &str = "journal_replaced";

/// The `what` of a line about a repair of the log.
pub(super) const REPAIRED: &str = "repaired";

/// The field of a line about a log begun anew that holds where the journal ended then.
pub(super) const JOURNAL_ENDED_AT: &str = "journal_ended_at";

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    pub(super) at: Timestamp,
    /// The journal's record that it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sequence: Option<u64>,
    /// The deployment that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deployment: Option<DeploymentId>,
    /// The word for it.
    pub(super) what: &'static str,
    /// Who did it.
    pub(super) who: Value,
    /// Details; unknown ones are left out.
    #[serde(flatten)]
    pub(super) details: Map<String, Value>,
}

impl Entry {
    /// The log was repaired.
    pub(super) fn repaired(at: Timestamp, reason: String) -> Self {
        Self::own(REPAIRED, at, reason)
    }

    /// The log has no line, and the journal has records.
    pub(super) fn restarted(at: Timestamp, last: u64) -> Self {
        let reason = format!(
            "begun anew: the journal ends at record {last}, and no line was here; what only the log held, such as refusals, is gone"
        );
        let mut entry = Self::repaired(at, reason);
        entry.details.insert(JOURNAL_ENDED_AT.to_owned(), last.into());
        entry
    }

    /// The journal ends before the last line here: it is a different journal, or an older copy.
    pub(super) fn journal_replaced(at: Timestamp, written: u64, last: u64) -> Self {
        // The line itself says where reading the journal continues, for the next start too.
        let reason = format!(
            "the journal ends at record {last}, and {written} was written here: it was replaced; going on after {last}"
        );
        Self { sequence: Some(last), ..Self::own(JOURNAL_REPLACED, at, reason) }
    }

    fn own(what: &'static str, at: Timestamp, reason: String) -> Self {
        Self::of(what, at, boathook(), json!({"reason": reason}))
    }

    pub(super) fn of(what: &'static str, at: Timestamp, who: Value, details: Value) -> Self {
        Self {
            at,
            sequence: None,
            deployment: None,
            what,
            who: known(who).into(),
            details: known(details),
        }
    }
}

/// An action of boathook itself.
pub(super) fn boathook() -> Value {
    json!({"program": "boathook"})
}

/// The fields that have a value.
pub(super) fn known(fields: Value) -> Map<String, Value> {
    let Value::Object(mut fields) = fields else { return Map::new() };
    fields.retain(|_, value| !value.is_null());
    fields
}
