//! One boathook with its environments and the simulated cluster, put together as `serve` does it,
//! on a paused clock. Holds no test.

use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc, time::Duration};

use actix_web::{
    dev::Service,
    test::{TestRequest, init_service},
};
use boathook::{
    journal::{DeploymentView, Filter, Summary},
    redact::Redactor,
    server::{Reloads, operator_app, public_app},
    startup::{App, Dependencies, Loaded},
};
use boathook_core::{
    api_server::ApiServer,
    clock::Clock,
    deployment::{DeploymentId, Environment, sign},
};
use boathook_sandbox::{Behaviour, Cluster, FakeApiServer, FakeProber, FakeTools};
use boathook_testing::{
    delivery::{Answer, Delivery},
    github::{FakeGitHub, TOKEN},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};
use tokio_util::sync::CancellationToken;

pub const REPOSITORY: &str = "registry.example/game";
const SECRET: &str = "what CI signs with for ";
/// No promotion takes so long that does not hang.
const PATIENCE: Duration = Duration::from_secs(3 * 3600);
/// What follows a record by itself takes less.
const MOMENT: Duration = Duration::from_millis(500);

/// An environment's name, the namespace of its service, and what else its file says: what it takes,
/// and where its successes go.
pub type Link = (&'static str, &'static str, &'static str);

const ENVIRONMENTS: &[Link] = &[
    (
        "development",
        "game-dev",
        "promotion: {to: staging, when: automatic, namespace: game-staging}",
    ),
    (
        "staging",
        "game-staging",
        "promotion: {to: production, when: automatic, namespace: game-prod}",
    ),
    (
        "production",
        "game-prod",
        "require: {timestamp: true, deployment_id: true, confirmation: DEPLOY, proven: \
         {environment: staging, within: 30d}}",
    ),
];

/// One boathook, by default with three environments.
pub struct Chain {
    pub cluster: Cluster,
    /// Which it asks for deployments.
    pub github: FakeGitHub,
    environments: &'static [Link],
    files: TempDir,
    clock: Clock,
    pub parts: Arc<App>,
    tasks: JoinSet<()>,
}

impl Chain {
    pub fn new() -> Self {
        Self::with(|_, _| {})
    }

    /// With other files than usual: `change` gets each environment's name and config.
    pub fn with(change: impl Fn(&str, &mut String)) -> Self {
        Self::of(ENVIRONMENTS, change)
    }

    /// With other environments.
    pub fn of(environments: &'static [Link], change: impl Fn(&str, &mut String)) -> Self {
        Self::made(environments, "", change)
    }

    /// The usual environments, of which development takes deployments of a repository; `settings`
    /// are those of the whole program.
    pub fn on_github(settings: &str, change: impl Fn(&str, &mut String)) -> Self {
        let chain = Self::made(ENVIRONMENTS, settings, |environment, text| {
            if environment == "development" {
                text.push_str("github: {repositories: [acme/game]}\n");
            }
            change(environment, text);
        });
        chain.github.repository("acme/game");
        chain
    }

    fn made(
        environments: &'static [Link],
        settings: &str,
        change: impl Fn(&str, &mut String),
    ) -> Self {
        let cluster = Cluster::new(boathook_sandbox::Settings::default());
        let files = TempDir::new().unwrap();
        for tag in ["1", "2"] {
            cluster.publish(REPOSITORY, tag, Behaviour::good(&format!("v{tag}")));
        }
        cluster.publish(REPOSITORY, "crash", Behaviour::crash("v3", 3, "FATAL"));
        let path = files.path().display().to_string();
        let defaults =
            "url: {scheme: http, domain: example.test}, health: {delay: 0s, expect_body: null}";
        put(
            &files,
            "default.yaml",
            &format!(
                "state: {{directory: {path}/state}}\ntools: {{kubeconfig: null}}\n\
                 sources: {{github: {{token: {{file: {path}/github}}}}}}\n{settings}\n\
                 defaults: {{{defaults}}}"
            ),
        );
        put(&files, "github", TOKEN);
        for &(environment, namespace, further) in environments {
            let mut text = format!(
                "secrets: [{{id: ci, file: {path}/secret.{environment}}}]\n\
                 manifests: {path}/manifests/{environment}\n\
                 allow: {{images: [{REPOSITORY}], namespaces: [{namespace}], services: [game]}}\n\
                 {further}\n"
            );
            change(environment, &mut text);
            put(&files, &format!("secret.{environment}"), &format!("{SECRET}{environment}"));
            put(&files, &format!("{environment}.yaml"), &text);
            put(&files, &format!("manifests/{environment}/game.yaml"), &manifests(namespace));
        }
        let clock = Clock::following_tokio(cluster.settings().start);
        let github = FakeGitHub::new(clock.clone());
        let (parts, tasks) = begin(&cluster, &github, &files, &clock);
        Self { cluster, github, environments, files, clock, parts, tasks }
    }

    /// Starts again with another file of an environment.
    pub async fn with_file(self, environment: &str, change: impl FnOnce(String) -> String) -> Self {
        let name = format!("{environment}.yaml");
        let text = fs::read_to_string(self.files.path().join(&name)).unwrap();
        put(&self.files, &name, &change(text));
        self.killed().await
    }

    /// Changes an environment's file, and reads everything again while it runs.
    pub fn reload_with(&self, environment: &str, change: impl FnOnce(String) -> String) {
        let name = format!("{environment}.yaml");
        let text = fs::read_to_string(self.files.path().join(&name)).unwrap();
        put(&self.files, &name, &change(text));
        let loaded = Loaded::read(self.files.path()).unwrap();
        assert!(self.parts.reload(loaded).is_ok());
    }

    /// Starts again with a clock that was set back.
    pub async fn set_back(self, by: Duration) -> Self {
        let clock = Clock::following_tokio(self.clock.now() - by);
        Self { clock, ..self }.killed().await
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Takes an environment's file away, and reads everything again while it runs.
    pub fn reload_without(&self, environment: &str) {
        fs::remove_file(self.files.path().join(format!("{environment}.yaml"))).unwrap();
        let loaded = Loaded::read(self.files.path()).unwrap();
        assert!(self.parts.reload(loaded).is_ok());
    }

    /// Kills everything at once, as `kill -9` does, and starts it again from what is on disk.
    pub async fn killed(self) -> Self {
        let Self { cluster, github, environments, files, clock, parts, mut tasks } = self;
        tasks.shutdown().await;
        drop(parts);
        // What they had begun is dropped one after another.
        sleep(Duration::from_millis(5)).await;
        let (parts, tasks) = begin(&cluster, &github, &files, &clock);
        Self { cluster, github, environments, files, clock, parts, tasks }
    }

    /// Sends what CI sends for an environment, with some fields set.
    pub async fn send(&self, environment: &str, fields: Value) -> Answer {
        self.deliver(environment, Delivery::of(&self.body(environment, fields))).await
    }

    /// Sends a webhook, signed with the secret of an environment.
    pub async fn deliver(&self, environment: &str, delivery: Delivery) -> Answer {
        self.post(delivery.signed_by(format!("{SECRET}{environment}").as_bytes())).await
    }

    /// Sends a webhook as it is.
    pub async fn post(&self, delivery: Delivery) -> Answer {
        let app = init_service(public_app(self.parts.public())).await;
        let (request, payload) = delivery.from("127.0.0.1").parts();
        Answer::of(app.call(request.to_request().replace_payload(payload).0).await).await
    }

    /// What CI puts into a deployment on GitHub: the same, signed for an environment.
    pub fn payload(&self, environment: &str, fields: Value) -> Value {
        self.payload_signed_for(environment, environment, fields)
    }

    /// The same, signed with the secret of another environment.
    pub fn payload_signed_for(&self, signer: &str, environment: &str, fields: Value) -> Value {
        let body = self.body(environment, fields).to_string();
        let signature = sign(format!("{SECRET}{signer}").as_bytes(), body.as_bytes());
        json!({"boathook": {"body": body, "signature": signature}})
    }

    fn body(&self, environment: &str, fields: Value) -> Value {
        let namespace = self.environments.iter().find(|(name, ..)| *name == environment).unwrap().1;
        let mut body = json!({
            "environment": environment, "image": format!("{REPOSITORY}:1"), "namespace": namespace, "service_name": "game",
            "deployment_id": "101-1", "commit_sha": "4f2a9c1", "repository": "acme/game", "triggered_by": "jane", "timestamp": self.clock.now(),
            "confirmation": "DEPLOY",
        });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body
    }

    /// Reads something as an operator.
    pub async fn ask(&self, path: &str) -> Answer {
        let app = init_service(operator_app(self.parts.operators())).await;
        Answer::of(app.call(TestRequest::with_uri(path).to_request()).await).await
    }

    pub async fn all(&self) -> Vec<Summary> {
        self.parts.journal().list(&Filter::default()).await.unwrap()
    }

    pub async fn in_environment(&self, environment: Environment) -> Vec<Summary> {
        self.all().await.into_iter().filter(|summary| summary.environment == environment).collect()
    }

    pub async fn history(&self, id: &DeploymentId) -> DeploymentView {
        DeploymentView::of(&self.parts.journal().records(id, 0).await.unwrap()).unwrap().unwrap()
    }

    /// What the holder of its status link reads.
    pub async fn shown_to_senders(&self, id: &DeploymentId) -> DeploymentView {
        let deployment = self.parts.journal().deployment(id).await.unwrap().unwrap();
        let token = deployment.acceptance.token.reveal();
        let answer = self.post(Delivery::get(&format!("/deployments/{id}?token={token}"))).await;
        serde_json::from_value(answer.json()).unwrap()
    }

    /// Waits until the newest deployment of an environment has ended, and nothing more is to be
    /// promoted.
    pub async fn until_ended(&self, environment: Environment) -> DeploymentView {
        let ended = async |chain: &Self| {
            let newest = chain.in_environment(environment).await.into_iter().next()?;
            let is_over = newest.ended_at.is_some()
                && chain.parts.journal().to_promote(1).await.unwrap().is_empty();
            is_over.then_some(newest.id)
        };
        let id = self.until(environment.name(), ended).await;
        self.history(&id).await
    }

    /// Waits until it is so, and looks after each record, once what follows it had a moment.
    pub async fn until<T>(&self, what: &str, find: impl AsyncFn(&Self) -> Option<T>) -> T {
        let mut changes = self.parts.journal().changes();
        let give_up = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = find(self).await {
                return found;
            }
            if timeout_at(give_up, changes.next()).await.is_err() {
                panic!("waited for {what}, saw {:#?}", self.all().await)
            }
            sleep(MOMENT).await;
        }
    }

    /// What users of an environment's service are answered.
    pub fn serves(&self, namespace: &str) -> String {
        match self.cluster.route(&format!("game.{namespace}.example.test")).outcome {
            boathook_sandbox::Outcome::Answer { body, .. } => {
                body.split_whitespace().next().unwrap_or_default().to_owned()
            }
            boathook_sandbox::Outcome::Nothing
            | boathook_sandbox::Outcome::Redirect { .. }
            | boathook_sandbox::Outcome::Grpc(_) => "nothing".to_owned(),
        }
    }
}

fn begin(
    cluster: &Cluster,
    github: &FakeGitHub,
    files: &TempDir,
    clock: &Clock,
) -> (Arc<App>, JoinSet<()>) {
    let runner = Arc::new(FakeTools::new(cluster.clone()));
    let prober = Arc::new(FakeProber::new(cluster.clone()));
    let api_server = FakeApiServer::new(cluster.clone());
    let api_server: Option<Arc<dyn ApiServer>> = Some(Arc::new(api_server));
    let outside = Dependencies { runner, api_server, prober, clock: clock.clone(), shared: None };
    let loaded = Loaded::read(files.path()).unwrap();
    let parts = App::assemble(
        loaded,
        &Redactor::default(),
        outside,
        Reloads::channel().0,
        CancellationToken::new(),
    )
    .unwrap();
    let parts = Arc::new(parts);
    let mut tasks = JoinSet::new();
    let acting = parts.acting();
    tasks.spawn(acting.promote());
    tasks.spawn(acting.watch());
    let github = acting.github(Arc::new(github.clone()));
    tasks.spawn(acting.report(github.clone()));
    tasks.spawn(acting.poll(github));
    tasks.spawn(async move { acting.deploy().await });
    (parts, tasks)
}

fn put(files: &TempDir, name: &str, text: &str) {
    let path = files.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn manifests(namespace: &str) -> String {
    let service = boathook_testing::rollout_harness::manifest("hi")
        .replace("namespace: game", &format!("namespace: {namespace}"));
    format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {namespace}\n---\n{service}")
}
