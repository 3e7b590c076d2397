//! Why a secret cannot be used, whatever it is for. No message holds any part of one.

use std::{fmt, io};

use boathook_core::deployment::Environment;

/// Which secret it is: what it is for, and where the configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretUse {
    /// Signs requests for an environment, or its promotions.
    Signature { environment: Environment, id: String },
    /// The value of a header that probes send.
    Header { environment: Environment, name: String },
    /// The `url` or the `secret` of a receiver of notifications.
    Receiver { name: String, part: &'static str },
    /// What boathook signs in to GitHub with.
    GitHub { part: &'static str },
    /// Opens sealed bodies.
    Sealing { index: usize },
    /// The URL of the record's database.
    Postgres,
}

/// Why a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// An enabled environment has none.
    #[error(
        "{0} has no secret, so no request for it could be verified: name one under `secrets` in {0}.yaml, or an `identity` with `instead_of_hmac: true`, or set `enabled: false`"
    )]
    None(Environment),
    /// Its place is missing, or given twice.
    #[error("{0} must name exactly one of `env`, `file` and `credential`")]
    Source(SecretUse),
    /// It could not be read.
    #[error("{secret} cannot be read from {place}")]
    Unreadable {
        secret: SecretUse,
        /// The variable, file or credential.
        place: String,
        /// The system's error.
        source: io::Error,
    },
    /// It was read, and is weak or not of the right form.
    #[error("{secret}, read from {place}, {why}{}", .secret.how_to_make())]
    Unfit {
        secret: SecretUse,
        /// The variable, file or credential.
        place: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Two entries of one environment have the same name or the same bytes.
    #[error("secrets `{first}` and `{second}` of {environment} are the same")]
    Twice {
        environment: Environment,
        /// One name.
        first: String,
        second: String,
    },
    /// Two environments have the same bytes and neither says so.
    #[error(
        "secret `{id}` of {environment} is also one of {other}: give each its own, or name {other} in its `shared_with`"
    )]
    Shared {
        /// One environment.
        environment: Environment,
        /// The secret's name there.
        id: String,
        other: Environment,
    },
}

impl SecretUse {
    /// How to make a good one, after a semicolon.
    const fn how_to_make(&self) -> &'static str {
        match self {
            Self::Signature { .. } => "; make one with `openssl rand -hex 32`",
            Self::Sealing { .. } => "; make one with `boathook sealing-key new FILE`",
            Self::Header { .. } | Self::Receiver { .. } | Self::GitHub { .. } | Self::Postgres => {
                ""
            }
        }
    }
}

impl fmt::Display for SecretUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature { environment, id } => write!(f, "secret `{id}` of {environment}"),
            Self::Header { environment, name } => {
                write!(f, "the header {name} for probes of {environment}")
            }
            Self::GitHub { part } => write!(f, "sources.github.{part}"),
            Self::Postgres => f.write_str("state.postgres.url"),
            Self::Sealing { index } => write!(f, "sources.sealing.keys[{index}]"),
            Self::Receiver { name, part } => write!(f, "the {part} of `{name}` in `notify`"),
        }
    }
}
