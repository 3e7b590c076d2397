//! What is wrong with a signature: senders learn that it is invalid, operators why.

use boathook_core::deployment::Key;

use crate::identity::IdentityFault;

/// The signature is missing, malformed, given twice, or wrong. The message, which senders read, does
/// not reveal which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid signature")]
pub struct BadSignature {
    /// What is wrong with it; for operators only.
    pub(crate) fault: SignatureFault,
}

/// What is wrong with a signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    #[error("it came without a signature header")]
    Missing,
    #[error("a signature header came more than once")]
    Repeated,
    #[error(
        "a signature header is not `sha256=` and 64 hexadecimal digits or their base64, or, from a forge, the digits alone"
    )]
    Malformed,
    #[error("no secret fits the signature and the body")]
    NoSecretFits,
    #[error(transparent)]
    Identity(#[from] IdentityFault),
    #[error("secret `{}` of {} signed it, and has expired", .0.id, .0.environment)]
    Expired(Key),
    #[error("secret `{}` of {} signed it, which is not the environment that it is for", .0.id, .0.environment)]
    OtherEnvironment(Key),
    #[error(
        "secret `{}` of {} signed the body with another line break at its end; sign exactly the bytes that are sent",
        .0.id, .0.environment
    )]
    LineBreak(Key),
}

impl From<SignatureFault> for BadSignature {
    fn from(fault: SignatureFault) -> Self {
        Self { fault }
    }
}
