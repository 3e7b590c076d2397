//! The gateways: serve each service under its host, by the actual traffic, over HTTP/1.1 and
//! HTTP/2. They decide nothing; the cluster does.

use std::{convert::Infallible, io, time::Duration};

use boathook_core::health::GrpcAnswer;
use futures_util::stream;
use http_body_util::{BodyExt, Full, Limited, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    HeaderMap, Request, Response, StatusCode,
    body::{Bytes, Frame, Incoming},
    header::{CONTENT_TYPE, HOST, HeaderValue, LOCATION, SERVER},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::{Cluster, Gateway, Outcome, Visit, grpc_health};

/// Bytes of a gRPC question that are read.
const QUESTION_MAX: usize = 4096;
/// The pause after a failed accept.
const PAUSE: Duration = Duration::from_millis(20);
const GRPC: &str = "application/grpc";

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Serves a gateway until it is stopped, open connections too.
pub(super) fn serve(
    listener: std::net::TcpListener,
    cluster: Cluster,
    gateway: Gateway,
    stop: CancellationToken,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    tokio::spawn(async move {
        let accepting = async {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        drop(tokio::spawn(stop.clone().run_until_cancelled_owned(converse(
                            stream,
                            cluster.clone(),
                            gateway,
                        ))))
                    }
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        };
        stop.run_until_cancelled(accepting).await;
    });
    Ok(())
}

async fn converse(stream: TcpStream, cluster: Cluster, gateway: Gateway) {
    let service = service_fn(|request| {
        let cluster = cluster.clone();
        async move { Ok::<_, Infallible>(answer(&cluster, gateway, request).await) }
    });
    // The gateway ignores clients that disconnect or do not speak HTTP.
    let _ =
        Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(cluster: &Cluster, gateway: Gateway, request: Request<Incoming>) -> Response<Body> {
    let mut response = match cluster.ask(&visit(gateway, request).await).await {
        Outcome::Answer { status, body } => text(status, body),
        Outcome::Redirect { status, location } => {
            let mut response = text(status, String::new());
            response
                .headers_mut()
                .extend(HeaderValue::from_str(&location).map(|location| (LOCATION, location)).ok());
            response
        }
        Outcome::Grpc(answer) => grpc(&answer),
        Outcome::Nothing => std::future::pending().await,
    };
    response.headers_mut().insert(SERVER, HeaderValue::from_static("envoy"));
    response
}

async fn visit(gateway: Gateway, request: Request<Incoming>) -> Visit {
    let (head, body) = request.into_parts();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let host = head
        .uri
        .host()
        .map(str::to_owned)
        .or_else(|| head.headers.get(HOST).map(text))
        .unwrap_or_default();
    let speaks_grpc = head
        .headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(GRPC.as_bytes()));
    let grpc = if speaks_grpc { question(body).await } else { None };
    Visit {
        gateway,
        host,
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        grpc,
    }
}

async fn question(body: Incoming) -> Option<String> {
    let body = Limited::new(body, QUESTION_MAX).collect().await.ok()?;
    grpc_health::asked_service(&body.to_bytes())
}

fn text(status: u16, body: String) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from(body)).boxed_unsync());
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// A message with its status in the trailers, or the status alone in the headers.
fn grpc(answer: &GrpcAnswer) -> Response<Body> {
    let mut status = HeaderMap::new();
    let (message, code, said) = match answer {
        GrpcAnswer::Health(serving) => (Some(grpc_health::response(*serving)), 0, ""),
        GrpcAnswer::Error { code, message } => (None, *code, message.as_str()),
        GrpcAnswer::NotGrpc { status } => return text(*status, String::new()),
    };
    status.insert("grpc-status", HeaderValue::from(code));
    status.extend(
        HeaderValue::from_str(said)
            .ok()
            .filter(|said| !said.is_empty())
            .map(|said| (GRPC_MESSAGE, said)),
    );
    let mut response = match message {
        Some(message) => {
            let frames = [Frame::data(Bytes::copy_from_slice(&message)), Frame::trailers(status)];
            Response::new(StreamBody::new(stream::iter(frames.map(Ok))).boxed_unsync())
        }
        None => {
            let mut response = Response::new(Full::new(Bytes::new()).boxed_unsync());
            *response.headers_mut() = status;
            response
        }
    };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
    response
}

const GRPC_MESSAGE: hyper::header::HeaderName =
    hyper::header::HeaderName::from_static("grpc-message");
