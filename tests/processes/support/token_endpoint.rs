//! GitHub's two ends of an identity token on one socket: the endpoint at which a job asks for one, and the
//! issuer's documents. Holds no test.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    web::{self, Data, Query},
};
use boathook::{
    config::{IdentityRule, IssuerConfig, Pattern},
    identity::{Issuers, over_https},
    intake::Admission,
};
use boathook_core::clock::Clock;
use boathook_testing::fake_issuer::FakeIssuer;
use serde::Deserialize;
use serde_json::json;

/// What a job shows when it asks for a token.
pub const KEY: &str = "the-key-of-this-job";

/// The endpoint and the issuer.
pub struct TokenEndpoint {
    pub issuer: Arc<FakeIssuer>,
    url: String,
    asked: Arc<Asked>,
    handle: ServerHandle,
}

/// The audiences that tokens were asked for, and how many requests are still answered with 503.
#[derive(Default)]
struct Asked {
    audiences: Mutex<Vec<String>>,
    busy: Mutex<usize>,
}

#[derive(Deserialize)]
struct Wanted {
    audience: String,
}

impl TokenEndpoint {
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let issuer = FakeIssuer::new(&url);
        let asked = Arc::new(Asked::default());
        let documents = Data::from(Arc::clone(&issuer));
        let tokens = Data::from(Arc::clone(&asked));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(documents.clone())
                .app_data(tokens.clone())
                .route("/token", web::get().to(token))
                .default_service(web::get().to(document))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { issuer, url, asked, handle }
    }

    /// The variables that a job with the permission has.
    pub fn variables(&self) -> [(&'static str, String); 2] {
        [
            ("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/token?api-version=2.0", self.url)),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", KEY.to_owned()),
        ]
    }

    /// The audiences that were asked for.
    pub fn audiences(&self) -> Vec<String> {
        self.asked.audiences.lock().unwrap().clone()
    }

    /// Answers the next requests for tokens with 503.
    pub fn be_busy(&self, times: usize) {
        *self.asked.busy.lock().unwrap() = times;
    }

    /// Has a harness accept the main branch of acme/game in development, by its token.
    pub fn accepted_for(&self, audience: &str) -> impl FnOnce(&mut Admission) + use<> {
        let issuer = IssuerConfig {
            name: "github".to_owned(),
            issuer: self.url.clone(),
            audience: audience.to_owned(),
            jwks: None,
            binds_body: true,
            max_lifetime: Duration::from_secs(3600),
        };
        let require = [("repository", "acme/game"), ("ref", "refs/heads/main")]
            .map(|(claim, text)| (claim.to_owned(), Pattern::parse(text).unwrap()));
        let rule = IdentityRule {
            issuer: "github".to_owned(),
            require: require.into(),
            instead_of_hmac: true,
        };
        move |admission| {
            admission.issuers = Issuers::none(over_https()).with(&[issuer]);
            admission.policies[0].config.identity = vec![rule];
        }
    }

    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

async fn token(
    request: HttpRequest,
    wanted: Query<Wanted>,
    issuer: Data<FakeIssuer>,
    asked: Data<Asked>,
) -> HttpResponse {
    let shown = request.headers().get("Authorization").and_then(|value| value.to_str().ok());
    if shown != Some(&format!("Bearer {KEY}")) {
        return HttpResponse::Forbidden().finish();
    }
    {
        let mut busy = asked.busy.lock().unwrap();
        if *busy > 0 {
            *busy -= 1;
            return HttpResponse::ServiceUnavailable().finish();
        }
    }
    asked.audiences.lock().unwrap().push(wanted.audience.clone());
    let now = Clock::system().now().as_second();
    let times = json!({"iat": now, "nbf": now - 5, "exp": now + 300});
    let token = issuer.token(&issuer.claims(&wanted.audience, &times));
    HttpResponse::Ok().json(json!({"count": token.len(), "value": token}))
}

async fn document(request: HttpRequest, issuer: Data<FakeIssuer>) -> HttpResponse {
    match issuer.answer(request.path()).await {
        Ok(document) => HttpResponse::Ok().content_type("application/json").body(document),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}
