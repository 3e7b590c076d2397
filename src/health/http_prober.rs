//! Probes a URL over HTTP or gRPC.
//!
//! It uses no proxy and keeps no connection and no cookie: each sample is one new connection, like
//! a new visitor's.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use boathook_core::health::{HeaderValue, ProbeAnswer, ProbeRequest, Prober, Sample, Unanswered};
use futures_util::{FutureExt, future::BoxFuture};
use reqwest::{
    Client, RequestBuilder, Url,
    header::{HOST, HeaderMap, HeaderName, HeaderValue as Text, LOCATION},
};
use tokio::time::{Instant, timeout};

use crate::{
    health::{grpc_call, grpc_frame, unanswered},
    http_client,
};

/// The maximum number of bytes of a body to read.
const BODY_CAP: usize = 64 * 1024;
/// Clients kept for the next sample; the oldest is dropped first.
const CLIENTS: usize = 32;

/// Probes URLs over HTTP and HTTPS; trusts this machine's certificate store.
#[derive(Debug, Default)]
pub struct HttpProber {
    clients: Mutex<Vec<(Target, Client)>>,
}

/// What a client is made for: reqwest binds the address to connect to when it builds one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    scheme: String,
    /// Whether it speaks HTTP/2 and nothing else, as gRPC does; other probes use HTTP/1.1.
    http2: bool,
    /// The host, and where connections to it go instead of what it resolves to.
    diverted: Option<(String, SocketAddr)>,
}

impl Prober for HttpProber {
    fn probe(&self, request: ProbeRequest) -> BoxFuture<'_, Sample> {
        async move {
            let begun = Instant::now();
            let result = match timeout(request.timeout, self.ask(&request)).await {
                Ok(result) => result,
                Err(_) => Err(Unanswered(format!("no answer within {:?}", request.timeout))),
            };
            Sample { result, latency: begun.elapsed() }
        }
        .boxed()
    }
}

impl HttpProber {
    async fn ask(&self, request: &ProbeRequest) -> Result<ProbeAnswer, Unanswered> {
        let (mut url, host) = parse(&request.url)?;
        let target = Target {
            scheme: url.scheme().to_owned(),
            http2: request.grpc.is_some(),
            diverted: diverted(&url, request.connect_to)?,
        };
        let place = request.connect_to.map_or_else(|| place(&url), |address| address.to_string());
        if request.connect_to.is_some() {
            // A port in the URL would win over the one to connect to; it stays in `Host`.
            url.set_port(None).map_err(|()| Unanswered("the URL has no host".to_owned()))?;
        }
        let client = self.client(target).map_err(|error| unanswered::describe(error, &place))?;
        let headers = headers(request)?;
        match &request.grpc {
            Some(service) => {
                url.set_path(grpc_frame::PATH);
                grpc_call::ask(client.post(url).headers(headers), service, request.timeout, &place)
                    .await
                    .map(ProbeAnswer::Grpc)
            }
            None => {
                let method = request.method.name().parse().unwrap_or_default();
                read(client.request(method, url).header(HOST, host).headers(headers), &place).await
            }
        }
    }

    fn client(&self, target: Target) -> reqwest::Result<Client> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(known, _)| *known == target) {
            return Ok(client.clone());
        }
        let client = build(&target)?;
        if clients.len() == CLIENTS {
            clients.remove(0);
        }
        clients.push((target, client.clone()));
        Ok(client)
    }
}

async fn read(request: RequestBuilder, place: &str) -> Result<ProbeAnswer, Unanswered> {
    let describe = |error| unanswered::describe(error, place);
    let response = request.send().await.map_err(describe)?;
    let location = response
        .headers()
        .get(LOCATION)
        .map(|location| String::from_utf8_lossy(location.as_bytes()).into_owned());
    let status = response.status().as_u16();
    let body = http_client::beginning(response, BODY_CAP).await.map_err(describe)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok(ProbeAnswer::Http { status, body, location })
}

/// What is sent besides; a message names a header and never its value.
fn headers(request: &ProbeRequest) -> Result<HeaderMap, Unanswered> {
    let mut headers = HeaderMap::new();
    for header in &request.headers {
        let HeaderValue::Value(value) = &header.value else {
            return Err(Unanswered(format!(
                "the secret for the header {} is not known",
                header.name
            )));
        };
        let name = HeaderName::from_bytes(header.name.as_bytes()).ok();
        let (name, value) = name.zip(Text::from_str(value).ok()).ok_or_else(|| {
            Unanswered(format!("the header {} cannot be sent", header.name.escape_debug()))
        })?;
        headers.insert(name, value);
    }
    Ok(headers)
}

fn build(target: &Target) -> reqwest::Result<Client> {
    let builder = http_client::direct(&target.scheme)
        .pool_max_idle_per_host(0)
        .pool_idle_timeout(Duration::ZERO);
    let builder = if target.http2 { builder.http2_prior_knowledge() } else { builder.http1_only() };
    match &target.diverted {
        Some((host, address)) => builder.resolve(host, *address),
        None => builder,
    }
    .build()
}

/// The URL and its `Host` header.
fn parse(text: &str) -> Result<(Url, String), Unanswered> {
    let url =
        Url::parse(text).map_err(|error| Unanswered(format!("the URL cannot be read: {error}")))?;
    match (url.scheme(), url.host_str(), url.port()) {
        ("http" | "https", Some(host), None) => Ok((url.clone(), host.to_owned())),
        ("http" | "https", Some(host), Some(port)) => Ok((url.clone(), format!("{host}:{port}"))),
        _ => Err(Unanswered("the URL must begin with http:// or https://".to_owned())),
    }
}

fn diverted(
    url: &Url,
    connect_to: Option<SocketAddr>,
) -> Result<Option<(String, SocketAddr)>, Unanswered> {
    match (url.domain(), connect_to) {
        (_, None) => Ok(None),
        (Some(host), Some(address)) => Ok(Some((host.to_owned(), address))),
        (None, Some(_)) => Err(Unanswered(
            "the URL must have a host name, not an address, where the connection goes elsewhere"
                .to_owned(),
        )),
    }
}

/// Where the connection goes, without what may be secret in a URL.
fn place(url: &Url) -> String {
    format!(
        "{}:{}",
        url.host_str().unwrap_or_default(),
        url.port_or_known_default().unwrap_or_default()
    )
}
