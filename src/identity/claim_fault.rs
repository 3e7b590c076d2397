//! What a verified token says otherwise than an environment requires.

use std::fmt;

/// A claim that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimFault {
    /// The claim's name.
    pub claim: String,
    /// What the token says; none if it says nothing.
    pub found: Option<String>,
    /// What is required.
    pub required: String,
}

impl fmt::Display for ClaimFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { claim, found, required } = self;
        match found {
            Some(found) => {
                write!(f, "its `{claim}` is `{}`, not `{required}`", found.escape_debug())
            }
            None => write!(f, "it has no `{claim}`, which must be `{required}`"),
        }
    }
}
