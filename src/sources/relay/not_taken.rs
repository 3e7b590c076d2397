//! Why an event of a relay became no deployment.

use boathook_core::deployment::RequestOutcome;

use crate::{
    config::RelayKind,
    intake::{BadSignature, NoEvent, Refusal, SignatureFault},
    sources::relay::subscription::Spoilt,
};

/// What operators read when smee.io has broken a signature.
const WRITTEN_ANEW: &str = "smee.io writes bodies anew, so a signature holds only over exactly what JSON.stringify writes: no spaces, letters as \
     themselves and not as \\u escapes, keys that are numbers first; sign that, seal the body (`boathook send --seal`), or use a relay of \
     `kind: gosmee`, which keeps the bytes";

/// What operators read of a body that anyone on the way could read.
const UNSEALED: &str = "the relay takes sealed bodies only, and this one is not: send it with `boathook send --seal KEY`, or remove `sealed: required`";

/// Why an event of a relay became no deployment.
#[derive(Debug)]
pub(super) enum NotTaken {
    Spoilt(Spoilt),
    NoEvent(NoEvent),
    /// It is not sealed, and has to be.
    Unsealed,
    /// The signature does not fit, perhaps because smee.io has written the body anew.
    WrittenAnew(BadSignature),
    Refused(Refusal),
}

impl NotTaken {
    /// Whether boathook may take the same event in a moment.
    pub(super) const fn is_momentary(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_momentary())
    }

    /// The status code that a sender would get for it from the listener, and what it counts as.
    pub(super) fn answered(&self) -> (u16, RequestOutcome) {
        match self {
            Self::Spoilt(Spoilt::TooLarge) => (413, RequestOutcome::TooLarge),
            Self::Spoilt(Spoilt::Unreadable(_)) | Self::NoEvent(_) => {
                (400, RequestOutcome::Malformed)
            }
            Self::Unsealed => (403, RequestOutcome::NotAllowed),
            Self::WrittenAnew(_) => (401, RequestOutcome::BadSignature),
            Self::Refused(refusal) => (refusal.status_code(), refusal.outcome()),
        }
    }

    /// A signature that does not fit a body, as a relay of this kind handed it on.
    pub(super) fn bad_signature(bad: BadSignature, kind: RelayKind, was_sealed: bool) -> Self {
        match (&bad.fault, kind) {
            (SignatureFault::NoSecretFits, RelayKind::Smee) if !was_sealed => {
                Self::WrittenAnew(bad)
            }
            (_, RelayKind::Smee | RelayKind::Gosmee) => Self::Refused(bad.into()),
        }
    }

    /// Why, for operators.
    pub(super) fn for_operators(&self) -> String {
        match self {
            Self::Spoilt(spoilt) => format!("an event was left out: {spoilt}"),
            Self::NoEvent(error) => error.to_string(),
            Self::Unsealed => UNSEALED.to_owned(),
            Self::WrittenAnew(bad) => format!("{bad}: {}; {WRITTEN_ANEW}", bad.fault),
            Self::Refused(refusal) => refusal.for_operators(),
        }
    }
}
