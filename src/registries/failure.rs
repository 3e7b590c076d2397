//! Why an endpoint did not give what it was asked for.

use crate::registries::Unreachable;

/// Why an endpoint did not give what it was asked for. The text completes "registry.example ...".
#[derive(Debug, thiserror::Error)]
pub enum RegistryFailure {
    #[error("{0}")]
    Unreachable(Unreachable),
    /// It may answer later.
    #[error("answers {0}; try again later")]
    Busy(u16),
    #[error("has no such artifact")]
    Absent,
    #[error("refuses the node's login, or lets it read nothing there")]
    Denied,
    #[error("asks for a login, and the node's registries.yaml has none for it")]
    NoLogin,
    #[error("asks for a login in a way that boathook does not know")]
    UnknownChallenge,
    /// Without TLS, anyone on the way would read the login.
    #[error("gives tokens at an address without TLS")]
    PlainTokens,
    #[error("gives no token where it says that it does")]
    NoToken,
    #[error("answers {0}")]
    Status(u16),
    #[error("sends its clients on to an address that boathook does not follow")]
    BadRedirect,
    #[error("sends its clients on too often")]
    Redirects,
    #[error("sends more than {max} bytes")]
    TooLarge { max: usize },
    #[error("sends other bytes than its digest names")]
    WrongDigest,
    /// Its operator has to repair that.
    #[error("has a certificate of an authority in {path}, which cannot be read ({reason})")]
    Authority { path: String, reason: String },
}

impl RegistryFailure {
    /// Whether the same question may be answered later, without anyone's doing.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Busy(_) | Self::Authority { .. })
    }

    /// What a status means that brings nothing.
    pub(super) const fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::Denied,
            404 => Self::Absent,
            408 | 429 | 500.. => Self::Busy(status),
            _ => Self::Status(status),
        }
    }
}
