//! What is wrong with an identity token. Only operators read it: a sender gets the same answer to
//! all of them.

use std::time::Duration;

use boathook_core::{deployment::Environment, duration_text};

use crate::{identity::ClaimFault, jwt::TokenError};

/// What is wrong with an identity token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityFault {
    #[error("it came without an identity token in `Authorization`")]
    Missing,
    #[error("`Authorization` came more than once")]
    Repeated,
    #[error("its identity token is unfit: {0}")]
    Token(#[from] TokenError),
    #[error("its identity token is of an issuer that `identity` in default.yaml does not name")]
    UnknownIssuer,
    #[error("its identity token names a key that {issuer} does not publish{}", since(.trouble))]
    UnknownKey {
        issuer: String,
        /// Why the keys could not be read last time.
        trouble: Option<String>,
    },
    #[error("its identity token has no proper `{0}`")]
    NoClaim(&'static str),
    #[error("its identity token expired {} ago", duration_text::show(*.0))]
    Expired(Duration),
    #[error("its identity token is valid only in {}; are the clocks set?", duration_text::show(*.0))]
    NotYetValid(Duration),
    #[error(
        "its identity token lives for {}, and `max_lifetime` of {issuer} is {}",
        duration_text::show(*lifetime), duration_text::show(*max)
    )]
    LivesTooLong { issuer: String, lifetime: Duration, max: Duration },
    #[error("its identity token is for another audience than `{audience}`")]
    Audience { audience: String },
    #[error("its identity token was made for another body")]
    OtherBody,
    #[error("its identity token is none that {environment} accepts: {}", reasons(.faults))]
    NotAccepted { environment: Environment, faults: Vec<ClaimFault> },
    #[error("its identity token was used for another deployment already; a job needs one for each")]
    Used,
    #[error("more tokens than boathook remembers came within their lifetimes")]
    TooMany,
}

fn since(trouble: &Option<String>) -> String {
    trouble.as_ref().map(|trouble| format!(" (its keys: {trouble})")).unwrap_or_default()
}

fn reasons(faults: &[ClaimFault]) -> String {
    if faults.is_empty() {
        return "no entry of its `identity` names this issuer".to_owned();
    }
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
