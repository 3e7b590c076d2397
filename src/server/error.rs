//! Maps errors to status codes. Answers say what to do; internal errors are logged in full and
//! answered briefly.

use std::{borrow::Cow, time::Duration};

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{
        StatusCode,
        header::{ALLOW, RETRY_AFTER},
    },
};
use boathook_core::{
    deployment::{RequestOutcome, error_chain},
    record::{Lock, ServiceHold, Status},
    rollout::Action,
    state::IllegalEvent,
};
use serde_json::{Value, json};
use tracing::error;

use crate::{
    intake::{BadSignature, Refusal},
    journal::StoreError,
};

/// Seconds after which a sender may try again.
const RETRY_AFTER_SECONDS: u64 = 10;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Admission refused it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is not a webhook that boathook can read.
    #[error("{0}")]
    Malformed(String),
    /// An operator's order has a field that is not known here.
    #[error("{0}")]
    UnknownField(String),
    /// Nothing is here, or this caller may not see it.
    #[error("not found")]
    NotFound,
    /// No record exists of what an operator asks for.
    #[error("{0}")]
    Unknown(String),
    /// Nothing here answers to this method.
    #[error("method not allowed; use {allow}")]
    MethodNotAllowed {
        /// The methods that are.
        allow: String,
    },
    /// The body took too long to arrive.
    #[error("the body did not arrive within {} s; send it again", timeout.as_secs_f32())]
    BodyTooSlow {
        /// How long it may take.
        timeout: Duration,
    },
    /// The body is too large.
    #[error("the body is larger than {max_bytes} bytes")]
    TooLarge {
        /// Bytes, at most.
        max_bytes: usize,
    },
    /// The memory for large bodies is used up.
    #[error("too many large bodies are being sent at once; try again later")]
    NoRoom,
    /// The source has made too many requests.
    #[error("too many requests from your address; try again in {} s", seconds(*wait))]
    TooManyRequests {
        /// How long it has to wait.
        wait: Duration,
    },
    /// It came over plain HTTP from another machine that is no trusted proxy.
    #[error(
        "plain HTTP is accepted only from this machine and from the proxies in `server.trusted_proxies`; use the proxy's https address"
    )]
    InTheClear,
    /// The body is not plain JSON.
    #[error("{0}")]
    UnsupportedMediaType(String),
    /// More than one deployment has that id.
    #[error("several deployments have the external id `{}`; use an id of boathook instead: {ids}", id.escape_debug())]
    Ambiguous {
        id: String,
        /// Boathook's own ids of them, each with its service.
        ids: String,
    },
    /// A browser used a host name that is not this machine's.
    #[error("boathook answers here only to localhost, 127.0.0.1 and [::1]")]
    WrongHost,
    /// The caller is unknown.
    #[error(
        "changes are accepted only on boathook's Unix socket, where the caller's user is known"
    )]
    UnknownCaller,
    /// The command does not fit the deployment's status.
    #[error("{}", wrong_state(*action, state))]
    WrongState {
        action: Action,
        /// The deployment's status.
        state: Cow<'static, str>,
    },
    /// The configuration does not name this operator for the command.
    #[error("{0}")]
    NotNamed(String),
    /// An operator's command is not possible in the current state.
    #[error("{0}")]
    Impossible(String),
    /// The new configuration cannot be used; nothing changed.
    #[error("nothing was changed: {0}")]
    NotReloaded(String),
    /// The service is about to end.
    #[error("boathook is shutting down; try again later")]
    ShuttingDown,
    /// The journal cannot be read.
    #[error("the record cannot be read; try again later")]
    Unreadable(#[from] StoreError),
    /// The journal cannot be written.
    #[error("{}", unwritten(.0))]
    Unwritable(StoreError),
    /// The record of a deployment is inconsistent.
    #[error("the stored record of this deployment is inconsistent")]
    Broken(#[from] IllegalEvent),
}

impl From<BadSignature> for ApiError {
    fn from(bad: BadSignature) -> Self {
        Self::Refused(bad.into())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.answered().0
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        self.log(status);
        let mut answer = HttpResponse::build(status);
        self.add_headers(status, &mut answer);
        answer.json(self.body())
    }
}

impl ApiError {
    /// The counted result of a request with this answer.
    pub(super) fn became(&self) -> RequestOutcome {
        self.answered().1
    }

    /// The status code of the answer, and what its request counts as.
    fn answered(&self) -> (StatusCode, RequestOutcome) {
        match self {
            Self::Refused(refusal) => {
                let code = StatusCode::from_u16(refusal.status_code());
                (code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), refusal.outcome())
            }
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, RequestOutcome::Malformed),
            Self::NotFound | Self::Unknown(_) => (StatusCode::NOT_FOUND, RequestOutcome::NotFound),
            Self::WrongHost => (StatusCode::MISDIRECTED_REQUEST, RequestOutcome::NotFound),
            Self::MethodNotAllowed { .. } => {
                (StatusCode::METHOD_NOT_ALLOWED, RequestOutcome::NotFound)
            }
            Self::BodyTooSlow { .. } => (StatusCode::REQUEST_TIMEOUT, RequestOutcome::TooSlow),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, RequestOutcome::TooLarge),
            Self::UnsupportedMediaType(_) => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, RequestOutcome::Malformed)
            }
            Self::InTheClear | Self::UnknownCaller | Self::NotNamed(_) => {
                (StatusCode::FORBIDDEN, RequestOutcome::NotAllowed)
            }
            Self::Ambiguous { .. } | Self::WrongState { .. } | Self::Impossible(_) => {
                (StatusCode::CONFLICT, RequestOutcome::Conflict)
            }
            Self::NotReloaded(_) | Self::UnknownField(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, RequestOutcome::Malformed)
            }
            Self::Broken(_) => (StatusCode::INTERNAL_SERVER_ERROR, RequestOutcome::Unavailable),
            Self::TooManyRequests { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, RequestOutcome::TooMany)
            }
            Self::NoRoom | Self::ShuttingDown | Self::Unreadable(_) | Self::Unwritable(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, RequestOutcome::Unavailable)
            }
        }
    }

    fn body(&self) -> Value {
        let mut body = json!({"error": self.message()});
        if let Self::Refused(Refusal::Fields(problems)) = self {
            body["fields"] = json!(problems);
        }
        if let Self::Refused(Refusal::WindowClosed { opens_at, .. }) = self {
            body["opens_at"] = json!(opens_at);
        }
        if let Self::Refused(Refusal::NotYetProven { not_yet, .. }) = self {
            body["due"] = json!(not_yet.due);
        }
        if let Self::Refused(Refusal::Locked(lock)) = self {
            let Lock { reason, by, since, until, .. } = lock.as_ref();
            body["lock"] = json!({"reason": reason, "by": by.user, "since": since, "until": until});
        }
        if let Self::Refused(Refusal::Held(hold)) = self {
            let ServiceHold { by, since, deployment, .. } = hold.as_ref();
            body["hold"] = json!({"by": by.user, "since": since, "rollback": deployment});
        }
        body
    }

    /// What boathook's log and its audit log say: more than the sender learns.
    pub(crate) fn for_operators(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.for_operators(),
            other => other.to_string(),
        }
    }

    /// The sample's senders look for exactly this text after a bad signature.
    pub(crate) fn message(&self) -> String {
        if let Self::Refused(Refusal::BadSignature(_)) = self {
            "Invalid signature".to_owned()
        } else {
            self.to_string()
        }
    }

    fn add_headers(&self, status: StatusCode, answer: &mut HttpResponseBuilder) {
        if let Some(wait) = self.retry_after(status) {
            answer.insert_header((RETRY_AFTER, wait));
        }
        if matches!(self, Self::TooManyRequests { .. } | Self::InTheClear) {
            // If it were kept, a client could hold the connection by sending one refused request
            // after another.
            answer.force_close();
        }
        if let Self::MethodNotAllowed { allow } = self {
            answer.insert_header((ALLOW, allow.as_str()));
        }
    }

    /// Seconds after which the same request may be answered otherwise, where that is known.
    const fn retry_after(&self, status: StatusCode) -> Option<u64> {
        match (self, status) {
            (
                Self::TooManyRequests { wait }
                | Self::Refused(
                    Refusal::WindowClosed { wait, .. } | Refusal::NotYetProven { wait, .. },
                ),
                _,
            ) => Some(seconds(*wait)),
            (_, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => {
                Some(RETRY_AFTER_SECONDS)
            }
            _ => None,
        }
    }

    fn log(&self, status: StatusCode) {
        let code = status.as_u16();
        match self {
            Self::Unreadable(cause)
            | Self::Unwritable(cause)
            | Self::Refused(Refusal::Unwritable(cause)) => {
                error!(
                    http.status = code,
                    cause = error_chain(cause),
                    "Answered a request with {self}"
                );
            }
            Self::Broken(cause) => error!(
                http.status = code,
                cause = error_chain(cause),
                "Answered a request with {self}"
            ),
            // Faults of the sender are logged with their audit entry, within its limits.
            Self::Refused(_)
            | Self::NotFound
            | Self::Unknown(_)
            | Self::MethodNotAllowed { .. }
            | Self::NotReloaded(_)
            | Self::UnknownField(_)
            | Self::TooManyRequests { .. }
            | Self::Malformed(_)
            | Self::BodyTooSlow { .. }
            | Self::TooLarge { .. }
            | Self::NoRoom
            | Self::InTheClear
            | Self::UnsupportedMediaType(_)
            | Self::Ambiguous { .. }
            | Self::UnknownCaller
            | Self::WrongHost
            | Self::WrongState { .. }
            | Self::NotNamed(_)
            | Self::Impossible(_)
            | Self::ShuttingDown => {}
        }
    }
}

/// Whole seconds, so that after them it has been long enough.
const fn seconds(wait: Duration) -> u64 {
    if wait.subsec_nanos() > 0 { wait.as_secs() + 1 } else { wait.as_secs() }
}

/// The command that is not possible, and those that are.
fn wrong_state(action: Action, state: &str) -> String {
    let possible = state.parse::<Status>().map_or(&[][..], Status::accepted_actions);
    let instead = match possible {
        [] => "nothing can be asked of it any more".to_owned(),
        actions => format!(
            "possible now: {}",
            actions.iter().map(|action| action.name()).collect::<Vec<_>>().join(", ")
        ),
    };
    format!("cannot {}: the deployment is {}; {instead}", action.name(), state.replace('_', " "))
}

const fn unwritten(error: &StoreError) -> &'static str {
    if matches!(error, StoreError::HoldsSecrets) {
        "manifests with Secrets stay on the node that takes them, and this boathook follows another one; nothing was done: send it to the node that leads"
    } else if error.is_uncertain() {
        "it is not known whether this was recorded; look at what is there before you order it again"
    } else {
        "the record cannot be written; nothing was done, try again later"
    }
}
