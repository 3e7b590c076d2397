//! The caller's identity, given by one word: `admin`, `admin@NAME` for another person who may do
//! all, or `NAMESPACE:SERVICE` for the service account that may deploy that one service. The word
//! comes as a bearer token, or in the path, because kubectl sends tokens over TLS only.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use boathook_core::deployment::{Namespace, ServiceName};

use crate::{Caller, Status};

/// The path below which a kubeconfig names its caller.
pub const PATH: &str = "/as/{caller}";

/// The caller of a request.
#[derive(Clone, Debug)]
pub struct Identity(pub Caller);

/// The path of the whole API for a caller, without a slash at its end.
#[must_use]
pub fn base_path(caller: &str) -> String {
    format!("/as/{caller}")
}

/// The path of the whole API as this request's caller sees it.
#[must_use]
pub fn base_of(request: &HttpRequest) -> String {
    request.match_info().get("caller").map(base_path).unwrap_or_default()
}

impl FromRequest for Identity {
    type Error = Status;
    type Future = Ready<Result<Self, Status>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let word = request.match_info().get("caller").or_else(|| bearer(request));
        ready(word.and_then(caller).map(Self).ok_or_else(Status::unauthorized))
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn caller(word: &str) -> Option<Caller> {
    match word.split_once(':') {
        None => match word.strip_prefix("admin@") {
            Some(name) => Some(Caller::person(name)),
            None => (word == "admin").then(Caller::admin),
        },
        Some((namespace, service)) => Some(Caller::deployer(
            Namespace::parse(namespace).ok()?,
            ServiceName::parse(service).ok()?,
        )),
    }
}
