//! What boathook makes of something that GitHub reports.

use crate::intake::Admitted;

/// What became of something that GitHub reported, if it was not refused.
#[derive(Debug)]
pub(crate) enum Received {
    Admitted(Box<Admitted>),
    /// It is none of boathook's business; why.
    Ignored(String),
}
