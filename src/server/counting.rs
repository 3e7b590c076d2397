//! Counts every request on the public listener against its source, before anything of it is read,
//! and refuses plain HTTP that does not come through a trusted proxy.

use std::{future::ready, net::IpAddr};

use actix_web::{
    Error, HttpRequest,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse},
    http::header::HeaderName,
    web::Data,
};
use futures_util::future::Either;

use crate::{
    intake::{Counted, client_of},
    server::{ApiError, PublicState, health},
};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Passes a request on if its source is within its rate, and it came over TLS or a trusted proxy.
pub fn count<S, B>(
    request: ServiceRequest,
    next: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    match take(request.request()) {
        Ok(()) => {
            let answer = next.call(request);
            Either::Left(async move { Ok(answer.await?.map_into_boxed_body()) })
        }
        Err(refused) => Either::Right(ready(Ok(request.error_response(refused)))),
    }
}

/// Where the request came from; none if a trusted proxy sent an invalid address.
pub fn client(request: &HttpRequest, public: &PublicState) -> Option<IpAddr> {
    let lines = request
        .headers()
        .get_all(FORWARDED_FOR)
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    client_of(
        request.peer_addr()?.ip(),
        &lines.collect::<Vec<_>>().join(","),
        &public.admission.trusted_proxies,
    )
}

fn take(request: &HttpRequest) -> Result<(), ApiError> {
    let public: &Data<PublicState> =
        request.app_data().expect("the application that is wrapped in this holds its public");
    let counted = if request.path() == health::PATH { Counted::Health } else { Counted::Other };
    let peer = request.peer_addr().map(|address| address.ip().to_canonical());
    public
        .requests
        .take(client(request, public).or(peer), counted)
        .map_err(|wait| ApiError::TooManyRequests { wait })?;
    let near = peer.is_some_and(|peer| {
        peer.is_loopback()
            || public.admission.trusted_proxies.iter().any(|proxy| proxy.contains(peer))
    });
    if public.tls || near || counted == Counted::Health {
        Ok(())
    } else {
        Err(ApiError::InTheClear)
    }
}
