//! Protects the loopback listener against DNS rebinding: a request must name loopback as its host.

use std::future::ready;

use actix_web::{
    Error,
    dev::{Service, ServiceRequest, ServiceResponse},
    http::{header::HOST, uri::Authority},
};
use boathook_core::address_text::is_loopback;
use futures_util::future::Either;

use crate::server::ApiError;

/// Passes a request on if its `Host` is a name of this machine that DNS cannot point elsewhere.
pub(crate) fn check_host<S, B>(
    request: ServiceRequest,
    next: &S,
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    if means_loopback(&request) {
        Either::Left(next.call(request))
    } else {
        Either::Right(ready(Err(ApiError::WrongHost.into())))
    }
}

/// Exactly one host: that of the header, and of the request line if it has one.
fn means_loopback(request: &ServiceRequest) -> bool {
    let mut named = request.headers().get_all(HOST);
    let (Some(host), None) = (named.next(), named.next()) else { return false };
    let is_ours = |name: &str| {
        !name.contains('@')
            && name.parse::<Authority>().is_ok_and(|authority| is_loopback(authority.host()))
    };
    host.to_str().is_ok_and(is_ours)
        && request.uri().authority().is_none_or(|authority| is_loopback(authority.host()))
}
