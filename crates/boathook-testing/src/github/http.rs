//! The fake over HTTP, for programs.

use std::{net::SocketAddr, sync::mpsc, thread};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::StatusCode,
    rt,
    web::{Bytes, to},
};
use serde_json::json;

use crate::github::{FakeGitHub, Received};

/// Serves the fake on a port of this machine until the process ends.
pub fn serve(github: FakeGitHub) -> SocketAddr {
    let (told, address) = mpsc::channel();
    thread::spawn(move || {
        let app = move || {
            let github = github.clone();
            let answer = move |request: HttpRequest, body: Bytes| {
                let response = handled(&github, &request, &body);
                async move { response }
            };
            App::new().default_service(to(answer))
        };
        let server = HttpServer::new(app).workers(1).disable_signals();
        let server = server.bind("127.0.0.1:0").unwrap();
        told.send(server.addrs()[0]).unwrap();
        rt::System::new().block_on(server.run()).unwrap();
    });
    address.recv().unwrap()
}

fn handled(github: &FakeGitHub, request: &HttpRequest, body: &[u8]) -> HttpResponse {
    let header = |name: &str| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let received = Received {
        authorization: header("authorization"),
        if_none_match: header("if-none-match"),
        body: serde_json::from_slice(body).unwrap_or_else(|_| json!({})),
        ..Received::new(request.method().as_str(), &request.uri().to_string())
    };
    let api = format!("http://{}", request.connection_info().host());
    let Some(response) = github.handle(&received, &api) else {
        return HttpResponse::GatewayTimeout().finish();
    };
    let mut answer = HttpResponse::build(StatusCode::from_u16(response.status).unwrap());
    for (name, value) in response.headers {
        answer.append_header((name, value));
    }
    answer.body(response.body)
}
