//! The ingress: serves each service under its host, by the traffic that really holds. It decides nothing; the cluster does.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Data, ServiceConfig},
};

use crate::sandbox::{Cluster, Outcome};

/// Declares the ingress; a [`Cluster`] has to be among the application's data.
pub fn configure(config: &mut ServiceConfig) {
    config.default_service(web::to(serve));
}

async fn serve(cluster: Data<Cluster>, request: HttpRequest) -> HttpResponse {
    let reply = cluster.route(host(&request));
    tokio::time::sleep(reply.delay).await;
    match reply.outcome {
        Outcome::Answer { status, body } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(body)
        }
        Outcome::Nothing => std::future::pending().await,
    }
}

fn host(request: &HttpRequest) -> &str {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}
