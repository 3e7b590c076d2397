//! The common parts of operators' commands: a small JSON body, a user, and a note.

use std::time::Duration;

use actix_web::{HttpRequest, web::Payload};
use boathook_core::deployment::Actor;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    intake::{Refusal, parse_object},
    journal::AcceptError,
    redact::Redactor,
    server::{ApiError, BodyLimits, BodyRoom, body, known_fields::KnownFields, peer},
};

/// The limits of such a body.
const LIMITS: BodyLimits = BodyLimits { max_bytes: 4096, timeout: Duration::from_secs(10) };
static ROOM: BodyRoom = BodyRoom::new();
/// Characters that a note may have.
const NOTE_MAX: usize = 500;

/// The body, which may be `{}` but must be there: a form on some web page cannot send it. An order
/// with a field that is not known here might mean something else, and is refused.
pub async fn read<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
) -> Result<T, ApiError> {
    let body = body::read(request, payload, LIMITS, &ROOM).await?;
    let malformed = |error: serde_json::Error| {
        ApiError::Malformed(format!("the body is not what is expected here: {error}"))
    };
    let object = parse_object(&body).map_err(malformed)?;
    let names: Vec<String> = object.keys().cloned().collect();
    let (order, known) = KnownFields::read(Value::Object(object));
    match known.unknown(&names) {
        Some(problem) => Err(ApiError::UnknownField(problem)),
        None => order.map_err(malformed),
    }
}

/// The operator, with the note, from which secrets are removed.
pub fn by(
    request: &HttpRequest,
    note: Option<&str>,
    redactor: &Redactor,
) -> Result<Actor, ApiError> {
    Ok(Actor { user: peer::user(request)?, note: self::note(note, redactor)? })
}

/// The operator, with a reason that must be given, in place of the note.
pub fn by_with_reason(
    request: &HttpRequest,
    reason: &str,
    redactor: &Redactor,
) -> Result<Actor, ApiError> {
    let by = by(request, Some(reason), redactor)?;
    if by.note.is_none() {
        return Err(ApiError::Malformed("say why: it needs a `reason`".to_owned()));
    }
    Ok(by)
}

/// The answer to an order whose deployment was not accepted.
pub fn not_accepted(error: AcceptError) -> ApiError {
    match error {
        AcceptError::QueueFull => ApiError::Refused(Refusal::QueueFull),
        AcceptError::Store(error) => ApiError::Unwritable(error),
        AcceptError::Conflict { .. }
        | AcceptError::Older { .. }
        | AcceptError::Locked(_)
        | AcceptError::Held(_)
        | AcceptError::Withdrawn { .. } => ApiError::Impossible(error.to_string()),
    }
}

/// The operator's note, if any, with secrets removed.
pub fn note(note: Option<&str>, redactor: &Redactor) -> Result<Option<String>, ApiError> {
    match note.map(str::trim).filter(|note| !note.is_empty()) {
        Some(note) if note.chars().count() > NOTE_MAX => {
            Err(ApiError::Malformed(format!("a note has at most {NOTE_MAX} characters")))
        }
        note => Ok(note.map(|note| redactor.text(note).into_owned())),
    }
}
