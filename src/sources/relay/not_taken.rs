//! Why an event of a relay became no deployment.

use crate::{
    config::RelayKind,
    intake::{NoEvent, Refusal, SignatureFault},
    observers::metrics::RequestOutcome,
    server::answered,
    sources::relay::subscription::Spoilt,
};

/// What operators read when smee.io has broken a signature.
const WRITTEN_ANEW: &str = "smee.io writes bodies anew, so a signature holds only over exactly what JSON.stringify writes: no spaces, letters as \
     themselves and not as \\u escapes, keys that are numbers first; sign that, or use a relay of `kind: gosmee`, which keeps the bytes";

/// Why an event of a relay became no deployment.
#[derive(Debug)]
pub(super) enum NotTaken {
    Spoilt(Spoilt),
    NoEvent(NoEvent),
    Refused(Refusal),
}

impl NotTaken {
    /// The status code that a sender would get for it from the listener, and what it counts as.
    pub(super) fn answered(&self) -> (u16, RequestOutcome) {
        match self {
            Self::Spoilt(Spoilt::TooLarge) => (413, RequestOutcome::TooLarge),
            Self::Spoilt(Spoilt::Unreadable(_)) | Self::NoEvent(_) => {
                (400, RequestOutcome::Malformed)
            }
            Self::Refused(refusal) => {
                let (status, became) = answered(refusal);
                (status.as_u16(), became)
            }
        }
    }

    /// Why, for operators.
    pub(super) fn for_operators(&self, kind: RelayKind) -> String {
        match self {
            Self::Spoilt(spoilt) => format!("an event was left out: {spoilt}"),
            Self::NoEvent(error) => error.to_string(),
            Self::Refused(Refusal::BadSignature(bad)) => match (&bad.fault, kind) {
                (SignatureFault::NoSecretFits, RelayKind::Smee) => {
                    format!("{bad}: {}; {WRITTEN_ANEW}", bad.fault)
                }
                (fault, RelayKind::Smee | RelayKind::Gosmee) => format!("{bad}: {fault}"),
            },
            Self::Refused(refusal) => refusal.to_string(),
        }
    }
}
