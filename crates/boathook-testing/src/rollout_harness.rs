//! A simulated cluster, a journal and the engine, put together as `serve` does it, on a paused
//! clock.

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf, sync::Arc, time::Duration};

use boathook::{
    bundles::{self, BundlePolicy, SecretBundles},
    cluster::{Reads, Tools},
    engine::{Configuration, Engine, SettingsOf},
    feeds::Feeds,
    journal::{Accepted, Batch, Filter, Journal, PackedBundle, StoreError},
    plan::{JobGates, Pull, PullNodes, Settings, Stage, Waits},
    redact::Redactor,
    steps::Alone,
};
use boathook_core::{
    clock::Clock,
    current::Current,
    deployment::{
        Bundle, DeployRequest, DeploymentId, Environment, Percent, RequestedManifests, Strategy,
    },
    health::{Rules, Window},
    record::{CommandEvent, DeploymentEvent, Event, Outcome, Record, StepEvent},
    rollout::{Observation, Probing, RestoreRule, Timeouts},
    state::{Conclusion, Deployment, State},
};
use boathook_sandbox::{Behaviour, Cluster, FakeApiServer, FakeProber, FakeTools};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::shipped::Shipped as _;
use crate::{
    samples::{self, QUEUE},
    state_dir::StateDir,
    tapped_store::TappedStore,
};

pub const REPOSITORY: &str = "registry.example/game";
/// No deployment takes so long that does not hang.
const PATIENCE: Duration = Duration::from_secs(6 * 3600);

pub struct Harness {
    pub cluster: Cluster,
    pub journal: Journal,
    pub engine: Engine,
    state: StateDir,
    files: TempDir,
}

/// How a deployment ended, and what led there.
pub struct RolloutResult {
    pub outcome: Conclusion,
    /// The outcome's reason in words.
    reason: String,
    pub records: Vec<Record>,
}

impl Harness {
    /// A cluster with three images, and a manifest for the service `game` in the namespace `game`.
    pub fn new() -> Self {
        Self::with(settings())
    }

    pub fn with(settings: Settings) -> Self {
        let cluster = Cluster::new(boathook_sandbox::Settings::default());
        cluster.publish(REPOSITORY, "1", Behaviour::good("v1"));
        cluster.publish(REPOSITORY, "2", Behaviour::good("v2"));
        cluster.publish(
            REPOSITORY,
            "crash",
            Behaviour::crash("v3", 3, "FATAL: cannot read config"),
        );
        let state = StateDir::new();
        let files = TempDir::new().unwrap();
        let clock = Clock::following_tokio(cluster.settings().start);
        let journal = Journal::open(state.store(), clock.clone()).unwrap();
        let settings =
            Arc::new(Settings { manifests: files.path().join("manifests/staging"), ..settings });
        let engine = Engine {
            journal: journal.clone(),
            runner: Arc::new(FakeTools::new(cluster.clone())),
            feeds: Feeds::new(Arc::new(FakeApiServer::new(cluster.clone()))),
            reads: reads(&cluster),
            others: Arc::new(Alone),
            redactor: Redactor::default(),
            prober: Arc::new(FakeProber::new(cluster.clone())),
            clock,
            configuration: Current::fixed(Configuration {
                tools: Arc::new(tools()),
                settings: Arc::new(move |_, _| Some(Arc::clone(&settings))),
            }),
            secret_bundles: SecretBundles::in_state(files.path()),
            work: files.path().join("work"),
        };
        let harness = Self { cluster, journal, engine, state, files };
        harness.manifest(
            "00-namespace.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: game\n",
        );
        harness.manifest("10-game.yaml", &manifest("hi"));
        harness
    }

    /// A harness in which someone else already brought the first image into service, as `kubectl
    /// apply` does.
    pub async fn serving(settings: Settings) -> Self {
        let harness = Self::with(settings);
        let admin = boathook_sandbox::Caller::admin();
        let namespace = serde_json::json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "game"},
        });
        harness
            .cluster
            .create(
                &admin,
                boathook_sandbox::Kind::Namespace,
                None,
                namespace,
                &boathook_sandbox::WriteOptions::default(),
            )
            .unwrap();
        let service = serde_yaml::from_str(&manifest("hi").replace(":placeholder", ":1")).unwrap();
        harness
            .cluster
            .create(
                &admin,
                boathook_sandbox::Kind::Service,
                Some("game"),
                service,
                &boathook_sandbox::WriteOptions::default(),
            )
            .unwrap();
        harness.settle().await;
        harness
    }

    /// The same harness after a reload with other settings.
    pub fn with_settings(mut self, settings: Settings) -> Self {
        let tools = Arc::clone(&self.engine.configuration.get().tools);
        let settings = Arc::new(Settings { manifests: self.directory(), ..settings });
        let settings: SettingsOf = Arc::new(move |_, _| Some(Arc::clone(&settings)));
        self.engine.configuration = Current::fixed(Configuration { tools, settings });
        self
    }

    /// As in a pod: kubectl has no kubeconfig, and nothing is opened before it starts.
    pub fn without_kubeconfig(&mut self) {
        let Configuration { settings, .. } = &*self.engine.configuration.get();
        let tools = Arc::new(Tools { environment: Vec::new(), ..tools() });
        let settings = Arc::clone(settings);
        self.engine.configuration = Current::fixed(Configuration { tools, settings });
    }

    /// Writes a file of the staging environment's manifests.
    pub fn manifest(&self, name: &str, text: &str) {
        let directory = self.directory();
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join(name), text).unwrap();
    }

    pub fn directory(&self) -> PathBuf {
        self.files.path().join("manifests/staging")
    }

    pub async fn accept(&self, request: DeployRequest) -> DeploymentId {
        match self.journal.accept(samples::accepted_as_sent(request), QUEUE).await.unwrap() {
            Accepted::New(summary) | Accepted::Repeat(summary) => summary.id,
        }
    }

    /// Accepts a request that brings a bundle, as admission does.
    pub async fn accept_with(&self, request: DeployRequest, bundle: &Bundle) -> DeploymentId {
        let packed = Some(bundles::pack(bundle).unwrap());
        self.accept_packed(request, PackedBundle { digest: bundle.digest(), packed }).await.unwrap()
    }

    /// The same, of a bundle that is kept beside the journal.
    pub async fn accept_beside(&self, request: DeployRequest, bundle: &Bundle) -> DeploymentId {
        let kept = PackedBundle { digest: bundle.digest(), packed: None };
        self.accept_packed(request, kept).await.unwrap()
    }

    /// The same, if the journal takes it.
    pub async fn accept_packed(
        &self,
        request: DeployRequest,
        packed: PackedBundle,
    ) -> Option<DeploymentId> {
        let brought = || RequestedManifests::Bundle(packed.digest.clone());
        let manifests = Some(request.manifests.clone().unwrap_or_else(brought));
        let acceptance = samples::accepted_as_sent(DeployRequest { manifests, ..request });
        match self.journal.accept_with(acceptance, Some(packed), QUEUE).await {
            Ok(Accepted::New(summary) | Accepted::Repeat(summary)) => Some(summary.id),
            Err(_) => None,
        }
    }

    /// Deploys a request with the bundle that it brings.
    pub async fn deploy_bundle(&self, request: DeployRequest, bundle: &Bundle) -> RolloutResult {
        let id = self.accept_with(request, bundle).await;
        let _ = timeout(PATIENCE, self.engine.run(&id, &CancellationToken::new())).await;
        self.result(&id).await
    }

    /// Deploys a tag of the image to its end.
    pub async fn deploy(&self, tag: &str) -> RolloutResult {
        let count = self.journal.list(&Filter::default()).await.unwrap().len();
        self.deploy_request(request(tag, &format!("{tag}-{count}"))).await
    }

    pub async fn deploy_request(&self, request: DeployRequest) -> RolloutResult {
        self.finish(request).await
    }

    pub async fn result(&self, id: &DeploymentId) -> RolloutResult {
        let records = self.journal.records(id, 0).await.unwrap();
        let deployment = self.journal.deployment(id).await.unwrap().unwrap();
        let Deployment { state: State::Ended(outcome), .. } = deployment else {
            panic!("not ended: {:?}\n{}", deployment.state.name(), timeline(&records));
        };
        let reason = outcome.reason.as_ref().map(ToString::to_string).unwrap_or_default();
        RolloutResult { outcome, reason, records }
    }

    /// What `https://game...` answers now, in a hundred requests: `v1 90, v2 10`.
    pub fn serves(&self) -> String {
        let mut counts = std::collections::BTreeMap::<String, u32>::new();
        for _ in 0..100 {
            let word = match self.cluster.route("game.game.example.test").outcome {
                boathook_sandbox::Outcome::Answer { status: 200, body } => {
                    body.split_whitespace().next().unwrap_or_default().to_owned()
                }
                boathook_sandbox::Outcome::Answer { status, .. } => status.to_string(),
                boathook_sandbox::Outcome::Redirect { status, .. } => status.to_string(),
                boathook_sandbox::Outcome::Grpc(_) => "gRPC".to_owned(),
                boathook_sandbox::Outcome::Nothing => "nothing".to_owned(),
            };
            *counts.entry(word).or_default() += 1;
        }
        counts.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
    }

    pub fn revisions(&self) -> usize {
        let list = self.cluster.list(
            &boathook_sandbox::Caller::admin(),
            boathook_sandbox::Kind::Revision,
            Some("game"),
            &boathook_sandbox::Selector::default(),
        );
        list.unwrap()["items"].as_array().unwrap().len()
    }

    /// Begins a deployment that goes on beside the test.
    pub async fn start(&self, request: DeployRequest) -> Deploying<'_> {
        let id = self.accept(request).await;
        let engine = self.engine.clone();
        let driven = id.clone();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move { engine.run(&driven, &stopped).await });
        Deploying { harness: self, id, task, stop }
    }

    /// Puts something between journal and disk that may fail each write.
    pub async fn tap(
        &mut self,
        tap: impl Fn(&Batch) -> Result<(), StoreError> + Send + Sync + 'static,
    ) {
        let clock = self.engine.clock.clone();
        self.close().await;
        let store = TappedStore::new(self.state.try_store().unwrap(), tap);
        self.open(Journal::open(Arc::new(store), clock).unwrap());
    }

    /// Starts anew from what is on disk.
    pub async fn restart(&mut self) {
        let clock = self.engine.clock.clone();
        self.close().await;
        self.open(Journal::open(self.state.store(), clock).unwrap());
    }

    /// Lets go of the file, which only one journal may have open. The paused clock moves on only
    /// when its last writer has returned.
    async fn close(&mut self) {
        self.open(StateDir::with_file().journal());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    fn open(&mut self, journal: Journal) {
        self.journal = journal.clone();
        self.engine.journal = journal;
    }

    /// Accepts a request if the journal takes it.
    pub async fn accept_quietly(&self, request: DeployRequest) -> Option<DeploymentId> {
        match self.journal.accept(samples::accepted_as_sent(request), QUEUE).await {
            Ok(Accepted::New(summary) | Accepted::Repeat(summary)) => Some(summary.id),
            Err(_) => None,
        }
    }

    /// Sends a request again, and takes its deployment to the end.
    pub async fn finish(&self, request: DeployRequest) -> RolloutResult {
        let id = self.accept(request).await;
        let _ = timeout(PATIENCE, self.engine.run(&id, &CancellationToken::new())).await;
        self.result(&id).await
    }

    /// Waits until users get this split, as in `game-00001 90, game-00002 10`.
    pub async fn wait_for_traffic(&self, split: &str) {
        let until = tokio::time::Instant::now() + Duration::from_secs(900);
        loop {
            let history = self.cluster.traffic_history("game", "game");
            if history.last().is_some_and(|last| last == split) {
                return;
            }
            assert!(tokio::time::Instant::now() < until, "waited for {split}, saw {history:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Lets the cluster do what is left to do.
    pub async fn settle(&self) {
        tokio::time::sleep(Duration::from_secs(3)).await;
    }

    pub fn delete_service(&self) {
        self.cluster
            .delete(
                &boathook_sandbox::Caller::admin(),
                boathook_sandbox::Kind::Service,
                Some("game"),
                "game",
            )
            .unwrap();
    }

    /// `spec.traffic`, as JSON.
    pub fn wanted_traffic(&self) -> String {
        self.service()["spec"]["traffic"].to_string()
    }

    /// The image that a revision runs, by digest.
    pub fn digest_of(&self, revision: &str) -> String {
        digest_of(&self.cluster, revision)
    }

    /// The deployment ended so, and `https://game...` answers this from then on.
    #[track_caller]
    pub fn assert_ended(&self, result: &RolloutResult, end: Outcome, serves: &str) {
        let found = (result.end(), self.serves());
        assert_eq!(found, (end, serves.to_owned()), "{}", result.timeline());
    }

    /// Ready on the old revision, alone in traffic, named by the template.
    pub fn assert_back_on(&self, revision: &str) {
        let service = self.service();
        let ready = service["status"]["conditions"]
            .as_array()
            .unwrap()
            .iter()
            .find(|condition| condition["type"] == "Ready")
            .unwrap();
        assert_eq!(ready["status"], "True", "{service:#}");
        assert_eq!(service["spec"]["template"]["metadata"]["name"], revision, "{service:#}");
        assert_eq!(
            self.wanted_traffic(),
            format!(r#"[{{"latestRevision":false,"percent":100,"revisionName":"{revision}"}}]"#)
        );
    }

    pub fn service(&self) -> serde_json::Value {
        self.cluster
            .get(
                &boathook_sandbox::Caller::admin(),
                boathook_sandbox::Kind::Service,
                Some("game"),
                "game",
            )
            .unwrap()
    }
}

impl RolloutResult {
    pub fn end(&self) -> Outcome {
        self.outcome.end
    }

    #[track_caller]
    pub fn assert_end(&self, end: Outcome) {
        assert_eq!(self.end(), end, "{}", self.timeline());
    }

    pub fn reason(&self) -> &str {
        &self.reason
    }

    fn argvs(&self) -> impl Iterator<Item = &Vec<String>> {
        self.records.iter().filter_map(|record| match &record.event {
            Event::Command(CommandEvent::CommandStarted { argv, .. }) => Some(argv),
            _ => None,
        })
    }

    /// The programs that changed or fetched something, without patches' bodies, and with stable's
    /// digest shortened.
    pub fn changes(&self) -> Vec<String> {
        let words = |argv: &Vec<String>| {
            argv.iter().take_while(|word| *word != "-p").cloned().collect::<Vec<_>>().join(" ")
        };
        let short = |line: String| {
            line.split_once("@sha256:").map(|(image, _)| format!("{image}@STABLE")).unwrap_or(line)
        };
        self.argvs().filter(|argv| argv[1] != "get").map(words).map(short).collect()
    }

    /// The bodies of all patches.
    pub fn patches(&self) -> Vec<String> {
        self.argvs()
            .filter(|argv| argv[1] == "patch")
            .filter_map(|argv| argv.last().cloned())
            .collect()
    }

    /// How long each hold was, in seconds, restarts included.
    pub fn holds(&self) -> Vec<u64> {
        let mut began = None;
        let mut holds = Vec::new();
        for record in &self.records {
            match &record.event {
                Event::Step(StepEvent::StepStarted { step }) if step == "hold" => {
                    began = began.or(Some(record.at))
                }
                Event::Step(StepEvent::StepEnded { .. }) => holds.extend(
                    began
                        .take()
                        .map(|began| record.at.duration_since(began).unsigned_abs().as_secs()),
                ),
                _ => {}
            }
        }
        holds
    }

    /// What ended steps had learned, in order.
    pub fn findings(&self) -> Vec<Observation> {
        let ended = self.records.iter().filter_map(|record| match &record.event {
            Event::Step(StepEvent::StepEnded { findings }) => Some(findings.clone()),
            _ => None,
        });
        ended.flatten().collect()
    }

    pub fn steps(&self) -> Vec<&str> {
        let steps = self.records.iter().filter_map(|record| match &record.event {
            Event::Step(StepEvent::StepStarted { step }) => Some(step.as_str()),
            _ => None,
        });
        steps.collect()
    }

    /// How many events closed the record.
    pub fn ends(&self) -> usize {
        self.records
            .iter()
            .filter(|record| {
                matches!(record.event, Event::Deployment(DeploymentEvent::Ended { .. }))
            })
            .count()
    }

    /// From acceptance to end.
    pub fn took(&self) -> Duration {
        let at = |record: Option<&Record>| record.map_or(Timestamp::UNIX_EPOCH, |record| record.at);
        at(self.records.last()).duration_since(at(self.records.first())).unsigned_abs()
    }

    pub fn timeline(&self) -> String {
        timeline(&self.records)
    }
}

/// A deployment under way beside the test.
pub struct Deploying<'a> {
    harness: &'a Harness,
    pub id: DeploymentId,
    task: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
}

impl Deploying<'_> {
    /// Stops boathook as SIGTERM does, and starts it again.
    pub async fn restart(self) -> Self {
        self.stop.cancel();
        self.task.await.unwrap();
        let engine = self.harness.engine.clone();
        let driven = self.id.clone();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move { engine.run(&driven, &stopped).await });
        Self { task, stop, ..self }
    }

    /// Stops boathook as SIGTERM does.
    pub async fn leave(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    pub async fn end(self) -> RolloutResult {
        let _ = timeout(PATIENCE, self.task).await;
        self.harness.result(&self.id).await
    }
}

/// The records as an operator would tell them: steps, and beneath them what was run.
pub fn timeline(records: &[Record]) -> String {
    let mut text = String::new();
    for record in records {
        let line = match &record.event {
            Event::Command(CommandEvent::CommandStarted { argv, .. }) => {
                format!("    $ {}", argv.join(" "))
            }
            Event::Command(CommandEvent::CommandEnded { exit, stderr, .. })
                if !exit.is_success() =>
            {
                format!("      {exit} {}", stderr.trim())
            }
            Event::Command(CommandEvent::CommandEnded { .. }) => continue,
            Event::Step(StepEvent::StepStarted { step }) => format!("  {step}"),
            Event::Step(StepEvent::StepLearned { finding }) => format!("    learned {finding:?}"),
            Event::Step(StepEvent::StepEnded { findings }) if findings.is_empty() => continue,
            Event::Step(StepEvent::StepEnded { findings }) => format!("    ended {findings:?}"),
            Event::Step(StepEvent::StepFailed { failure }) => format!("    failed {failure:?}"),
            Event::Step(StepEvent::RollbackFailed { reason }) => {
                format!("    rollback failed: {reason}")
            }
            Event::Deployment(DeploymentEvent::Ended { end, reason }) => {
                format!(
                    "ended {} {}",
                    end.name(),
                    reason.as_ref().map(ToString::to_string).unwrap_or_default()
                )
            }
            other => other.name().to_owned(),
        };
        writeln!(text, "{line}").unwrap();
    }
    text
}

/// The image that a revision runs, by digest.
pub fn digest_of(cluster: &Cluster, revision: &str) -> String {
    let revision = cluster
        .get(
            &boathook_sandbox::Caller::admin(),
            boathook_sandbox::Kind::Revision,
            Some("game"),
            revision,
        )
        .unwrap();
    revision["status"]["containerStatuses"][0]["imageDigest"].as_str().unwrap().to_owned()
}

/// A request for a tag of the image, to staging, rolling.
pub fn request(tag: &str, deployment_id: &str) -> DeployRequest {
    DeployRequest {
        image: samples::image(&format!("{REPOSITORY}:{tag}")),
        ..samples::request("game", deployment_id)
    }
}

pub fn blue_green(tag: &str, deployment_id: &str) -> DeployRequest {
    DeployRequest { strategy: Strategy::BlueGreen, ..request(tag, deployment_id) }
}

pub fn manifest(greeting: &str) -> String {
    format!(
        "apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: game
  namespace: game
spec:
  template:
    spec:
      containers:
        - image: {REPOSITORY}:placeholder
          ports: [{{containerPort: 8080}}]
          env: [{{name: GREETING, value: {greeting}}}]
"
    )
}

/// The same stages, in a minute and with few looks, for tests that go through every program and
/// every record.
pub fn brief() -> Settings {
    let mut settings = settings();
    for stage in settings.stages.values_mut().flatten() {
        stage.hold = Duration::from_secs(11);
    }
    settings.waits.poll_interval = Duration::from_secs(8);
    settings
}

/// Reads of a simulated cluster.
pub fn reads(cluster: &Cluster) -> Reads {
    Reads::new(Arc::new(FakeApiServer::new(cluster.clone())))
}

pub fn tools() -> Tools {
    Tools {
        kubectl: vec!["kubectl".to_owned()],
        crictl: vec!["crictl".to_owned()],
        ctr: vec!["ctr".to_owned()],
        kubectl_flags: Vec::new(),
        environment: vec![("KUBECONFIG".to_owned(), "/dev/null".to_owned())],
        output_cap_bytes: 1 << 22,
    }
}

/// As production's config has them: five minutes of blue-green; rolling with a check after half a
/// minute.
pub fn settings() -> Settings {
    let seconds = Duration::from_secs;
    let stage =
        |percent, hold| Stage { percent: Percent::new(percent).unwrap(), hold: seconds(hold) };
    let rules = Rules {
        cold_start: seconds(15),
        window: Window { failures: 5, of: 20 },
        ..samples::rules()
    };
    let probing = Probing { rules, url: samples::plain_http(), deadline: seconds(60) };
    Settings {
        environment: Environment::STAGING,
        manifests: PathBuf::new(),
        remote_bases: false,
        bundles: BundlePolicy::default(),
        pull: Pull { enabled: true, command: None, nodes: PullNodes::Here },
        container: None,
        containers: None,
        stages: BTreeMap::from([
            (Strategy::Rolling, vec![stage(100, 30)]),
            (Strategy::BlueGreen, vec![stage(10, 120), stage(50, 120), stage(100, 60)]),
        ]),
        verify: probing.clone(),
        metrics: Vec::new(),
        jobs: JobGates::default(),
        probing,
        timeouts: Timeouts {
            pull: seconds(120),
            inspect: seconds(15),
            get: seconds(20),
            apply: seconds(60),
            patch: seconds(20),
            watch: seconds(300),
            logs: seconds(15),
            delete: seconds(20),
            kustomize: seconds(30),
        },
        waits: Waits {
            retry_for: seconds(90),
            ready: seconds(180),
            unready_grace: seconds(30),
            first_deployment_restarts: seconds(60),
            traffic: seconds(60),
            rollback: seconds(120),
            restore: seconds(20),
            verdict: seconds(60),
            job: seconds(300),
            poll_interval: seconds(5),
        },
        proven: None,
        promotion: Vec::new(),
        watch: None,
        rollback: RestoreRule::default(),
    }
}
