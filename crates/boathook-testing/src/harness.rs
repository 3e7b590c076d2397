//! A small harness: boathook's two HTTP applications on a journal of their own, and senders that
//! sign what they send.

use std::{
    future::ready,
    sync::{Arc, LazyLock},
    time::Duration,
};

use actix_web::{
    dev::Service,
    test::{TestRequest, init_service},
};
use boathook::{
    bundles::{AcceptedManifests, BundleLimits, SecretBundles},
    config::{
        Allow, Approval, Approve, EnvironmentConfig, OverrideBy, Pattern, Require, StrategyConfig,
        Waves,
    },
    identity::{Issuers, over_https},
    intake::{Admission, Keyring, Policy, RequestLimit, SigningKey},
    journal::{Filter, Journal, PostgresStore, SqliteStore, Store, Summary, is_in_use},
    observers::{
        audit::Refusals,
        metrics::{Counters, Leadership, Metrics, Sources},
    },
    plan::Traffic,
    redact::Redactor,
    sealing::Opener,
    server::{
        BodyLimits, HEARTBEAT, OperatorState, PublicState, Reloads, operator_app, public_app,
        reading_app,
    },
};
use boathook_core::{
    clock::Clock,
    current::Current,
    deployment::{
        ChangeKind, DeployRequest, DeploymentId, DryRunReport, Environment, Key, KeyUse,
        LogRequest, ObjectChange, Strategy,
    },
    record::{Approvers, Event, KeepsOut},
};
use futures_util::FutureExt;
use jiff::Timestamp;
use serde_json::Value;
use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    delivery::{Answer, DEVELOPMENT, Delivery, NOW},
    fake_registry::FakeRegistry,
    samples::{append_all, windows},
    setup::Setup,
    shipped::{self, Shipped as _},
    state_dir::StateDir,
};

/// What applications log in a harness without a cluster: their revision, and then what they should
/// not; if they are followed, until nobody reads any more.
async fn say(request: LogRequest, lines: mpsc::Sender<String>) -> Result<(), String> {
    let LogRequest { revision, reading, .. } = request;
    let container = reading.container.unwrap_or_else(|| "user-container".to_owned());
    let said = [
        format!("{revision} {container} {}", reading.tail),
        "\u{1b}[31mpassword=hunter2hunter2 ##[error]".to_owned(),
    ];
    for line in said {
        lines.send(line).await.map_err(|_| "nobody reads".to_owned())?;
    }
    // The one container that ends.
    if reading.follow && container != "init" {
        lines.closed().await;
    }
    if revision.as_str() == DELETED { Err("no pod is there".to_owned()) } else { Ok(()) }
}

/// What a dry run finds in a harness without a cluster.
fn report(request: &DeployRequest) -> DryRunReport {
    let problems = if request.image.tag() == Some("2") {
        Vec::new()
    } else {
        vec!["there is no \u{1b}manifest".to_owned()]
    };
    DryRunReport {
        steps: vec![format!("Pull {}", request.image)],
        changes: vec![ObjectChange {
            object: "Service/game".to_owned(),
            namespace: Some("game".to_owned()),
            change: ChangeKind::Changed,
            diff: Some(
                "@@ -1,2 +1,2 @@\n ::stop-commands::x\n-image: game:1\n+image: \u{1b}game\n"
                    .to_owned(),
            ),
        }],
        notes: vec!["a note".to_owned()],
        problems,
        ..DryRunReport::default()
    }
}

/// Signs for staging and production, as their config says.
pub const SHARED: &[u8] = b"the secret that two environments share";
/// Signs for production alone.
pub const PRODUCTION: &[u8] = b"the secret of production, for tests";
/// Bytes that a body may have.
pub const BODY_MAX: usize = 4096;

/// The one revision that someone deleted.
pub const DELETED: &str = "game-00404";

/// A boathook without a cluster: deployments are accepted, and end when the test says so.
pub struct Harness {
    pub dir: StateDir,
    /// The journal's file, if it is in one.
    pub file: Option<Arc<SqliteStore>>,
    pub journal: Journal,
    pub public: PublicState,
    pub counters: Counters,
    pub leadership: Leadership,
    /// A database that others share.
    pub shared: Option<Arc<PostgresStore>>,
    metrics: Metrics,
}

impl Harness {
    pub fn new() -> Self {
        Self::on(StateDir::new(), |_| {})
    }

    /// A harness whose journal is a file, which can be limited.
    pub fn in_file() -> Self {
        Self::on(StateDir::with_file(), |_| {})
    }

    /// Limits the bytes of that file, as a disk does that is full.
    pub fn limit(&self, max_bytes: Option<u64>) {
        self.file.as_ref().expect("the journal is a file").limit(max_bytes).unwrap();
    }

    /// A harness on a journal that is there already.
    pub fn of(dir: StateDir) -> Self {
        Self::on(dir, |_| {})
    }

    /// A harness with something else than usual at its admission.
    pub fn with(change: impl FnOnce(&mut Admission)) -> Self {
        Self::on(StateDir::new(), change)
    }

    /// The same harness after its end and a new beginning.
    pub fn restarted(self) -> Self {
        self.changed(|_| {})
    }

    /// The same harness with something else at its admission.
    pub fn changed(self, change: impl FnOnce(&mut Admission)) -> Self {
        let Self { dir, file, journal, public, counters, metrics, leadership, shared } = self;
        drop((file, journal, public, counters, metrics, leadership, shared));
        Self::on(dir, change)
    }

    /// The same, once a server that ends has let go of the journal.
    pub async fn changed_after_its_end(self, change: impl FnOnce(&mut Admission)) -> Self {
        let Self { dir, file, journal, public, counters, metrics, leadership, shared } = self;
        drop((file, journal, public, counters, metrics, leadership, shared));
        let left = async {
            while is_in_use(&dir.path()) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(5), left).await.expect("the journal is left");
        Self::on(dir, change)
    }

    fn on(dir: StateDir, change: impl FnOnce(&mut Admission)) -> Self {
        let file = dir.keeps_file().then(|| dir.sqlite());
        let store = file.clone().map_or_else(|| dir.store(), |file| file as Arc<dyn Store>);
        let clock = Clock::following_tokio(NOW.parse().unwrap());
        let journal = Journal::open(store, clock.clone()).unwrap();
        let mut admission = Admission {
            keyring: keyring(),
            opener: Opener::default(),
            issuers: Issuers::none(over_https()),
            policies: Environment::ALL.map(policy).to_vec(),
            watched: Vec::new(),
            window: Duration::from_secs(300),
            trusted_proxies: Vec::new(),
            queue_limit: 100,
            bundles: BundleLimits::RECORDED,
            artifacts: FakeRegistry::new().artifacts(None),
            secret_bundles: SecretBundles::in_state(dir.folder()),
            redactor: Redactor::default(),
            journal: journal.clone(),
            clock: clock.clone(),
        };
        change(&mut admission);
        let refusals = Refusals::channel().0;
        let counters = Counters::default();
        let leadership = Leadership::alone();
        let sources = Sources {
            counters: counters.clone(),
            leadership: leadership.clone(),
            audited: watch::channel(0).1,
            state: dir.folder().to_owned(),
        };
        let metrics = Metrics::new(journal.clone(), sources, clock.now());
        let public = PublicState {
            admission: Arc::new(admission),
            dry_run: Arc::new(|request, _| ready(Some(report(&request))).boxed()),
            body: BodyLimits { max_bytes: BODY_MAX, timeout: Duration::from_secs(10) },
            room: Arc::default(),
            requests: Arc::new(RequestLimit::per_minute(10_000)),
            tls: true,
            max_wait: Duration::from_secs(600),
            public_url: Some("https://hooks.example.com".to_owned()),
            refusals,
            counted: counters.requests.clone(),
            heartbeat: HEARTBEAT,
            stopping: CancellationToken::new(),
        };
        Self { dir, file, journal, public, counters, metrics, leadership, shared: None }
    }

    /// Sends something to the public listener.
    pub async fn send(&self, delivery: Delivery) -> Answer {
        let app = init_service(public_app(Current::fixed(self.public.clone()))).await;
        let (request, payload) = delivery.parts();
        Answer::of(app.call(request.to_request().replace_payload(payload).0).await).await
    }

    /// Reads something on the public listener.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Delivery::get(path)).await
    }

    /// Reads something on the operator's listener.
    pub async fn ask(&self, path: &str) -> Answer {
        let app = init_service(operator_app(Current::fixed(self.operators()))).await;
        Answer::of(app.call(TestRequest::with_uri(path).to_request()).await).await
    }

    /// Reads something on the loopback listener, as a browser there does.
    pub async fn browse(&self, path: &str) -> Answer {
        self.visit(TestRequest::with_uri(path).insert_header(("Host", "127.0.0.1:8081"))).await
    }

    /// Sends any request to the loopback listener.
    pub async fn visit(&self, request: TestRequest) -> Answer {
        let app = init_service(reading_app(Current::fixed(self.operators()))).await;
        match app.call(request.to_request()).await {
            Ok(answer) => Answer::of(Ok(answer)).await,
            Err(error) => Answer::of_refusal(&error).await,
        }
    }

    /// Asks for something on the operator's listener, as nobody in particular.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        let app = init_service(operator_app(Current::fixed(self.operators()))).await;
        Answer::of(app.call(TestRequest::post().uri(path).set_json(body).to_request()).await).await
    }

    /// What the operator's listener needs; nobody reads the configuration again here.
    pub fn operators(&self) -> OperatorState {
        let (reloads, _) = Reloads::channel();
        OperatorState {
            journal: self.journal.clone(),
            dry_run: Arc::clone(&self.public.dry_run),
            is_deleted: Arc::new(|_, _, revision| {
                Box::pin(std::future::ready(revision.as_str() == DELETED))
            }),
            read_log: Arc::new(|request, lines| say(request, lines).boxed()),
            queue_limit: 100,
            policies: self.public.admission.policies.clone(),
            keys: self.public.admission.keyring.keys().cloned().collect(),
            metrics: self.metrics.clone(),
            shared: self.shared.clone(),
            certificate_ends: "2026-09-01T00:00:00Z".parse().ok(),
            kubeconfig_ends: Arc::new(|| "2026-08-31T00:00:00Z".parse().ok()),
            clock: self.public.admission.clock.clone(),
            audit: self.dir.folder().join("audit"),
            redactor: self.public.admission.redactor.clone(),
            reloads,
            refusals: self.public.refusals.clone(),
            heartbeat: self.public.heartbeat,
            stopping: self.public.stopping.clone(),
        }
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
    pub async fn play(&self, id: &DeploymentId, events: Vec<Event>) {
        append_all(&self.journal, id, events).await;
    }
}

/// A secret for as long as it is there.
pub fn signing(environment: Environment, id: &str, secret: &[u8]) -> SigningKey {
    SigningKey::new(
        Key { environment, id: id.to_owned(), key_use: KeyUse::Deploy, not_after: None },
        secret,
    )
}

/// A secret of development that ends.
pub fn signing_until(end: Timestamp, secret: &[u8]) -> SigningKey {
    let key = Key {
        environment: Environment::DEVELOPMENT,
        id: "ends".to_owned(),
        key_use: KeyUse::Deploy,
        not_after: Some(end),
    };
    SigningKey::new(key, secret)
}

fn keyring() -> Keyring {
    Keyring::new(vec![
        signing(Environment::DEVELOPMENT, "development-1", DEVELOPMENT),
        signing(Environment::STAGING, "shared-1", SHARED),
        signing(Environment::PRODUCTION, "shared-1", SHARED),
        signing(Environment::PRODUCTION, "production-1", PRODUCTION),
    ])
}

/// The settings of an environment whose file is empty.
static DEFAULTS: LazyLock<EnvironmentConfig> =
    LazyLock::new(|| Setup::new().file("production.yaml", "").production());

/// Development is easy, production is strict.
fn policy(environment: Environment) -> Policy {
    let strict = environment == Environment::PRODUCTION;
    let patterns = |all: &[&str]| all.iter().map(|text| Pattern::parse(text).unwrap()).collect();
    let strategies = if strict {
        vec![Strategy::BlueGreen]
    } else {
        vec![Strategy::Rolling, Strategy::BlueGreen]
    };
    let defaults = LazyLock::force(&DEFAULTS);
    let config = EnvironmentConfig {
        aliases: shipped::aliases(environment),
        enabled: true,
        frozen: None,
        identity: Vec::new(),
        allow: Allow {
            images: patterns(&["registry.example/*/game", "registry.example/game"]),
            namespaces: patterns(&["game"]),
            services: patterns(&["game"]),
            tags: !strict,
            triggered_by: Vec::new(),
            sources: Vec::new(),
            out_of_order: false,
            after_rollback: false,
            remote_bases: false,
            manifests: AcceptedManifests::default(),
            manifest_images: Vec::new(),
            kinds: Vec::new(),
            object_names: Vec::new(),
            secrets: false,
        },
        require: Require {
            timestamp: strict,
            deployment_id: strict,
            confirmation: strict.then(|| "deploy".to_owned()),
            proven: None,
        },
        strategy: StrategyConfig { default: strategies[0], allowed: strategies },
        traffic: Traffic { accept_split: !strict, ..defaults.traffic.clone() },
        windows: windows("{}"),
        override_by: OverrideBy::default(),
        approval: Approval {
            required: Approve::Never,
            approvers: Approvers::default(),
            expires: Duration::from_secs(24 * 60 * 60),
        },
        rollback_hold: KeepsOut::Promotions,
        promotion: Vec::new(),
        waves: Waves::default(),
        ..defaults.clone()
    };
    Policy { environment, config }
}
