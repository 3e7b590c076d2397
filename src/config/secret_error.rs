//! Why the secrets cannot be used. No message holds any part of one.

use std::io;

use boathook_core::deployment::Environment;

/// Why the secrets cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// An enabled environment has none.
    #[error(
        "{0} has no secret, so no request for it could be verified: name one under `secrets` in {0}.yaml, or set `enabled: false`"
    )]
    None(Environment),
    /// Its place is missing, or given twice.
    #[error(
        "secret `{id}` of {environment} must name exactly one of `env`, `file` and `credential`"
    )]
    Source {
        environment: Environment,
        /// The secret's name.
        id: String,
    },
    /// It could not be read.
    #[error("secret `{id}` of {environment} cannot be read from {place}")]
    Unreadable {
        environment: Environment,
        /// The secret's name.
        id: String,
        /// The variable or file.
        place: String,
        /// The system's error.
        source: io::Error,
    },
    /// It is too weak.
    #[error("secret `{id}` of {environment} {why}; make one with `openssl rand -hex 32`")]
    Weak {
        environment: Environment,
        /// The secret's name.
        id: String,
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
