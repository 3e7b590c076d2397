//! The reason of a deployment that was called off. Who did it and what they noted is for operators; that it was done is for everyone.

use std::borrow::Cow;

use crate::deployment::JobId;

const ABORTED_BY: &str = "aborted by ";
/// The same behind the reason for which it went back before.
const JOINED: &str = "; aborted by ";
const NEWER: &str = "a newer request, ";
const SOMEONE: &str = "an operator";
/// How a reason goes on after the user and the note.
const GOES_ON: [&str; 2] = ["; the way back failed", "; while going back: "];

/// Why a deployment ends that `by` called off.
#[must_use]
pub fn aborted_by(by: &str) -> String {
    format!("{ABORTED_BY}{by}")
}

/// Who calls a deployment off for the sake of a newer one.
#[must_use]
pub fn newer_request(job: &JobId) -> String {
    format!("{NEWER}{job}")
}

/// Who asked for something, without a user's name and note.
#[must_use]
pub fn someone(by: &str) -> &str {
    if by.starts_with(NEWER) { by } else { SOMEONE }
}

/// A reason without the name and the note of a user who called the deployment off.
#[must_use]
pub fn without_user(reason: &str) -> Cow<'_, str> {
    let after_another = || reason.find(JOINED).map(|at| at + JOINED.len() - ABORTED_BY.len());
    let begins = if reason.starts_with(ABORTED_BY) { Some(0) } else { after_another() };
    let Some(by) = begins.map(|at| at + ABORTED_BY.len()).filter(|at| !reason[*at..].starts_with(NEWER)) else {
        return Cow::Borrowed(reason);
    };
    let rest = GOES_ON.iter().filter_map(|joint| reason[by..].find(joint)).min().map_or("", |at| &reason[by + at..]);
    Cow::Owned(format!("{}{SOMEONE}{rest}", &reason[..by]))
}
