//! One HTTP request as a sender makes it, and what comes back.

use std::net::SocketAddr;

use actix_web::{
    Error,
    body::{MessageBody, to_bytes},
    dev::{Payload, ServiceResponse},
    error::PayloadError,
    http::{Method, header::HeaderValue},
    test::TestRequest,
    web::Bytes,
};
use boathook_core::deployment::sign;
use futures_util::stream::{self, LocalBoxStream};
use serde_json::{Value, json};

/// What time it is when a harness begins.
pub const NOW: &str = "2026-08-01T10:00:00Z";
/// Signs for development alone.
pub const DEVELOPMENT: &[u8] = b"the secret of development, for tests";

/// The body of a good request for development.
pub fn body() -> Value {
    json!({
        "deployment_id": "101-1",
        "environment": "development",
        "image": "registry.example/acme/game:2",
        "namespace": "game",
        "service_name": "game",
        "commit_sha": "4f2a9c1",
        "triggered_by": "jane",
        "timestamp": NOW,
        "auto_promotion": false,
    })
}

/// The same with some fields set; `null` takes one away.
pub fn body_with(fields: Value) -> Value {
    let mut body = body();
    for (name, value) in fields.as_object().unwrap() {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(name)
        } else {
            body.as_object_mut().unwrap().insert(name.clone(), value.clone())
        };
    }
    body
}

/// One HTTP request.
pub struct Delivery {
    method: Method,
    path: String,
    pub headers: Vec<(String, Vec<u8>)>,
    body: Body,
    peer: Option<SocketAddr>,
}

enum Body {
    Whole(Vec<u8>),
    Stream(LocalBoxStream<'static, Result<Bytes, PayloadError>>),
}

impl Delivery {
    /// A webhook, signed with development's secret.
    pub fn of(body: &Value) -> Self {
        Self::raw(&serde_json::to_vec(body).unwrap())
    }

    /// A webhook with these bytes, signed with development's secret.
    pub fn raw(body: &[u8]) -> Self {
        Self {
            method: Method::POST,
            path: "/webhook/deploy".to_owned(),
            headers: Vec::new(),
            body: Body::Whole(body.to_vec()),
            peer: None,
        }
        .header("Content-Type", "application/json")
        .header("X-GitHub-Event", "deployment")
        .header("X-GitHub-Delivery", "7")
        .signed_by(DEVELOPMENT)
    }

    pub fn get(path: &str) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Body::Whole(Vec::new()),
            peer: None,
        }
    }

    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    pub fn to(mut self, path: &str) -> Self {
        self.path = path.to_owned();
        self
    }

    /// Sends it over a connection from there.
    pub fn from(mut self, address: &str) -> Self {
        self.peer = Some(SocketAddr::new(address.parse().unwrap(), 40_000));
        self
    }

    /// Signs the body anew.
    pub fn signed_by(self, secret: &[u8]) -> Self {
        let Body::Whole(body) = &self.body else { panic!("only a whole body can be signed") };
        let signature = sign(secret, body);
        self.header("X-Signature-SHA256", &signature)
    }

    /// Sets a header, in place of what it was.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.without(name).also(name, value)
    }

    /// Adds a header beside what there is of that name.
    pub fn also(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Sends the body in pieces, without saying how long it is.
    pub fn in_pieces(
        mut self,
        pieces: LocalBoxStream<'static, Result<Bytes, PayloadError>>,
    ) -> Self {
        self.body = Body::Stream(pieces);
        self
    }

    pub fn parts(self) -> (TestRequest, Payload) {
        let mut request = TestRequest::with_uri(&self.path).method(self.method);
        for header in self.headers {
            request = request.append_header(header);
        }
        if let Some(peer) = self.peer {
            request = request.peer_addr(peer);
        }
        let whole = |body: Vec<u8>| -> LocalBoxStream<'static, Result<Bytes, PayloadError>> {
            Box::pin(stream::iter([Ok(body.into())]))
        };
        let payload = match self.body {
            Body::Whole(body) => whole(body),
            Body::Stream(pieces) => pieces,
        };
        (request, Payload::Stream { payload })
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Answer {
    pub async fn of<B: MessageBody>(response: Result<ServiceResponse<B>, Error>) -> Self {
        let response = response.unwrap();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect();
        let status = response.status().as_u16();
        let body =
            to_bytes(response.into_body()).await.unwrap_or_else(|_| panic!("the body broke off"));
        Self { status, headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// What a refusal that never reached the routes becomes.
    pub async fn of_refusal(error: &Error) -> Self {
        Self::of(Ok(ServiceResponse::new(
            TestRequest::default().to_http_request(),
            error.error_response(),
        )))
        .await
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The status and the error, in one line.
    pub fn refusal(&self) -> String {
        format!("{} {}", self.status, self.json()["error"].as_str().unwrap_or("(no error)"))
    }
}
