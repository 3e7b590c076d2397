//! Containers of the same repository beside the one that serves: they get the same digest, or the
//! plan says why not.

use boathook::plan::{Pull, Settings};
use boathook_core::record::{DeploymentEvent, Event, Outcome};
use boathook_sandbox::{Behaviour, Caller, Kind};
use boathook_testing::rollout_harness::{
    Harness, REPOSITORY, RolloutResult, manifest, request, settings,
};
use expect_test::expect;
use serde_json::Value;

const WORKER: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  template:
    spec:
      initContainers:
        - {name: migrate, image: 'registry.example/game:${TAG}'}
      containers:
        - {name: worker, image: registry.example/game:1}
        - {name: log, image: 'registry.example/log:1'}
";

const JOB: &str = "apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: game}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: migrate, image: 'registry.example/game:1'}]
";

fn planned(result: &RolloutResult) -> String {
    let notes = result.records.iter().find_map(|record| match &record.event {
        Event::Deployment(DeploymentEvent::Planned { plan }) => {
            Some(plan.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
        _ => None,
    });
    notes.unwrap_or_default()
}

fn get(harness: &Harness, kind: Kind, name: &str) -> Value {
    harness.cluster.get(&Caller::admin(), kind, Some("game"), name).unwrap()
}

/// The images of an object's pods, by the container's name, digests shortened to what the service's
/// serving container has.
fn images(harness: &Harness, object: &Value, digest: &str) -> String {
    let spec = &object["spec"]["template"]["spec"];
    let all = ["initContainers", "containers"]
        .into_iter()
        .flat_map(|list| spec[list].as_array().cloned().unwrap_or_default());
    let digest = harness.digest_of(digest);
    let short =
        |image: &str| if image == digest { "THE IMAGE".to_owned() } else { image.to_owned() };
    all.map(|one| {
        format!("{}: {}", one["name"].as_str().unwrap(), short(one["image"].as_str().unwrap()))
    })
    .collect::<Vec<_>>()
    .join("\n")
}

/// A service whose image is in the second container; the first is this one, and has the port.
fn behind(front: &str, named: &str) -> String {
    manifest("hi").replace(
        &format!(
            "        - image: {REPOSITORY}:placeholder\n          ports: [{{containerPort: \
             8080}}]\n"
        ),
        &format!(
            "        - image: {front}\n          name: proxy\n          ports: [{{containerPort: \
             8080}}]\n        - image: {REPOSITORY}:placeholder\n          name: {named}\n"
        ),
    )
}

fn with_proxy(settings: Settings) -> Harness {
    let harness = Harness::with(settings);
    harness.cluster.publish("registry.example/proxy", "1", Behaviour::good("proxy"));
    harness
}

#[tokio::test(start_paused = true)]
async fn every_container_of_the_same_repository_gets_the_same_digest_and_another_repository_stays()
{
    let harness = Harness::new();
    harness.manifest("20-worker.yaml", WORKER);
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        migrate: THE IMAGE
        worker: THE IMAGE
        log: registry.example/log:1"#]]
    .assert_eq(&images(&harness, &get(&harness, Kind::Deployment, "worker"), "game-00001"));
    expect![
        "Deployment/worker gets the same image when it is applied, before the new revision is \
         proven"
    ]
    .assert_eq(&planned(&result));
}

#[tokio::test(start_paused = true)]
async fn config_limits_it_to_the_containers_that_it_names_and_the_plan_says_which_keep_theirs() {
    let containers = Some(vec!["migrate".to_owned(), "log".to_owned(), "web".to_owned()]);
    let harness = Harness::with(Settings { containers, ..settings() });
    harness.manifest("20-worker.yaml", WORKER);
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        migrate: THE IMAGE
        worker: registry.example/game:1
        log: registry.example/log:1"#]]
    .assert_eq(&images(&harness, &get(&harness, Kind::Deployment, "worker"), "game-00001"));
    expect![[r#"
        container worker of Deployment/worker keeps registry.example/game:1: `containers` in the config does not name it
        container log of Deployment/worker keeps registry.example/log:1: that is another repository than registry.example/game
        Deployment/worker gets the same image when it is applied, before the new revision is proven
        manifests/staging has no container web, which `containers` in the config names"#]]
    .assert_eq(&planned(&result));
}

#[tokio::test(start_paused = true)]
async fn a_sidecar_of_the_same_repository_runs_the_same_digest_and_stables_sidecar_is_pulled_too() {
    let harness = with_proxy(Settings { container: Some("game".to_owned()), ..settings() });
    let sidecar = behind("registry.example/proxy:1", "game");
    let more = format!("        - image: {REPOSITORY}:1\n          name: worker\n");
    harness.manifest("10-game.yaml", &format!("{sidecar}{more}"));
    harness.deploy("1").await;
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    let spec = &harness.service()["spec"]["template"]["spec"]["containers"];
    assert_eq!(spec[0]["image"], "registry.example/proxy:1");
    assert_eq!(spec[1]["image"], spec[2]["image"]);
    assert!(
        spec[1]["image"].as_str().unwrap().starts_with(&format!("{REPOSITORY}@sha256:")),
        "{spec:#}"
    );
    let pulled: Vec<String> =
        result.changes().into_iter().filter(|line| line.starts_with("crictl pull")).collect();
    assert_eq!(
        pulled,
        [
            format!("crictl pull -- {REPOSITORY}:2"),
            "crictl pull -- registry.example/proxy@STABLE".to_owned(),
            format!("crictl pull -- {REPOSITORY}@STABLE")
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_container_that_gets_the_image_need_not_hold_the_port() {
    for enabled in [true, false] {
        let pull = Pull { enabled, ..settings().pull };
        let harness = with_proxy(Settings {
            container: Some("app".to_owned()),
            pull: pull.clone(),
            ..settings()
        });
        harness.manifest("10-game.yaml", &behind("registry.example/proxy:1", "app"));
        let first = harness.deploy("1").await;
        first.assert_end(Outcome::Succeeded);
        let result = harness.deploy("2").await;
        result.assert_end(Outcome::Succeeded);
        let image = result.outcome.findings.image.clone().unwrap();
        assert!(image.repository() == REPOSITORY && image.digest().is_some(), "{pull:?} {image}");
        let revision = get(&harness, Kind::Revision, "game-00002");
        let statuses = revision["status"]["containerStatuses"].as_array().unwrap();
        let app = statuses.iter().find(|status| status["name"] == "app").unwrap();
        assert_eq!(app["imageDigest"], image.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_exists_with_another_image_stops_the_deployment_before_anything_is_applied() {
    let harness = Harness::new();
    harness.manifest("20-job.yaml", JOB);
    assert_eq!(harness.deploy("1").await.end(), Outcome::Succeeded);
    let runs =
        get(&harness, Kind::Job, "migrate")["spec"]["template"]["spec"]["containers"][0]["image"]
            .clone();
    let again = harness.deploy("1").await;
    assert_eq!(
        again.end(),
        Outcome::Succeeded,
        "the same image is no change: {}",
        again.timeline()
    );
    harness
        .manifest("15-config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: words}\n");
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Failed);
    let advice = "the image of a Job cannot be changed, so nothing was applied. Delete it (kubectl \
                  delete job migrate -n game) and deploy again; for the next times, give it \
                  spec.ttlSecondsAfterFinished, or leave its container out of `containers` in the \
                  config; the service was not changed";
    assert_eq!(
        result.reason(),
        format!("Job/migrate exists and runs {}; {advice}", runs.as_str().unwrap())
    );
    assert!(
        harness.cluster.get(&Caller::admin(), Kind::ConfigMap, Some("game"), "words").is_err(),
        "nothing was applied"
    );
    let report = harness.engine.dry_run(&request("2", "dry")).await;
    assert!(
        report.problems.iter().any(|problem| problem.contains("Job/migrate exists")),
        "{:#?}",
        report.problems
    );
    harness.cluster.delete(&Caller::admin(), Kind::Job, Some("game"), "migrate").unwrap();
    assert_eq!(harness.deploy("2").await.end(), Outcome::Succeeded);
    assert_eq!(
        images(&harness, &get(&harness, Kind::Job, "migrate"), "game-00003"),
        "migrate: THE IMAGE"
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_pull_each_gets_the_tag_and_the_plan_says_what_that_means() {
    let harness =
        Harness::with(Settings { pull: Pull { enabled: false, ..settings().pull }, ..settings() });
    harness.manifest("20-worker.yaml", WORKER);
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    expect![
        "pull is off, so each container gets registry.example/game:2 by its tag, and its digest \
         may differ where the tag moves"
    ]
    .assert_eq(planned(&result).lines().last().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_spelling_of_docker_hub_is_the_same_repository() {
    let harness = Harness::new();
    harness.cluster.publish("docker.io/acme/game", "1", Behaviour::good("v1"));
    harness.manifest("10-game.yaml", &manifest("hi").replace(REPOSITORY, "acme/game"));
    harness.manifest("20-worker.yaml", &WORKER.replace(REPOSITORY, "index.docker.io/acme/game"));
    let result = harness
        .deploy_request(boathook_core::deployment::DeployRequest {
            image: boathook_testing::samples::image("docker.io/acme/game:1"),
            ..request("1", "1")
        })
        .await;
    result.assert_end(Outcome::Succeeded);
    let worker = get(&harness, Kind::Deployment, "worker");
    let image =
        worker["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap().to_owned();
    assert!(image.starts_with("docker.io/acme/game@sha256:"), "{image}");
}
