//! Approvals and rejections.

use boathook_core::{clock::date_and_time, record::approvals_given};
use jiff::Timestamp;

/// An operator approved it.
const APPROVED: &str = "approved";
/// An operator rejected it.
pub(crate) const REJECTED: &str = "rejected";

/// It needs the approvals of so many operators.
pub(crate) fn awaits_approval(until: Timestamp, needed: u32) -> String {
    let what = if needed == 1 { "approval".to_owned() } else { format!("{needed} approvals") };
    format!("awaiting {what} until {}: approve it with `boathook approve`", date_and_time(until))
}

/// An operator approved it, as the `given`-th of those that are needed.
pub(crate) fn approved(by: &str, note: Option<&str>, given: u32, needed: u32) -> String {
    let count = if needed <= 1 { String::new() } else { format!(" ({given} of {needed})") };
    let note = note.map(|note| format!(": {note}")).unwrap_or_default();
    format!("{APPROVED} by {by}{count}{note}")
}

/// An operator's approval was recorded.
pub(crate) fn approval_recorded(deployment: &str, given: &[String], needed: u32) -> String {
    let count =
        if needed == 1 { String::new() } else { format!(": {}", approvals_given(given, needed)) };
    format!("{APPROVED} {deployment}{count}")
}
