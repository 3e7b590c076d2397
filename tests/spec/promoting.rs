//! From development to production by one webhook: what was proven goes on, once, whatever happens between success and answer.

use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc, time::Duration};

use actix_web::{dev::Service, test::init_service};
use boathook::{
    clock::Clock,
    deployment::{Environment, JobId},
    journal::{End, Filter, History, Summary},
    redact::Redactor,
    sandbox::{self, Behaviour, Cluster, FakeProber, FakeTools},
    server::{Reloads, public_app},
    startup::{Loaded, Outside, Parts},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::delivery::{Answer, Delivery};

const REPOSITORY: &str = "registry.example/game";
const SECRET: &str = "what CI signs with for ";
/// No promotion takes so long that does not hang.
const PATIENCE: Duration = Duration::from_secs(3 * 3600);

/// Where each environment's service is, what it takes, and where its successes go.
const ENVIRONMENTS: [(&str, &str, &str); 3] = [
    ("development", "game-dev", "promotion: {to: staging, when: automatic, namespace: game-staging}"),
    ("staging", "game-staging", "promotion: {to: production, when: automatic, namespace: game-prod}"),
    (
        "production",
        "game-prod",
        "require: {timestamp: true, deployment_id: true, confirmation: DEPLOY, proven: {environment: staging, within: 30d}}",
    ),
];

/// One boathook with three environments and the simulated cluster, put together as `serve` does it, on a paused clock.
struct Chain {
    cluster: Cluster,
    files: TempDir,
    clock: Clock,
    parts: Arc<Parts>,
    tasks: JoinSet<()>,
}

impl Chain {
    fn new() -> Self {
        Self::with(|_, _| {})
    }

    /// With other files than usual: `change` gets each environment's name and config.
    fn with(change: impl Fn(&str, &mut String)) -> Self {
        let (cluster, files) = (Cluster::new(sandbox::Settings::default()), TempDir::new().unwrap());
        for tag in ["1", "2"] {
            cluster.publish(REPOSITORY, tag, Behaviour::good(&format!("v{tag}")));
        }
        cluster.publish(REPOSITORY, "crash", Behaviour::crash("v3", 3, "FATAL"));
        let path = files.path().display().to_string();
        let defaults = "url: {scheme: http, domain: example.test}, health: {delay: 0s, expect_body: null}";
        put(&files, "default.yaml", &format!("state: {{directory: {path}/state}}\ndefaults: {{{defaults}}}"));
        for (environment, namespace, further) in ENVIRONMENTS {
            let mut text = format!(
                "secrets: [{{id: ci, file: {path}/secret.{environment}}}]\nmanifests: {path}/manifests/{environment}\n\
                 allow: {{images: [{REPOSITORY}], namespaces: [{namespace}], services: [game]}}\n{further}\n"
            );
            change(environment, &mut text);
            put(&files, &format!("secret.{environment}"), &format!("{SECRET}{environment}"));
            put(&files, &format!("{environment}.yaml"), &text);
            put(&files, &format!("manifests/{environment}/game.yaml"), &manifests(namespace));
        }
        let clock = Clock::following_tokio(cluster.settings().start);
        let (parts, tasks) = begin(&cluster, &files, &clock);
        Self { cluster, files, clock, parts, tasks }
    }

    /// Kills everything at once, as `kill -9` does, and starts it again from what is on disk.
    async fn killed(self) -> Self {
        let Self { cluster, files, clock, parts, mut tasks } = self;
        tasks.shutdown().await;
        drop(parts);
        // What they had begun is dropped one after another.
        tokio::time::sleep(Duration::from_millis(5)).await;
        let (parts, tasks) = begin(&cluster, &files, &clock);
        Self { cluster, files, clock, parts, tasks }
    }

    /// Sends what CI sends for an environment, with some fields set.
    async fn send(&self, environment: &str, fields: Value) -> Answer {
        let namespace = ENVIRONMENTS.iter().find(|(name, ..)| *name == environment).unwrap().1;
        let mut body = json!({
            "environment": environment, "image": format!("{REPOSITORY}:1"), "namespace": namespace, "service_name": "game",
            "deployment_id": "101-1", "commit_sha": "4f2a9c1", "triggered_by": "jane", "timestamp": self.clock.now(), "confirmation": "DEPLOY",
        });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let app = init_service(public_app(self.parts.edge())).await;
        let (request, payload) = Delivery::of(&body).signed_by(format!("{SECRET}{environment}").as_bytes()).parts();
        Answer::of(app.call(request.to_request().replace_payload(payload).0).await).await
    }

    async fn all(&self) -> Vec<Summary> {
        self.parts.journal().list(&Filter::default()).await.unwrap()
    }

    async fn in_environment(&self, environment: Environment) -> Vec<Summary> {
        self.all().await.into_iter().filter(|summary| summary.environment == environment).collect()
    }

    async fn history(&self, job: &JobId) -> History {
        History::of(&self.parts.journal().records(job, 0).await.unwrap()).unwrap().unwrap()
    }

    /// Waits until the newest deployment of an environment has ended, and nothing more is to be promoted.
    async fn until_ended(&self, environment: Environment) -> History {
        let give_up = Instant::now() + PATIENCE;
        loop {
            if let Some(newest) = self.in_environment(environment).await.first()
                && newest.ended_at.is_some()
                && self.parts.journal().to_promote(1).await.unwrap().is_empty()
            {
                return self.history(&newest.job).await;
            }
            assert!(Instant::now() < give_up, "waited for {environment}, saw {:#?}", self.all().await);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// What users of an environment's service are answered.
    fn serves(&self, namespace: &str) -> String {
        match self.cluster.route(&format!("game.{namespace}.example.test")).outcome {
            sandbox::Outcome::Answer { body, .. } => body.split_whitespace().next().unwrap_or_default().to_owned(),
            sandbox::Outcome::Nothing => "nothing".to_owned(),
        }
    }
}

fn begin(cluster: &Cluster, files: &TempDir, clock: &Clock) -> (Arc<Parts>, JoinSet<()>) {
    let (runner, prober) = (Arc::new(FakeTools::new(cluster.clone())), Arc::new(FakeProber::new(cluster.clone())));
    let outside = Outside { runner, prober, clock: clock.clone() };
    let loaded = Loaded::read(files.path()).unwrap();
    let parts = Parts::assemble(loaded, &Redactor::default(), outside, Reloads::channel().0, CancellationToken::new()).unwrap();
    let (parts, mut tasks) = (Arc::new(parts), JoinSet::new());
    let deploying = Arc::clone(&parts);
    tasks.spawn(async move { deploying.deploy().await });
    tasks.spawn(parts.promote());
    (parts, tasks)
}

fn put(files: &TempDir, name: &str, text: &str) {
    let path = files.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn manifests(namespace: &str) -> String {
    let service = crate::rollout_world::manifest("hi").replace("namespace: game", &format!("namespace: {namespace}"));
    format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {namespace}\n---\n{service}")
}

#[tokio::test(start_paused = true)]
async fn one_webhook_brings_the_proven_digest_from_development_to_production() {
    let chain = Chain::new();
    assert_eq!(chain.send("development", json!({})).await.status, 202);
    let production = chain.until_ended(Environment::Production).await;
    assert_eq!(production.status.end(), Some(End::Succeeded), "{production:#?}");
    assert_eq!(["game-dev", "game-staging", "game-prod"].map(|namespace| chain.serves(namespace)), ["v1", "v1", "v1"]);
    let all = chain.all().await;
    assert_eq!(
        all.iter().map(|summary| summary.environment).collect::<Vec<_>>(),
        [Environment::Production, Environment::Staging, Environment::Development]
    );
    let [staging, development] = [chain.history(&all[1].job).await, chain.history(&all[2].job).await];
    assert_eq!((staging.image.digest().is_some(), staging.resolved_image.as_ref()), (true, development.resolved_image.as_ref()));
    assert_eq!(staging.promoted_from, Some(format!("{} in development", development.job)));
    assert_eq!(staging.deployment_id.as_str(), format!("promotion-{}", development.job));
    assert_eq!((staging.commit_sha.as_deref(), staging.triggered_by.as_deref()), (Some("4f2a9c1"), Some("jane")));
    let told = development.onward.unwrap().to_string();
    let link = format!("promoted to staging as {}, http://127.0.0.1:8080/deployments/{}?token=", staging.job, staging.job);
    assert!(told.starts_with(&link), "{told}");
    assert_eq!(development.ended_at, all[2].ended_at, "a promotion is no part of the deployment that is promoted");
    assert!(production.onward.is_none());
    assert!(chain.files.path().exists());
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_fails_goes_no_further_and_a_retry_that_succeeds_does() {
    let chain = Chain::new();
    chain.send("development", json!({"image": format!("{REPOSITORY}:crash")})).await;
    let failed = chain.until_ended(Environment::Development).await;
    assert_eq!((failed.status.end(), failed.onward), (Some(End::Failed), None));
    assert_eq!(chain.all().await.len(), 1);
    chain.cluster.publish(REPOSITORY, "crash", Behaviour::good("v3"));
    let attempt = chain.parts.journal().retry(&failed.job, "ada".to_owned(), 10).await.unwrap();
    let staging = chain.until_ended(Environment::Staging).await;
    assert_eq!((staging.status.end(), staging.promoted_from), (Some(End::Succeeded), Some(format!("{} in development", attempt.job))));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_a_person_orders_is_not_promoted() {
    let chain = Chain::with(|environment, text| {
        if environment == "staging" {
            *text = text.replace("promotion:", "promotion: null #");
        }
    });
    for tag in ["1", "2"] {
        chain.send("development", json!({"image": format!("{REPOSITORY}:{tag}"), "deployment_id": tag})).await;
        chain.until_ended(Environment::Staging).await;
        chain.until_ended(Environment::Development).await;
    }
    let journal = chain.parts.journal();
    let service = boathook::deployment::ServiceKey {
        namespace: boathook::deployment::Namespace::parse("game-dev").unwrap(),
        service: boathook::deployment::ServiceName::parse("game").unwrap(),
    };
    journal.order_rollback(Environment::Development, &service, None, "ada".to_owned(), 10).await.unwrap();
    let back = chain.until_ended(Environment::Development).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!((back.status.end(), back.onward, chain.serves("game-dev").as_str()), (Some(End::Succeeded), None, "v1"));
    assert_eq!((chain.in_environment(Environment::Staging).await.len(), chain.serves("game-staging").as_str()), (2, "v2"));
}

#[tokio::test(start_paused = true)]
async fn killed_every_few_seconds_it_deploys_each_environment_once() {
    let mut chain = Chain::new();
    chain.send("development", json!({})).await;
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_millis(3700)).await;
        chain = chain.killed().await;
    }
    let production = chain.until_ended(Environment::Production).await;
    assert_eq!(production.status.end(), Some(End::Succeeded), "{production:#?}");
    assert_eq!(chain.all().await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_refused_promotion_says_why_and_one_to_a_frozen_environment_waits() {
    let frozen = |environment: &str, text: &mut String| {
        if environment == "staging" {
            text.push_str("frozen: closing\n");
        }
    };
    let chain = Chain::with(frozen);
    chain.send("development", json!({})).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let job = chain.in_environment(Environment::Development).await[0].job.clone();
    let told = chain.history(&job).await.onward.unwrap().to_string();
    assert_eq!(told, "to staging, tried again: 423: staging is frozen: closing; send it again when it is not");
    let (days, reason) = (Duration::from_secs(25 * 3600), "not promoted to staging: there was no answer within 24h");
    tokio::time::sleep(days).await;
    assert_eq!(chain.history(&job).await.onward.unwrap().to_string(), reason);

    let closed = Chain::with(|environment, text| {
        if environment == "staging" {
            *text = text.replace("services: [game]", "services: [other]");
        }
    });
    closed.send("development", json!({})).await;
    let told = closed.until_ended(Environment::Development).await.onward.unwrap().to_string();
    assert_eq!(told, "not promoted to staging: 403: staging does not take this deployment: service_name `game` is not in `allow.services`");
}

#[tokio::test(start_paused = true)]
async fn production_takes_only_what_succeeded_in_staging_by_digest_and_by_tag() {
    let chain = Chain::with(|environment, text| {
        if environment != "production" {
            *text = text.replace("promotion:", "promotion: null #");
        }
    });
    chain.send("staging", json!({})).await;
    let staging = chain.until_ended(Environment::Staging).await;
    let [proven, unproven] = [staging.resolved_image.unwrap().to_string(), format!("{REPOSITORY}@sha256:{}", "1".repeat(64))];
    let answer = chain.send("production", json!({"image": unproven, "deployment_id": "1"})).await;
    assert_eq!(
        answer.refusal(),
        format!(
            "403 production does not take this deployment: {unproven} did not succeed in staging within the time that `require.proven` allows; \
         deploy it there first, or have it promoted from there"
        )
    );
    // Saying so does not make it a promotion: CI's secret signed.
    let claimed = json!({"image": unproven, "deployment_id": "1", "auto_promotion": "true"});
    assert_eq!(chain.send("production", claimed).await.status, 403);
    let claimed = json!({"image": proven, "deployment_id": "1", "auto_promotion": "true", "confirmation": null});
    assert_eq!(
        chain.send("production", claimed).await.refusal(),
        "422 production requires `confirmation`: send the word that its config asks for"
    );

    assert_eq!(chain.send("production", json!({"image": proven, "deployment_id": "2"})).await.status, 202);
    assert_eq!(chain.until_ended(Environment::Production).await.status.end(), Some(End::Succeeded));
    let before = chain.cluster.traffic_history("game-prod", "game");
    assert_eq!(chain.send("production", json!({"image": format!("{REPOSITORY}:2"), "deployment_id": "3"})).await.status, 202);
    let refused = chain.until_ended(Environment::Production).await;
    assert_eq!(refused.status.end(), Some(End::Refused), "{refused:#?}");
    let reason = refused.reason.unwrap();
    assert!(reason.contains("did not succeed in staging") && reason.ends_with("; the service was not changed"), "{reason}");
    assert_eq!(chain.cluster.traffic_history("game-prod", "game"), before);
    assert_eq!(chain.send("production", json!({"image": format!("{REPOSITORY}:1"), "deployment_id": "4"})).await.status, 202);
    assert_eq!(chain.until_ended(Environment::Production).await.status.end(), Some(End::Succeeded));

    tokio::time::sleep(Duration::from_secs(31 * 24 * 3600)).await;
    assert_eq!(chain.send("production", json!({"image": proven, "deployment_id": "5"})).await.status, 403, "it is too long ago");
}

#[tokio::test(start_paused = true)]
async fn what_another_boathook_promotes_needs_neither_proof_nor_a_persons_word() {
    let chain = Chain::with(|environment, text| {
        if environment == "production" {
            *text = text.replace("{id: ci,", "{id: relay, use: promotion,");
        }
    });
    chain.cluster.publish(REPOSITORY, "2", Behaviour::good("v2"));
    let fields =
        json!({"image": format!("{REPOSITORY}:2"), "confirmation": null, "auto_promotion": true, "promoted_from": "xyz in staging"});
    assert_eq!(chain.send("production", fields.clone()).await.status, 202);
    let production = chain.until_ended(Environment::Production).await;
    assert_eq!((production.status.end(), production.promoted_from.as_deref()), (Some(End::Succeeded), Some("xyz in staging")));
    let unsaid = json!({"auto_promotion": false, "image": format!("{REPOSITORY}@sha256:{}", "1".repeat(64)), "deployment_id": "9"});
    assert_eq!(chain.send("production", unsaid).await.status, 403, "a promotion's secret signs promotions");
}
