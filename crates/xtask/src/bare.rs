//! A bare actix-web handler that reads the body and answers 401.

use actix_web::{App, HttpResponse, HttpServer, web};

/// As many threads as boathook's public listener has.
const WORKERS: usize = 2;

#[derive(clap::Args)]
pub struct Bare {
    /// The port on loopback
    port: u16,
}

impl Bare {
    pub async fn run(self) -> std::io::Result<()> {
        let server =
            HttpServer::new(|| App::new().route("/webhook/deploy", web::post().to(refuse)));
        server.workers(WORKERS).bind(("127.0.0.1", self.port))?.run().await
    }
}

async fn refuse(_body: web::Bytes) -> HttpResponse {
    HttpResponse::Unauthorized()
        .content_type("application/json")
        .body(r#"{"error":"Invalid signature"}"#)
}
