//! The actix applications of the public listener, the operator's socket and the dashboard. Tests
//! and the real listeners use the same ones.

use actix_web::{
    App, Error, HttpRequest,
    dev::{Service as _, ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::DefaultHeaders,
    web::{self, PathConfig, QueryConfig, ServiceConfig},
};

use boathook_core::current::Current;

use crate::server::{
    ApiError, OperatorState, PublicState, counting, current, error_page, loopback, refused, routes,
    unread,
};

/// What all of an application's routes answer together, as a listener takes it.
pub trait Endpoints:
    ServiceFactory<
        ServiceRequest,
        Response = ServiceResponse,
        Config = (),
        InitError = (),
        Error = Error,
    >
{
}

impl<F> Endpoints for F where
    F: ServiceFactory<
            ServiceRequest,
            Response = ServiceResponse,
            Config = (),
            InitError = (),
            Error = Error,
        >
{
}

/// The public listener: webhooks, status links and `/health`.
pub fn public_app(public: Current<PublicState>) -> App<impl Endpoints> {
    App::new()
        .configure(routes::mount(routes::PUBLIC))
        .default_service(web::to(nothing_here))
        .wrap_fn(counting::count)
        .wrap(guarding_headers())
        .wrap_fn(unread::hold_unread_body)
        .wrap_fn(|request, next| refused::seeing(request, next, refused::note))
        .wrap_fn(error_page::for_browsers)
        .wrap_fn(move |mut request, next| {
            current::attach_snapshot(&public, &mut request);
            next.call(request)
        })
}

/// The operator's socket.
pub fn operator_app(operators: Current<OperatorState>) -> App<impl Endpoints> {
    build_operator_app(operators, routes::mount(routes::OPERATOR))
}

/// The operator's listener on loopback: the routes of the socket that only read, for browsers on
/// this machine.
pub fn reading_app(operators: Current<OperatorState>) -> App<impl Endpoints> {
    build_operator_app(operators, routes::mount_reads(routes::OPERATOR))
        .wrap_fn(loopback::check_host)
}

fn build_operator_app(
    operators: Current<OperatorState>,
    routes: impl FnOnce(&mut ServiceConfig),
) -> App<impl Endpoints> {
    let query = QueryConfig::default()
        .error_handler(|error, _| ApiError::Malformed(error.to_string()).into());
    App::new()
        .app_data(query)
        .app_data(PathConfig::default().error_handler(|_, _| ApiError::NotFound.into()))
        .configure(routes)
        .default_service(web::to(nothing_here))
        .wrap(guarding_headers())
        .wrap_fn(unread::hold_unread_body)
        .wrap_fn(|request, next| refused::seeing(request, next, refused::note_order))
        .wrap_fn(error_page::for_browsers)
        .wrap_fn(move |mut request, next| {
            current::attach_snapshot(&operators, &mut request);
            next.call(request)
        })
}

async fn nothing_here(_request: HttpRequest) -> Result<&'static str, ApiError> {
    Err(ApiError::NotFound)
}

/// Status links give access to anyone who has them, so responses must not be cached, framed, or
/// sent on as a referrer.
fn guarding_headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add(("Cache-Control", "no-store"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add(("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("X-Frame-Options", "DENY"))
}
