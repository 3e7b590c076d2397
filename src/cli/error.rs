//! Why a command failed: its text, and the code that it exits with.

use std::{io, path::PathBuf, time::Duration};

use boathook_core::duration_text;

use crate::{
    bundles::FolderError,
    cli::{Exit, PlaceError},
    config::ConfigError,
    journal::{BackUpError, CopyError},
    observers::audit::{CompareError, VerifyError},
    sealing::{BadKey, NotPublic},
};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("there is no socket {}: is boathook running? Another socket is named with --socket", .0.display())]
    NoSocket(PathBuf),
    /// The socket exists, but nothing listens on it.
    #[error("nobody listens on {}: is boathook running?", .0.display())]
    NobodyListens(PathBuf),
    /// Our user may not open it.
    #[error("not permitted to open {}: run as root or as a member of boathook's group", .0.display())]
    NotPermitted(PathBuf),
    #[error("boathook did not answer over {} within {}", path.display(), duration_text::show(*timeout))]
    Silent { path: PathBuf, timeout: Duration },
    #[error("failed to ask boathook over {}", path.display())]
    Broken { path: PathBuf, source: reqwest::Error },
    /// boathook does not show what was asked for.
    #[error("{0}")]
    NotShown(String),
    /// boathook does not do what an operator asked for.
    #[error("{0}")]
    NotDone(String),
    #[error("boathook answered what this version does not know: {0}")]
    Unread(serde_json::Error),
    /// boathook refused a deployment, or its request is invalid.
    #[error("refused: {0}")]
    Refused(String),
    /// No answer in time; `origin` is scheme, host and port, `why` the result of the last try.
    #[error("boathook is not reachable at {origin}: {why}")]
    Unreachable { origin: String, why: String },
    /// The same of a relay or GitHub; `what` names it.
    #[error("{what} is not reachable: {why}")]
    NotReached { what: String, why: String },
    /// The request is on its way, and nothing came back.
    #[error("boathook did not answer on GitHub: {0}")]
    NotTaken(String),
    #[error("--url, or the variable BOATHOOK_URL, has to name {0}")]
    NoUrl(&'static str),
    /// The journal is no file that could be copied.
    #[error(
        "the journal is in PostgreSQL (state.postgres): back it up as part of the database, or with `pg_dump --schema={schema}`"
    )]
    InDatabase { schema: String },
    /// What is needed to ask GitHub is missing.
    #[error("GitHub cannot be asked: {0}")]
    NoGitHub(String),
    #[error("failed to read the token of GitHub's from {}", path.display())]
    TokenUnreadable { path: PathBuf, source: io::Error },
    #[error("--seal, or the variable BOATHOOK_SEAL: {0}")]
    NoSealingKey(NotPublic),
    #[error(transparent)]
    NoBundle(#[from] FolderError),
    #[error("failed to pack `{}`: a path in it is too long for a tar", path.display())]
    NotPacked { path: PathBuf, source: io::Error },
    #[error("failed to read manifests from `{}`", path.display())]
    ManifestsUnreadable { path: PathBuf, source: io::Error },
    #[error("failed to seal the request")]
    NotSealed(#[source] BadKey),
    #[error("failed to write a new sealing key to {}", path.display())]
    KeyUnwritable { path: PathBuf, source: io::Error },
    #[error("failed to read a sealing key from {}", path.display())]
    KeyUnreadable { path: PathBuf, source: io::Error },
    #[error("{} holds no private sealing key; `boathook sealing-key new FILE` makes one", .0.display())]
    NoKey(PathBuf),
    #[error("failed to prepare HTTP requests")]
    NoClient(#[source] reqwest::Error),
    /// It is asked where the configuration says.
    #[error("where boathook listens is not known; name it with --url")]
    NoHealthUrl(#[source] Option<ConfigError>),
    #[error("{url} gave no answer: {why}")]
    NotHealthy { url: String, why: String },
    #[error("failed to read the secret from {}", path.display())]
    SecretUnreadable { path: PathBuf, source: io::Error },
    #[error("no secret: set WEBHOOK_SECRET, or name a file with --secret-file")]
    NoSecret,
    #[error("the secret is empty")]
    EmptySecret,
    /// No CI system says who sends.
    #[error("no identity token: {0}")]
    NoIdentity(&'static str),
    #[error("failed to read standard input")]
    InputUnreadable(#[source] io::Error),
    #[error("failed to write the manual pages to `{}`", directory.display())]
    ManualUnwritable { directory: PathBuf, source: io::Error },
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The config does not name the journal to copy.
    #[error(transparent)]
    NothingToCopy(ConfigError),
    #[error(transparent)]
    BackUp(#[from] BackUpError),
    /// There is no such place for a journal.
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error(transparent)]
    Audit(#[from] VerifyError),
    #[error(transparent)]
    Compare(#[from] CompareError),
}

impl CliError {
    /// The same, where the request can be sent without asking GitHub.
    pub(super) fn or_unfollowed(self) -> Self {
        match self {
            Self::NoGitHub(what) => Self::NoGitHub(format!("{what}; or send with --no-follow")),
            other => other,
        }
    }

    pub const fn exit(&self) -> Exit {
        match self {
            Self::NoSocket(_)
            | Self::NobodyListens(_)
            | Self::NotPermitted(_)
            | Self::Silent { .. }
            | Self::Broken { .. }
            | Self::Unreachable { .. }
            | Self::NotReached { .. }
            | Self::NotTaken(_) => Exit::Unreachable,
            Self::NotDone(_)
            | Self::Refused(_)
            | Self::SecretUnreadable { .. }
            | Self::NoSecret
            | Self::EmptySecret
            | Self::NoUrl(_)
            | Self::NoGitHub(_)
            | Self::TokenUnreadable { .. }
            | Self::NoSealingKey(_)
            | Self::NoBundle(_)
            | Self::NotPacked { .. }
            | Self::ManifestsUnreadable { .. }
            | Self::NotSealed(_)
            | Self::KeyUnwritable { .. }
            | Self::KeyUnreadable { .. }
            | Self::NoKey(_)
            | Self::NoIdentity(_)
            | Self::Config(_)
            | Self::Place(_)
            | Self::Unread(_)
            | Self::Audit(
                VerifyError::NoLog { .. }
                | VerifyError::NotPermitted { .. }
                | VerifyError::Unreadable { .. },
            )
            | Self::Compare(CompareError::Unreadable(_)) => Exit::Refused,
            Self::NotShown(_)
            | Self::NothingToCopy(_)
            | Self::InDatabase { .. }
            | Self::NoClient(_)
            | Self::NoHealthUrl(_)
            | Self::NotHealthy { .. }
            | Self::InputUnreadable(_)
            | Self::ManualUnwritable { .. }
            | Self::BackUp(_)
            | Self::Copy(_)
            | Self::Audit(VerifyError::Flawed(_))
            | Self::Compare(CompareError::Flawed { .. }) => Exit::Failure,
        }
    }
}
