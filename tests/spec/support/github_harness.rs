//! A journal, environments that report to GitHub, and a GitHub of the test's own, on a paused clock.

use std::{sync::Arc, time::Duration};

use boathook::{
    config::Config,
    github::{Credential, GitHub},
    journal::{Journal, Summary},
    observers::{
        cursor::Cursors,
        github::{ReportCounters, Reporter, Reporting},
    },
    redact::Redactor,
};
use boathook_core::{
    clock::Clock,
    deployment::{DeployRequest, DeploymentId},
    record::{Acceptance, Event},
};
use boathook_testing::{
    delivery::NOW,
    github::{FakeGitHub, TOKEN},
    samples::{self, QUEUE, append_all},
    setup::Setup,
    state_dir::StateDir,
};
use serde_json::Value;
use tokio::time::sleep;

use crate::support::interrupted_github::InterruptedGitHub;

/// What GitHub has.
const REPOSITORIES: [&str; 2] = ["acme/game", "acme/tools"];
/// Where the fake is for who asks in process.
const API: &str = "https://api.github.example";
/// A commit of `acme/game`.
const COMMIT: &str = "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d";
/// What a reporter needs for everything that it has to say, if GitHub answers.
const MOMENT: Duration = Duration::from_millis(500);

pub struct GitHubHarness {
    pub dir: StateDir,
    pub journal: Journal,
    pub clock: Clock,
    pub github: FakeGitHub,
    pub way: Arc<InterruptedGitHub>,
    pub counters: ReportCounters,
    pub redactor: Redactor,
    pub client: GitHub,
    pub reporting: Reporting,
}

/// The image that deployments leave serving.
pub const DIGEST: &str = "registry.example/game@sha256:\
                          1111111111111111111111111111111111111111111111111111111111111111";
/// The settings of staging where it reports to one repository.
pub const STAGING: &str = "github: {repositories: [acme/game]}";

/// As an operator configures staging and production; what staging says of GitHub is the test's.
pub fn config(staging: &str) -> Config {
    Setup::new()
        .variable("BOATHOOK__SOURCES__GITHUB__TOKEN", "{env: GITHUB_TOKEN}")
        .file("staging.yaml", staging)
        .file("production.yaml", "github: {repositories: [acme/game], environment: prod-eu}")
        .config()
}

impl GitHubHarness {
    pub async fn new() -> Self {
        Self::with(STAGING).await
    }

    /// A boathook that has run, and had nothing to tell yet.
    pub async fn with(staging: &str) -> Self {
        let dir = StateDir::new();
        let clock = Clock::following_tokio(NOW.parse().unwrap());
        let journal = Journal::open(dir.store(), clock.clone()).unwrap();
        let github = FakeGitHub::new(clock.clone());
        for repository in REPOSITORIES {
            github.repository(repository);
        }
        let way = Arc::new(InterruptedGitHub::new(github.clone(), clock.clone()));
        let token = Credential::Token(TOKEN.to_owned());
        let client = GitHub::new(API.to_owned(), token, Arc::clone(&way) as _, clock.clone());
        let reporting = Reporting::new(&config(staging)).unwrap();
        let harness = Self {
            dir,
            journal,
            clock,
            github,
            way,
            counters: ReportCounters::default(),
            redactor: Redactor::default(),
            client,
            reporting,
        };
        harness.report().await;
        harness
    }

    /// A reporter of this journal, as `serve` makes one at its start.
    pub fn reporter(&self) -> Reporter {
        Reporter::new(
            self.journal.clone(),
            self.redactor.clone(),
            &Cursors {
                journal: self.journal.clone(),
                folder: self.dir.path().with_file_name("github"),
                kind: "github",
                in_record: false,
            },
            self.counters.clone(),
        )
    }

    /// A boathook lives for so long.
    pub async fn report_for(&self, time: Duration) {
        let reporter = self.reporter();
        tokio::select! {
            never = reporter.report(&self.client, &self.reporting) => match never {},
            () = sleep(time) => {}
        }
    }

    /// A boathook lives until it has told GitHub everything.
    pub async fn report(&self) {
        self.report_for(MOMENT).await;
    }

    /// A boathook lives until this many questions have come to GitHub, of which the last one gets no
    /// answer; false if it had nothing more to ask.
    pub async fn report_until_killed(&self, question: usize, is_heard: bool) -> bool {
        let killed = self.way.interrupt(question, is_heard);
        let reporter = self.reporter();
        tokio::select! {
            never = reporter.report(&self.client, &self.reporting) => match never {},
            () = killed.notified() => true,
            () = sleep(MOMENT) => false,
        }
    }

    pub async fn accept(&self, acceptance: Acceptance) -> DeploymentId {
        samples::new(self.journal.accept(acceptance, QUEUE).await.unwrap()).id
    }

    /// Has a request of the service for the commit accepted.
    pub async fn send(&self, deployment_id: &str) -> DeploymentId {
        self.accept(samples::accepted_as_sent(request(deployment_id))).await
    }

    /// Has a deployment recorded that succeeds while GitHub is told nothing.
    pub async fn succeed(&self, deployment_id: &str, candidate: &str) -> DeploymentId {
        let id = self.send(deployment_id).await;
        self.record(&id, success(candidate)).await;
        id
    }

    /// Records these events, and has GitHub told after each.
    pub async fn play(&self, id: &DeploymentId, events: Vec<Event>) {
        for event in events {
            append_all(&self.journal, id, vec![event]).await;
            self.report().await;
        }
    }

    /// Records these events; GitHub is told of nothing meanwhile.
    pub async fn record(&self, id: &DeploymentId, events: Vec<Event>) {
        append_all(&self.journal, id, events).await;
    }

    /// Everything that GitHub knows, with names in place of ids.
    pub fn reported(&self, ids: &[(&str, &DeploymentId)]) -> String {
        let lines = REPOSITORIES.into_iter().flat_map(|repository| {
            let deployments = self.github.deployments(repository).into_iter();
            deployments.flat_map(move |one| {
                let text = |key: &str| one[key].as_str().unwrap().to_owned();
                let commit = &text("sha")[..7];
                let head = format!("{repository}@{commit} {}", text("environment"));
                let statuses = self.github.statuses(one["id"].as_u64().unwrap());
                let statuses = statuses.into_iter().map(|status| format!("  {status}"));
                [head].into_iter().chain(statuses).collect::<Vec<_>>()
            })
        });
        let mut text = lines.collect::<Vec<_>>().join("\n");
        for (name, id) in ids {
            text = text.replace(id.as_str(), name);
        }
        text
    }

    /// The statuses of the only deployment of the repository, as GitHub keeps them.
    pub fn only(&self) -> Vec<Value> {
        let deployments = self.github.deployments("acme/game");
        assert_eq!(deployments.len(), 1, "{deployments:#?}");
        self.github.raw_statuses(deployments[0]["id"].as_u64().unwrap())
    }

    /// What GitHub shows last of each deployment of the repository.
    pub fn shown(&self) -> Vec<String> {
        let deployments = self.github.deployments("acme/game").into_iter();
        let last = deployments.map(|one| {
            let statuses = self.github.raw_statuses(one["id"].as_u64().unwrap());
            statuses.last().map(|last| last["state"].as_str().unwrap().to_owned())
        });
        last.map(|state| state.unwrap_or_else(|| "none".to_owned())).collect()
    }

    pub async fn summary(&self, id: &DeploymentId) -> Summary {
        self.journal.summary(id).await.unwrap().unwrap()
    }
}

/// Everything after the acceptance of a deployment that leaves `candidate` serving.
pub fn success(candidate: &str) -> Vec<Event> {
    samples::success("game", candidate, &samples::image(DIGEST))
}

/// A request for staging.
pub fn request(deployment_id: &str) -> DeployRequest {
    DeployRequest { commit_sha: Some(COMMIT.to_owned()), ..samples::request("game", deployment_id) }
}
