//! A simulated cluster, a journal and the engine, put together as `serve` does it, on a paused clock.

use std::{
    fmt::Write as _,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use boathook::{
    clock::Clock,
    cluster::{Timeouts, Tools},
    deployment::{DeployRequest, Environment, JobId, Percent, Strategy},
    engine::Engine,
    health::{Rules, Window},
    journal::{Accepted, Deployment, End, Event, Filter, Journal, Outcome, Record, State},
    plan::{Settings, Stage, Waits},
    sandbox::{self, Behaviour, Cluster, FakeProber, FakeTools},
    steps::Probing,
};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::{
    samples::{self, QUEUE},
    state_dir::StateDir,
};

pub const REPOSITORY: &str = "registry.example/game";

pub struct World {
    pub cluster: Cluster,
    pub journal: Journal,
    pub engine: Engine,
    _state: StateDir,
    files: TempDir,
}

/// How a deployment ended, and what led there.
pub struct Told {
    pub job: JobId,
    pub outcome: Outcome,
    pub records: Vec<Record>,
}

impl World {
    /// A cluster with three images, and a manifest for the service `game` in the namespace `game`.
    pub fn new() -> Self {
        Self::with(settings())
    }

    pub fn with(settings: Settings) -> Self {
        let cluster = Cluster::new(sandbox::Settings::default());
        cluster.publish(REPOSITORY, "1", Behaviour::good("v1"));
        cluster.publish(REPOSITORY, "2", Behaviour::good("v2"));
        cluster.publish(REPOSITORY, "crash", Behaviour::crash("v3", 3, "FATAL: cannot read config"));
        let state = StateDir::new();
        let files = TempDir::new().unwrap();
        let clock = Clock::following_tokio("2026-11-22T19:00:00Z".parse().unwrap());
        let journal = Journal::open(state.store(), clock.clone()).unwrap();
        let settings = Arc::new(settings);
        let engine = Engine {
            journal: journal.clone(),
            runner: Arc::new(FakeTools::new(cluster.clone())),
            prober: Arc::new(FakeProber::new(cluster.clone())),
            clock,
            tools: Arc::new(tools()),
            settings: Arc::new(move |_: Environment| Arc::clone(&settings)),
            manifests: files.path().join("manifests"),
            work: files.path().join("work"),
        };
        let world = Self { cluster, journal, engine, _state: state, files };
        world.manifest("00-namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: game\n");
        world.manifest("10-game.yaml", &manifest("hi"));
        world
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

    pub async fn accept(&self, request: DeployRequest) -> JobId {
        match self.journal.accept(samples::accepted_as_sent(request), QUEUE).await.unwrap() {
            Accepted::New(summary) | Accepted::Repeat(summary) => summary.job,
        }
    }

    /// Deploys a tag of the image to its end.
    pub async fn deploy(&self, tag: &str) -> Told {
        let count = self.journal.list(&Filter::default()).await.unwrap().len();
        self.deploy_request(request(tag, &format!("{tag}-{count}"))).await
    }

    pub async fn deploy_request(&self, request: DeployRequest) -> Told {
        let job = self.accept(request).await;
        self.engine.drive(&job, &CancellationToken::new()).await;
        self.told(&job).await
    }

    pub async fn told(&self, job: &JobId) -> Told {
        let records = self.journal.records(job, 0).await.unwrap();
        let deployment = self.journal.deployment(job).await.unwrap().unwrap();
        let Deployment { state: State::Ended(outcome), .. } = deployment else {
            panic!("not ended: {:?}\n{}", deployment.state.name(), story(&records));
        };
        Told { job: job.clone(), outcome, records }
    }

    /// What `https://game...` answers now, in a hundred requests: `v1 90, v2 10`.
    pub fn serves(&self) -> String {
        let mut counts = std::collections::BTreeMap::<String, u32>::new();
        for _ in 0..100 {
            let word = match self.cluster.route("game.game.example.test").outcome {
                sandbox::Outcome::Answer { status: 200, body } => body.split_whitespace().next().unwrap_or_default().to_owned(),
                sandbox::Outcome::Answer { status, .. } => status.to_string(),
                sandbox::Outcome::Nothing => "nothing".to_owned(),
            };
            *counts.entry(word).or_default() += 1;
        }
        counts.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
    }

    pub fn revisions(&self) -> usize {
        let list = self.cluster.list(&sandbox::Caller::admin(), sandbox::Kind::Revision, Some("game"), &sandbox::Selector::default());
        list.unwrap()["items"].as_array().unwrap().len()
    }

    pub fn service(&self) -> serde_json::Value {
        self.cluster.get(&sandbox::Caller::admin(), sandbox::Kind::Service, Some("game"), "game").unwrap()
    }
}

impl Told {
    pub fn end(&self) -> End {
        self.outcome.end
    }

    pub fn reason(&self) -> &str {
        self.outcome.reason.as_deref().unwrap_or_default()
    }

    pub fn commands(&self) -> Vec<String> {
        let argv = self.records.iter().filter_map(|record| match &record.event {
            Event::CommandStarted { argv, .. } => Some(argv.join(" ")),
            _ => None,
        });
        argv.collect()
    }

    pub fn steps(&self) -> Vec<&str> {
        let steps = self.records.iter().filter_map(|record| match &record.event {
            Event::StepStarted { step } => Some(step.as_str()),
            _ => None,
        });
        steps.collect()
    }

    /// From acceptance to end.
    pub fn took(&self) -> Duration {
        let at = |record: Option<&Record>| record.map_or(Timestamp::UNIX_EPOCH, |record| record.at);
        at(self.records.last()).duration_since(at(self.records.first())).unsigned_abs()
    }

    pub fn story(&self) -> String {
        story(&self.records)
    }
}

/// The records as a person would tell them: steps, and beneath them what was run.
pub fn story(records: &[Record]) -> String {
    let mut text = String::new();
    for record in records {
        let line = match &record.event {
            Event::CommandStarted { argv, .. } => format!("    $ {}", argv.join(" ")),
            Event::CommandEnded { exit, stderr, .. } if exit != "exit code 0" => format!("      {exit} {}", stderr.trim()),
            Event::CommandEnded { .. } => continue,
            Event::StepStarted { step } => format!("  {step}"),
            Event::StepLearned { finding } => format!("    learned {finding:?}"),
            Event::StepEnded { findings } if findings.is_empty() => continue,
            Event::StepEnded { findings } => format!("    ended {findings:?}"),
            Event::StepFailed { failure } => format!("    failed {failure:?}"),
            Event::Ended { end, reason } => format!("ended {} {}", end.name(), reason.as_deref().unwrap_or_default()),
            other => other.name().to_owned(),
        };
        writeln!(text, "{line}").unwrap();
    }
    text
}

/// A request for a tag of the image, to staging, rolling.
pub fn request(tag: &str, deployment_id: &str) -> DeployRequest {
    DeployRequest { image: samples::image(&format!("{REPOSITORY}:{tag}")), ..samples::request("game", deployment_id) }
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

fn tools() -> Tools {
    Tools { kubectl: vec!["kubectl".to_owned()], crictl: vec!["crictl".to_owned()], environment: Vec::new(), output_cap: 1 << 22 }
}

/// As production's config has them: five minutes of blue-green; rolling with a check after half a minute.
pub fn settings() -> Settings {
    let seconds = Duration::from_secs;
    let stage = |percent, hold| Stage { percent: Percent::new(percent).unwrap(), hold: seconds(hold) };
    let rules = Rules {
        path: "/".to_owned(),
        expect_status: vec![200],
        expect_body: None,
        timeout: seconds(5),
        cold_start: seconds(15),
        interval: seconds(5),
        consecutive_failures: 3,
        window: Window { failures: 5, of: 20 },
        latency: None,
        min_samples: 3,
    };
    let probing = Probing { rules, scheme: "http".to_owned(), port: None, connect_to: None, deadline: seconds(60) };
    Settings {
        environment: Environment::Staging,
        pull: true,
        container: None,
        rolling: vec![stage(100, 30)],
        blue_green: vec![stage(10, 120), stage(50, 120), stage(100, 60)],
        verify: probing.clone(),
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
        },
        waits: Waits {
            away: seconds(90),
            revision: seconds(30),
            ready: seconds(180),
            grace: seconds(30),
            traffic: seconds(60),
            rollback: seconds(120),
            patience: seconds(60),
            look_every: seconds(2),
        },
    }
}
