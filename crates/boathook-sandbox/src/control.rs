//! The sandbox's own port, besides those of a real cluster: publishing images, breaking and
//! repairing things, and the answers of the `crictl` stand-in.

use std::error::Error;

use actix_web::{
    HttpResponse,
    web::{self, Data, Json, Path, ServiceConfig},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Cluster, Kind, Times,
    crictl::{self, Printed},
    fault_text, queue_proxy_metrics,
    registry::Registry,
};

/// The largest body that is taken.
const BODY_MAX: usize = 64 * 1024;

/// An image to publish.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// `REPOSITORY:TAG=BEHAVIOUR`.
    pub image: String,
}

/// Something to break.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Break {
    /// The beginning of what is run, such as `kubectl patch`.
    pub place: String,
    /// How it breaks, such as `hang`.
    pub fault: String,
    /// How often; without it, until it is repaired.
    pub times: Option<u32>,
}

/// Something to repair.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repair {
    /// Everything that was broken at this place or below it.
    pub place: String,
}

/// A run of `crictl`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrictlRun {
    /// The arguments, without the program's name.
    pub arguments: Vec<String>,
}

/// Declares the control port; a [`Cluster`] and a [`Registry`] have to be among the application's
/// data.
pub fn configure(config: &mut ServiceConfig) {
    config
        .app_data(web::JsonConfig::default().limit(BODY_MAX))
        .route("/images", web::get().to(images))
        .route("/images", web::post().to(publish))
        .route("/faults", web::post().to(plant))
        .route("/faults/repair", web::post().to(repair))
        .route("/watches/end", web::post().to(end_watches))
        .route("/metrics", web::get().to(metrics))
        .route("/writes", web::get().to(writes))
        .route("/changes/{kind}", web::get().to(changes))
        .route("/crictl", web::post().to(run_crictl));
}

async fn images(registry: Data<Registry>) -> HttpResponse {
    HttpResponse::Ok().json(registry.list())
}

async fn publish(registry: Data<Registry>, body: Json<Publish>) -> HttpResponse {
    match registry.publish(&body.image) {
        Ok(published) => HttpResponse::Ok().json(published),
        Err(error) => refused(&error),
    }
}

async fn plant(cluster: Data<Cluster>, body: Json<Break>) -> HttpResponse {
    let Break { place, fault, times } = body.into_inner();
    match fault_text::parse(&fault) {
        Ok(fault) => {
            cluster.fail(&place, times.map_or(Times::UntilHealed, Times::Next), fault);
            HttpResponse::NoContent().finish()
        }
        Err(error) => refused(&error),
    }
}

async fn repair(cluster: Data<Cluster>, body: Json<Repair>) -> HttpResponse {
    cluster.heal(&body.place);
    HttpResponse::NoContent().finish()
}

async fn end_watches(cluster: Data<Cluster>) -> HttpResponse {
    cluster.break_watches();
    HttpResponse::NoContent().finish()
}

/// What Prometheus would scrape of the queue-proxies.
async fn metrics(cluster: Data<Cluster>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(queue_proxy_metrics::page(&cluster.answers()))
}

async fn writes(cluster: Data<Cluster>) -> HttpResponse {
    HttpResponse::Ok().json(cluster.writes())
}

async fn changes(cluster: Data<Cluster>, kind: Path<String>) -> HttpResponse {
    match Kind::by_word(&kind) {
        Some(kind) => HttpResponse::Ok().json(cluster.changes(kind)),
        None => HttpResponse::BadRequest()
            .json(json!({"error": "the sandbox has no such kind of object"})),
    }
}

async fn run_crictl(cluster: Data<Cluster>, body: Json<CrictlRun>) -> Json<Printed> {
    Json(crictl::run(&cluster, &body.arguments).await)
}

fn refused(error: &(dyn Error + 'static)) -> HttpResponse {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    HttpResponse::BadRequest().json(json!({"error": text}))
}
