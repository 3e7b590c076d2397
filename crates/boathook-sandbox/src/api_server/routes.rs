//! The API server's paths, under the root for callers with a token and under a path of their own
//! for the others.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web::{self, Bytes, Data, ServiceConfig},
};
use serde_json::json;

use crate::{
    Cluster, Status,
    api_server::{
        access_review, answer,
        discovery::{self, Form},
        faults::{self, FaultEffect},
        identity::{self, Identity},
        objects::Asked,
        openapi,
        query::Query,
        target::Target,
    },
};

/// Declares every path of the API server; a [`Cluster`] has to be among the application's data.
pub fn configure(config: &mut ServiceConfig) {
    config.service(web::scope(identity::PATH).configure(api)).configure(api);
}

fn api(config: &mut ServiceConfig) {
    config
        .route("/healthz", web::get().to(well))
        .route("/readyz", web::get().to(well))
        .route("/version", web::get().to(version))
        .route("/api", web::get().to(core_group))
        .route("/apis", web::get().to(named_groups))
        .route("/apis/{group}", web::get().to(group))
        .route("/openapi/v2", web::get().to(openapi_two))
        .route("/openapi/v3", web::get().to(openapi_index))
        .route("/openapi/v3/{path:.*}", web::get().to(openapi_document))
        .route(
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            web::post().to(access_review::review),
        )
        .route("/{path:apis?/.*}", web::route().to(objects));
}

async fn well() -> &'static str {
    "ok"
}

async fn version(cluster: Data<Cluster>) -> HttpResponse {
    let version = cluster.settings().kubernetes;
    let mut numbers = version.trim_start_matches('v').split('.');
    let mut number = || numbers.next().unwrap_or_default().to_owned();
    HttpResponse::Ok().json(json!({
        "major": number(),
        "minor": number(),
        "gitVersion": version,
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "linux/amd64",
    }))
}

async fn core_group(_: Identity, request: HttpRequest) -> HttpResponse {
    let form = Form::wanted(accept(&request));
    HttpResponse::Ok()
        .content_type(form.content_type())
        .body(discovery::core_group(form).to_string())
}

async fn named_groups(_: Identity, request: HttpRequest) -> HttpResponse {
    let form = Form::wanted(accept(&request));
    HttpResponse::Ok()
        .content_type(form.content_type())
        .body(discovery::named_groups(form).to_string())
}

async fn group(_: Identity, request: HttpRequest) -> Result<HttpResponse, Status> {
    let group =
        discovery::group(request.match_info().query("group")).ok_or_else(Status::no_such_path)?;
    Ok(HttpResponse::Ok().json(group))
}

async fn openapi_two(_: Identity) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
        .body(openapi::version_two())
}

async fn openapi_index(_: Identity, request: HttpRequest) -> HttpResponse {
    HttpResponse::Ok().json(openapi::index(&identity::base_of(&request)))
}

async fn openapi_document(_: Identity, request: HttpRequest) -> Result<HttpResponse, Status> {
    let document =
        openapi::document(request.match_info().query("path")).ok_or_else(Status::no_such_path)?;
    Ok(HttpResponse::Ok().json(document))
}

async fn objects(
    Identity(caller): Identity,
    cluster: Data<Cluster>,
    query: web::Query<Query>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Status> {
    let path = request.match_info().query("path");
    if let Some(resources) =
        discovery::resources_at(path).filter(|_| request.method() == Method::GET)
    {
        return Ok(HttpResponse::Ok().json(resources));
    }
    let target = Target::parse(path).ok_or_else(Status::no_such_path)?;
    let asked =
        Asked { cluster: &cluster, caller, target, query: query.into_inner(), request: &request };
    match faults::strike(&asked) {
        None => asked.answer(&body),
        Some(FaultEffect::Refused(status)) => Err(status),
        Some(FaultEffect::PutOff(status)) => Ok(answer::put_off(&status)),
        Some(FaultEffect::Ends) => Ok(HttpResponse::Ok().content_type("application/json").finish()),
        Some(FaultEffect::Hangs) => std::future::pending().await,
    }
}

fn accept(request: &HttpRequest) -> &str {
    request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
