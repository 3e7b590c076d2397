//! Why a request never became a deployment.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    clock::date_and_time,
    deployment::{Environment, RequestOutcome, UnknownEnvironment},
    duration_text,
    proof::{NotProven, NotYet, Withdrawal},
    record::{Lock, Reason, ServiceHold},
};
use jiff::Timestamp;

use crate::{
    artifacts::ArtifactError,
    bundles::BundleError,
    intake::{BadSignature, FieldProblem},
    journal::{AcceptError, StoreError, Summary},
    sealing::Unopened,
};

/// Why a request was refused. The server gives each variant its status code.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The body is not one JSON object.
    #[error("the body is not the JSON object of a deployment: {0}")]
    Malformed(serde_json::Error),
    /// The body is sealed, and cannot be opened.
    #[error(
        "the body is sealed, and this boathook cannot open it: seal it for the public key that the node's operator gives you"
    )]
    Unopened(#[from] Unopened),
    /// The signature is bad, or its secret may not sign for the environment.
    #[error(transparent)]
    BadSignature(#[from] BadSignature),
    /// The environment's policy forbids it.
    #[error("{environment} does not accept this deployment: {what}")]
    NotAllowed {
        environment: Environment,
        /// What is not allowed, and what to do.
        what: String,
    },
    /// The image was withdrawn.
    #[error("{environment} does not accept this deployment: {}", withdrawal.without_user().refusal())]
    Withdrawn { environment: Environment, withdrawal: Arc<Withdrawal> },
    /// The environment takes proven images only, and this one is not proven.
    #[error("{environment} does not accept this deployment: {}", why.refusal(image))]
    NotProven {
        environment: Environment,
        /// The image, with the bundle that comes with it.
        image: String,
        why: Box<NotProven>,
    },
    /// The environment takes proven images only, and this one has not served long enough.
    #[error(
        "{environment} does not accept this deployment yet: {image} {not_yet}; send it again then"
    )]
    NotYetProven {
        environment: Environment,
        /// The image, with the bundle that comes with it.
        image: String,
        not_yet: Box<NotYet>,
        /// How long that is.
        wait: Duration,
    },
    /// The environment is frozen.
    #[error("{environment} is frozen: {reason}; send it again when it is not")]
    Frozen {
        environment: Environment,
        /// Why, in the operator's words.
        reason: String,
    },
    /// The environment's deployment windows are closed.
    #[error(
        "{environment} takes no deployments now: its deployment window opens at {}; send it again then",
        date_and_time(*opens_at)
    )]
    WindowClosed {
        environment: Environment,
        opens_at: Timestamp,
        /// How long that is.
        wait: Duration,
    },
    /// An operator locked the service or the environment.
    #[error("{} is locked {}: {}; send it again when it is not", .0.place(), .0.terms(), .0.reason)]
    Locked(Arc<Lock>),
    /// An operator rolled the service back.
    #[error("{0}")]
    Held(Arc<ServiceHold>),
    /// No environment has this name.
    #[error(transparent)]
    UnknownEnvironment(#[from] UnknownEnvironment),
    /// Another request has the same identity.
    #[error(
        "deployment_id `{}` already names another request for {}/{} in {}; send a new deployment_id for a new deployment",
        .0.deployment_id.as_str().escape_debug(), .0.namespace, .0.service, .0.environment
    )]
    Conflict(Box<Summary>),
    /// The request was made too long ago, or in the future.
    #[error(
        "`timestamp` is {} {direction} {clock}, and {} is allowed; send the current time, or set the clocks",
        duration_text::show(*skew), duration_text::show(*window)
    )]
    Stale {
        /// How far it is off.
        skew: Duration,
        /// `behind` or `ahead of`.
        direction: &'static str,
        /// What it is compared with.
        clock: &'static str,
        /// How far it may be off.
        window: Duration,
    },
    /// The event is about a package that was published long ago.
    #[error(
        "the package was published {} ago, and boathook takes what was published within {}; push a new version, or send a signed request for this one",
        duration_text::show(*age), duration_text::show(*within)
    )]
    PackageOld {
        age: Duration,
        /// How old it may be.
        within: Duration,
    },
    /// A request for the same service that was made later has been accepted.
    #[error(
        "`timestamp` is earlier than {requested_at}, that of deployment_id `{}` for {}/{} in {}, which would be overwritten; to deploy the \
         older build all the same, send `allow_older: true` (where its config says `allow.out_of_order: true`)",
        newer.deployment_id.as_str().escape_debug(), newer.namespace, newer.service, newer.environment
    )]
    Older {
        /// The request made later.
        newer: Box<Summary>,
        /// When it was made, as its sender says.
        requested_at: Timestamp,
    },
    /// Invalid fields.
    #[error("{}", messages(.0))]
    Fields(Vec<FieldProblem>),
    /// The manifests in the body cannot be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The manifests that it names in a registry cannot be had, or used.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// Too many deployments wait already.
    #[error("too many deployments are waiting; try again later")]
    QueueFull,
    /// As many dry runs as may run at once are running.
    #[error("too many dry runs are running; try again later")]
    DryRunsFull,
    /// The record cannot be written, so nothing is accepted.
    #[error("{}", unaccepted(.0))]
    Unwritable(#[source] StoreError),
}

const fn unaccepted(error: &StoreError) -> &'static str {
    match error {
        StoreError::HoldsSecrets => {
            "manifests with Secrets stay on the node that takes them, and this boathook follows another one, so nothing was accepted; send them to the node that leads"
        }
        error if error.is_uncertain() => {
            "it is not known whether this was accepted; send it again, a repeat changes nothing"
        }
        _ => "the record cannot be written, so nothing was accepted; try again later",
    }
}

impl From<AcceptError> for Refusal {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Conflict { existing } => Self::Conflict(existing),
            AcceptError::Older { newer, requested_at } => Self::Older { newer, requested_at },
            AcceptError::Locked(lock) => Self::Locked(lock),
            AcceptError::Held(hold) => Self::Held(hold),
            AcceptError::Withdrawn { environment, withdrawal } => {
                Self::Withdrawn { environment, withdrawal }
            }
            AcceptError::QueueFull => Self::QueueFull,
            AcceptError::Store(error) => Self::Unwritable(error),
        }
    }
}

impl Refusal {
    /// Whether boathook itself may take the same request in a moment, without anyone's doing.
    #[must_use]
    pub const fn is_momentary(&self) -> bool {
        matches!(self, Self::QueueFull | Self::DryRunsFull | Self::Unwritable(_))
    }

    /// What everyone may read, also where a public repository shows it: who locked a service or
    /// rolled it back, and why, is not for them.
    #[must_use]
    pub fn for_everyone(&self) -> String {
        match self {
            Self::Locked(lock) => {
                format!("{} is locked; send it again when it is not", lock.place())
            }
            Self::Held(hold) => {
                let ServiceHold { environment, service, .. } = &**hold;
                format!(
                    "{service} in {environment} was rolled back, and is held until an operator releases it"
                )
            }
            Self::Artifact(error) => error.for_everyone(),
            other => other.to_string(),
        }
    }

    /// Why a promotion is not taken, so that nobody but operators reads who locked a service or
    /// rolled it back.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::Withdrawn { environment: _, withdrawal } => Reason::Withdrawn { withdrawal },
            other => Reason::private(other.to_string(), other.for_everyone()),
        }
    }

    /// What boathook's log and its audit log say: more than the sender learns.
    #[must_use]
    pub fn for_operators(&self) -> String {
        match self {
            Self::BadSignature(bad) => format!("{bad}: {}", bad.fault),
            Self::Unopened(why) => why.to_string(),
            Self::Artifact(error) => error.for_operators(),
            Self::Withdrawn { environment, withdrawal } => {
                format!("{environment} does not accept this deployment: {}", withdrawal.refusal())
            }
            other => other.to_string(),
        }
    }

    /// The status code that says the same over HTTP.
    #[must_use]
    pub fn status_code(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::Unopened(_) => 400,
            Self::BadSignature(_) => 401,
            Self::NotAllowed { .. } | Self::Withdrawn { .. } | Self::NotProven { .. } => 403,
            Self::UnknownEnvironment(_) => 404,
            Self::Conflict(_)
            | Self::Stale { .. }
            | Self::PackageOld { .. }
            | Self::Older { .. } => 409,
            Self::Bundle(error) | Self::Artifact(ArtifactError::Bundle(error))
                if error.is_size() =>
            {
                413
            }
            Self::Artifact(error) if error.is_transient() => 503,
            Self::Fields(_) | Self::Bundle(_) | Self::Artifact(_) => 422,
            Self::Frozen { .. }
            | Self::WindowClosed { .. }
            | Self::NotYetProven { .. }
            | Self::Locked(_)
            | Self::Held(_) => 423,
            Self::QueueFull | Self::DryRunsFull => 429,
            Self::Unwritable(_) => 503,
        }
    }

    /// What a request counts as that is refused so.
    pub(crate) fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Malformed(_) | Self::Unopened(_) | Self::Fields(_) => RequestOutcome::Malformed,
            Self::Bundle(error) | Self::Artifact(ArtifactError::Bundle(error))
                if error.is_size() =>
            {
                RequestOutcome::TooLarge
            }
            Self::Artifact(error) if error.is_transient() => RequestOutcome::Unavailable,
            Self::Bundle(_) | Self::Artifact(_) => RequestOutcome::Malformed,
            Self::BadSignature(_) => RequestOutcome::BadSignature,
            Self::NotAllowed { .. } | Self::Withdrawn { .. } | Self::NotProven { .. } => {
                RequestOutcome::NotAllowed
            }
            Self::Frozen { .. }
            | Self::WindowClosed { .. }
            | Self::NotYetProven { .. }
            | Self::Locked(_)
            | Self::Held(_) => RequestOutcome::Locked,
            Self::UnknownEnvironment(_) => RequestOutcome::NotFound,
            Self::Conflict(_)
            | Self::Stale { .. }
            | Self::PackageOld { .. }
            | Self::Older { .. } => RequestOutcome::Conflict,
            Self::QueueFull | Self::DryRunsFull => RequestOutcome::QueueFull,
            Self::Unwritable(_) => RequestOutcome::Unavailable,
        }
    }

    /// Whether the same request may be accepted later.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Frozen { .. }
            | Self::WindowClosed { .. }
            | Self::NotYetProven { .. }
            | Self::Locked(_)
            | Self::Held(_)
            | Self::QueueFull
            | Self::DryRunsFull
            | Self::Unwritable(_) => true,
            Self::Artifact(error) => error.is_transient(),
            Self::Malformed(_)
            | Self::Unopened(_)
            | Self::BadSignature(_)
            | Self::NotAllowed { .. }
            | Self::Withdrawn { .. }
            | Self::NotProven { .. }
            | Self::UnknownEnvironment(_)
            | Self::Conflict(_)
            | Self::Stale { .. }
            | Self::PackageOld { .. }
            | Self::Older { .. }
            | Self::Fields(_)
            | Self::Bundle(_) => false,
        }
    }
}

fn messages(problems: &[FieldProblem]) -> String {
    problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("; ")
}
