//! The two applications: what the public may ask, and what the operator may. Tests and the real listeners run the same.

use actix_web::{
    App, Error, HttpRequest, Resource,
    body::MessageBody,
    dev::{Service as _, ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::DefaultHeaders,
    web::{self, PathConfig, QueryConfig},
};

use crate::server::{
    ApiError, Desk, Edge, Now, health, moment, operator, reload, retry, roll_back, secrets, status, steer, unread, webhook,
};

/// The public listener: webhooks in, status out, and nothing else.
pub fn public_app(
    edge: Now<Edge>,
) -> App<impl ServiceFactory<ServiceRequest, Response = ServiceResponse<impl MessageBody>, Config = (), InitError = (), Error = Error>> {
    App::new()
        .service(post("/webhook/deploy"))
        .service(post("/webhook/deploy/{environment}"))
        .service(get("/deployments/{job}").route(web::get().to(status::status)))
        .service(get("/deployments/{job}/events").route(web::get().to(status::events)))
        .service(get("/health").route(web::get().to(health::health)).route(web::head().to(health::health)))
        .default_service(web::to(nothing_here))
        .wrap(guarding_headers())
        .wrap_fn(unread::keep_in_hand)
        .wrap_fn(move |mut request, next| {
            moment::go_by(&edge, &mut request);
            next.call(request)
        })
}

/// The operator's listener.
pub fn operator_app(
    desk: Now<Desk>,
) -> App<impl ServiceFactory<ServiceRequest, Response = ServiceResponse<impl MessageBody>, Config = (), InitError = (), Error = Error>> {
    let query = QueryConfig::default().error_handler(|error, _| ApiError::Malformed(error.to_string()).into());
    App::new()
        .app_data(query)
        .app_data(PathConfig::default().error_handler(|_, _| ApiError::NotFound.into()))
        .service(get("/v1/deployments").route(web::get().to(operator::list)))
        .service(get("/v1/deployments/{job}").route(web::get().to(operator::deployment)))
        .service(get("/v1/deployments/{job}/records").route(web::get().to(operator::records)))
        .service(get("/v1/deployments/{job}/events").route(web::get().to(operator::events)))
        .service(get("/v1/secrets").route(web::get().to(secrets::list)))
        .service(order("/v1/reload").route(web::post().to(reload::reload)))
        .service(order("/v1/rollbacks").route(web::post().to(roll_back::roll_back)))
        .service(order("/v1/deployments/{job}/retry").route(web::post().to(retry::retry)))
        .service(order("/v1/deployments/{job}/{verb:pause|resume|promote|abort}").route(web::post().to(steer::steer)))
        .default_service(web::to(nothing_here))
        .wrap(guarding_headers())
        .wrap_fn(unread::keep_in_hand)
        .wrap_fn(move |mut request, next| {
            moment::go_by(&desk, &mut request);
            next.call(request)
        })
}

fn post(path: &str) -> Resource {
    web::resource(path).route(web::post().to(webhook::deploy)).default_service(web::to(only_post))
}

fn order(path: &str) -> Resource {
    web::resource(path).default_service(web::to(only_post))
}

fn get(path: &str) -> Resource {
    web::resource(path).default_service(web::to(only_get))
}

async fn only_post(_request: HttpRequest) -> Result<&'static str, ApiError> {
    Err(ApiError::MethodNotAllowed { allow: "POST" })
}

async fn only_get(_request: HttpRequest) -> Result<&'static str, ApiError> {
    Err(ApiError::MethodNotAllowed { allow: "GET" })
}

async fn nothing_here(_request: HttpRequest) -> Result<&'static str, ApiError> {
    Err(ApiError::NotFound)
}

/// Answers carry links that are capabilities, so nothing may keep them, pass them on, or frame them.
fn guarding_headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add(("Cache-Control", "no-store"))
        .add(("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("X-Frame-Options", "DENY"))
}
