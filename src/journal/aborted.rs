//! The reason of a deployment that was called off. Who did it and what they noted is for operators; that it was done is for everyone.

use std::borrow::Cow;

use crate::deployment::DeploymentId;

const ABORTED_BY: &str = "aborted by ";
/// The same behind the reason for which it rolled back before.
const JOINED: &str = "; aborted by ";
const NEWER: &str = "a newer request, ";
const SOMEONE: &str = "an operator";
/// The end of a reason, after the user and the note.
const GOES_ON: [&str; 2] = ["; the rollback failed", "; while rolling back: "];

/// Why a deployment ends that `by` called off.
#[must_use]
pub fn aborted_by(by: &str) -> String {
    format!("{ABORTED_BY}{by}")
}

/// Who calls a deployment off for the sake of a newer one.
#[must_use]
pub fn newer_request(job: &DeploymentId) -> String {
    format!("{NEWER}{job}")
}

/// Who asked for something, without a user's name and note.
#[must_use]
pub fn someone(by: &str) -> &str {
    if by.starts_with(NEWER) { by } else { SOMEONE }
}

/// A reason without the names and the notes of users who called the deployment off, or took over.
#[must_use]
pub fn without_user(reason: &str) -> Cow<'_, str> {
    let (mut shown, mut rest) = (String::new(), reason);
    while let Some(at) = next_name(rest, shown.is_empty()) {
        let (before, name) = rest.split_at(at);
        shown += before;
        rest = name;
        if !name.starts_with(NEWER) {
            shown += SOMEONE;
            rest = GOES_ON.iter().filter_map(|joint| name.find(joint)).min().map_or("", |at| &name[at..]);
        }
    }
    if shown.is_empty() { Cow::Borrowed(reason) } else { Cow::Owned(shown + rest) }
}

/// Where the next name begins.
fn next_name(text: &str, is_whole: bool) -> Option<usize> {
    let leading = (is_whole && text.starts_with(ABORTED_BY)).then_some(ABORTED_BY.len());
    leading.or_else(|| text.find(JOINED).map(|at| at + JOINED.len()))
}
