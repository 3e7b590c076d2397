//! A small world: boathook's two HTTP applications on a journal of their own, and senders that sign what they send.

use std::{sync::Arc, time::Duration};

use actix_web::{
    Error,
    body::{MessageBody, to_bytes},
    dev::{Payload, Service, ServiceResponse},
    error::PayloadError,
    http::{Method, header::HeaderValue},
    test::{TestRequest, init_service},
    web::Bytes,
};
use boathook::{
    clock::Clock,
    config::{Allow, Pattern, Require, StrategyConfig},
    deployment::{Environment, JobId, Strategy, sign},
    intake::{Door, Keyring, Policy, SigningKey},
    journal::{Event, Filter, Journal, SqliteStore, Summary},
    server::{BodyLimits, Desk, Edge, operator_app, public_app},
};
use futures_util::stream::{self, LocalBoxStream};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{samples::append_all, state_dir::StateDir};

/// What time it is when a world begins.
pub const NOW: &str = "2026-08-01T10:00:00Z";
/// Signs for development alone.
pub const DEVELOPMENT: &[u8] = b"the secret of development, for tests";
/// Signs for staging and production, as their config says.
pub const SHARED: &[u8] = b"the secret that two environments share";
/// Signs for production alone.
pub const PRODUCTION: &[u8] = b"the secret of production, for tests";
/// Bytes that a body may have.
pub const BODY_MAX: usize = 4096;

/// A boathook without a cluster: deployments are accepted, and end when the test says so.
pub struct World {
    pub dir: StateDir,
    pub store: Arc<SqliteStore>,
    pub journal: Journal,
    pub edge: Edge,
}

impl World {
    pub fn new() -> Self {
        Self::on(StateDir::new(), |_| {})
    }

    /// A world with something else than usual at its door.
    pub fn with(change: impl FnOnce(&mut Door)) -> Self {
        Self::on(StateDir::new(), change)
    }

    /// The same world after its end and a new beginning.
    pub fn restarted(self) -> Self {
        self.changed(|_| {})
    }

    /// The same world with something else at its door.
    pub fn changed(self, change: impl FnOnce(&mut Door)) -> Self {
        let Self { dir, store, journal, edge } = self;
        drop((store, journal, edge));
        Self::on(dir, change)
    }

    fn on(dir: StateDir, change: impl FnOnce(&mut Door)) -> Self {
        let store = dir.store();
        let clock = Clock::following_tokio(NOW.parse().unwrap());
        let journal = Journal::open(Arc::clone(&store) as _, clock.clone()).unwrap();
        let mut door = Door {
            keyring: keyring(),
            policies: Environment::ALL.map(policy).to_vec(),
            window: SignedDuration::from_mins(5),
            trusted_proxies: Vec::new(),
            queue_limit: 100,
            journal: journal.clone(),
            clock,
        };
        change(&mut door);
        let edge = Edge {
            door: Arc::new(door),
            body: BodyLimits { max_bytes: BODY_MAX, timeout: Duration::from_secs(10) },
            max_wait: Duration::from_secs(600),
            public_url: Some("https://hooks.example.com".to_owned()),
            stopping: CancellationToken::new(),
        };
        Self { dir, store, journal, edge }
    }

    /// Sends something to the public listener.
    pub async fn send(&self, delivery: Delivery) -> Answer {
        let app = init_service(public_app(self.edge.clone())).await;
        let (request, payload) = delivery.parts();
        Answer::of(app.call(request.to_request().replace_payload(payload).0).await).await
    }

    /// Reads something on the public listener.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Delivery::get(path)).await
    }

    /// Reads something on the operator's listener.
    pub async fn ask(&self, path: &str) -> Answer {
        let desk = Desk { journal: self.journal.clone(), queue_limit: 100, stopping: self.edge.stopping.clone() };
        let app = init_service(operator_app(desk)).await;
        Answer::of(app.call(TestRequest::with_uri(path).to_request()).await).await
    }

    /// Asks for something on the operator's listener, as nobody in particular.
    pub async fn tell(&self, path: &str, body: Value) -> Answer {
        let desk = Desk { journal: self.journal.clone(), queue_limit: 100, stopping: self.edge.stopping.clone() };
        let app = init_service(operator_app(desk)).await;
        Answer::of(app.call(TestRequest::post().uri(path).set_json(body).to_request()).await).await
    }

    /// Has a delivery accepted as a new deployment.
    pub async fn accept(&self, delivery: Delivery) -> Summary {
        let answer = self.send(delivery).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        self.newest().await
    }

    /// The newest deployment.
    pub async fn newest(&self) -> Summary {
        self.everything().await.swap_remove(0)
    }

    /// All deployments, newest first.
    pub async fn everything(&self) -> Vec<Summary> {
        self.journal.list(&Filter::default()).await.unwrap()
    }

    /// Plays what the engine would have recorded.
    pub async fn play(&self, job: &JobId, events: Vec<Event>) {
        append_all(&self.journal, job, events).await;
    }
}

fn keyring() -> Keyring {
    let key = |environment, id, secret| SigningKey::new(environment, id, secret);
    Keyring::new(vec![
        key(Environment::Development, "development-1", DEVELOPMENT),
        key(Environment::Staging, "shared-1", SHARED),
        key(Environment::Production, "shared-1", SHARED),
        key(Environment::Production, "production-1", PRODUCTION),
    ])
}

/// Development is easy, production is strict.
fn policy(environment: Environment) -> Policy {
    let strict = environment == Environment::Production;
    let patterns = |all: &[&str]| all.iter().map(|text| Pattern::parse(text).unwrap()).collect();
    let strategies = if strict { vec![Strategy::BlueGreen] } else { vec![Strategy::Rolling, Strategy::BlueGreen] };
    Policy {
        environment,
        enabled: true,
        allow: Allow {
            images: patterns(&["registry.example/*/game", "registry.example/game"]),
            namespaces: patterns(&["game"]),
            services: patterns(&["game"]),
            tags: !strict,
        },
        require: Require { timestamp: strict, deployment_id: strict, confirmation: strict.then(|| "deploy".to_owned()) },
        strategy: StrategyConfig { default: strategies[0], allowed: strategies },
        traffic_split: !strict,
    }
}

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
        Self { method: Method::POST, path: "/webhook/deploy".to_owned(), headers: Vec::new(), body: Body::Whole(body.to_vec()) }
            .header("Content-Type", "application/json")
            .header("X-GitHub-Event", "deployment")
            .header("X-GitHub-Delivery", "7")
            .signed_by(DEVELOPMENT)
    }

    pub fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.to_owned(), headers: Vec::new(), body: Body::Whole(Vec::new()) }
    }

    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    pub fn to(mut self, path: &str) -> Self {
        self.path = path.to_owned();
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
    pub fn in_pieces(mut self, pieces: LocalBoxStream<'static, Result<Bytes, PayloadError>>) -> Self {
        self.body = Body::Stream(pieces);
        self
    }

    fn parts(self) -> (TestRequest, Payload) {
        let request = TestRequest::with_uri(&self.path).method(self.method);
        let request = self.headers.into_iter().fold(request, |request, header| request.append_header(header));
        let whole = |body: Vec<u8>| -> LocalBoxStream<'static, Result<Bytes, PayloadError>> { Box::pin(stream::iter([Ok(body.into())])) };
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
    async fn of<B: MessageBody>(response: Result<ServiceResponse<B>, Error>) -> Self {
        let response = response.unwrap();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body()).await.unwrap_or_else(|_| panic!("the body broke off"));
        Self { status, headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The status and the error, in one line.
    pub fn refusal(&self) -> String {
        format!("{} {}", self.status, self.json()["error"].as_str().unwrap_or("(no error)"))
    }
}
