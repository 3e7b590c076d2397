//! A bare actix-web handler that reads the body and answers 401: what a refusal costs where nobody
//! asks whose it is.
//!
//!     bare PORT

use actix_web::{App, HttpResponse, HttpServer, web};

/// As many threads as boathook's public listener has.
const WORKERS: usize = 2;

async fn refuse(_body: web::Bytes) -> HttpResponse {
    HttpResponse::Unauthorized()
        .content_type("application/json")
        .body(r#"{"error":"Invalid signature"}"#)
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args()
        .nth(1)
        .and_then(|port| port.parse::<u16>().ok())
        .expect("usage: bare PORT");
    let server = HttpServer::new(|| App::new().route("/webhook/deploy", web::post().to(refuse)));
    server.workers(WORKERS).bind(("127.0.0.1", port))?.run().await
}
