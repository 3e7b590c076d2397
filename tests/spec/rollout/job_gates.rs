//! Jobs of the manifests that must succeed: before the service is changed, and before the candidate
//! gets traffic.

use std::time::Duration;

use boathook::{
    bundles::{AcceptedManifests, BundlePolicy, KindName},
    plan::{JobGates, Settings, Waits},
};
use boathook_core::{
    deployment::{DeploymentId, Requester},
    record::{DeploymentEvent, Event, Outcome},
    rollout::Action,
};
use boathook_sandbox::{Caller, Fault, Kind, Times, WriteOptions};
use boathook_testing::{
    rollout_harness::{Harness, RolloutResult, blue_green, brief, manifest, request, settings},
    samples::bundle,
};
use expect_test::expect;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{
    job_harness::{all, gated, job, job_names, serving_with_jobs, write_jobs},
    restoring_harness::{configure, map, mottos, order},
};

/// A text without the part of a deployment's id that Jobs carry in their names.
fn without_id(text: &str, id: &DeploymentId) -> String {
    text.replace(id.as_str(), "FULL-ID").replace(&id.as_str()[..10], "ID")
}

fn id(result: &RolloutResult) -> &DeploymentId {
    &result.records[0].deployment
}

fn reason(result: &RolloutResult) -> String {
    without_id(result.reason(), id(result))
}

/// What the record notes of Jobs.
fn notes(result: &RolloutResult) -> String {
    let notes = &result.outcome.findings.notes;
    let of_jobs = notes.iter().filter(|note| note.contains("ob/"));
    of_jobs.map(|note| without_id(note, id(result)) + "\n").collect()
}

#[tokio::test(start_paused = true)]
async fn jobs_run_once_with_the_new_image_before_the_service_is_changed_and_before_users_come() {
    let harness = serving_with_jobs(settings(), "ends-after:3s:0", "ends-after:2s:0").await;
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    expect!["pull_image, pull_stable, apply_manifests, run_job, patch_service, find_revision, await_ready, tag_candidate, probe_candidate, run_job, shift_traffic, hold, shift_traffic, hold, shift_traffic, hold, verify, pin_traffic"].assert_eq(&result.steps().join(", "));
    let jobs = all(&harness, Kind::Job);
    let [migrate, smoke] = &jobs[..] else { panic!("{jobs:?}") };
    let image = harness.digest_of("game-00002");
    for job in [migrate, smoke] {
        let container = &job["spec"]["template"]["spec"]["containers"][0];
        assert_eq!(container["image"], image);
        assert_eq!(job["spec"]["activeDeadlineSeconds"], 120);
        assert_eq!(job["spec"]["ttlSecondsAfterFinished"], 604_800);
        assert_eq!(job["metadata"]["labels"]["boathook.dev/deployment"], id(&result).as_str());
    }
    let variables = |job: &Value| {
        let env = &job["spec"]["template"]["spec"]["containers"][0]["env"];
        let all = env.as_array().unwrap().iter();
        let line = |one: &Value| {
            format!("{}={}\n", one["name"].as_str().unwrap(), one["value"].as_str().unwrap())
        };
        without_id(&all.map(line).collect::<String>(), id(&result)).replace(&image, "IMAGE")
    };
    expect![[r#"
        BOATHOOK_DEPLOYMENT=FULL-ID
        BOATHOOK_ENVIRONMENT=staging
        BOATHOOK_IMAGE=IMAGE
        BOATHOOK_URL=none
    "#]]
    .assert_eq(&variables(migrate));
    expect![[r#"
        BOATHOOK_DEPLOYMENT=FULL-ID
        BOATHOOK_ENVIRONMENT=staging
        BOATHOOK_IMAGE=IMAGE
        BOATHOOK_URL=http://boathook-game.game.example.test
        BOATHOOK_REVISION=game-00002
    "#]]
    .assert_eq(&variables(smoke));
    assert_eq!(job_names(&harness).map_ids(&result), ["migrate-ID", "smoke-ID"].map(str::to_owned));
    expect![[r#"
        last lines of job/migrate: started
        last lines of job/migrate: done
        last lines of job/smoke: started
        last lines of job/smoke: done
    "#]]
    .assert_eq(&notes(&result));
}

/// Names with the deployment's part replaced.
trait MapIds {
    fn map_ids(self, result: &RolloutResult) -> Vec<String>;
}

impl MapIds for Vec<String> {
    fn map_ids(self, result: &RolloutResult) -> Vec<String> {
        self.iter().map(|name| without_id(name, id(result))).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_of_before_that_fails_ends_the_deployment_with_nothing_changed() {
    let harness = Harness::with(gated(settings()));
    configure(&harness, "first");
    write_jobs(&harness, "ends-after:1s:0", "ends-after:1s:0");
    harness.deploy("1").await.assert_end(Outcome::Succeeded);
    configure(&harness, "second");
    write_jobs(&harness, "crash:3", "good");
    let before = harness.service();
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    harness.assert_ended(&result, Outcome::Failed, "v1 100");
    assert_eq!(harness.service(), before);
    assert_eq!(mottos(&harness), ["first", "first"]);
    expect!["job/migrate failed: BackoffLimitExceeded: Job has reached the specified backoff limit; the service was not changed"].assert_eq(&reason(&result));
    expect![[r#"
        last lines of job/migrate: started
        last lines of job/migrate: FATAL: cannot read config, version job
    "#]]
    .assert_eq(&notes(&result));
}

#[tokio::test(start_paused = true)]
async fn a_job_of_after_that_fails_rolls_back_before_any_user_came() {
    let harness = serving_with_jobs(settings(), "ends-after:1s:0", "crash:1").await;
    for request in [request("2", "b-1"), blue_green("2", "b-2")] {
        let result = harness.deploy_request(request).await;
        harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
        let failed =
            "job/smoke failed: BackoffLimitExceeded: Job has reached the specified backoff limit";
        assert_eq!(result.reason(), failed);
    }
    let given = harness.cluster.traffic_history("game", "game");
    let is_users = |split: &String| {
        split.split(", ").any(|part| !part.starts_with("game-00001") && !part.contains(" 0"))
    };
    assert!(!given.iter().any(is_users), "{given:?}");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_does_not_end_is_deleted_after_its_deadline_and_what_was_seen_is_told() {
    let harness = serving_with_jobs(settings(), "good", "good").await;
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    harness.assert_ended(&result, Outcome::Failed, "v1 100");
    expect![
        "job/migrate has not ended within 60 s: its pod has not ended; the service was not changed"
    ]
    .assert_eq(&reason(&result));
    expect![[r#"
        last lines of job/migrate: started
    "#]]
    .assert_eq(&notes(&result));
    let restored = &result.outcome.findings.restored;
    expect!["deleted Job game/migrate-ID"]
        .assert_eq(&without_id(&restored.to_string(), id(&result)));
    harness.settle().await;
    assert_eq!(job_names(&harness), Vec::<String>::new());
    assert_eq!(all(&harness, Kind::Pod).iter().filter(|pod| is_of_job(pod)).count(), 0);
}

fn is_of_job(pod: &Value) -> bool {
    pod["metadata"]["labels"]["job-name"].is_string()
}

/// How a Job of `before` ends that never does, told of it in the manifest and in the cluster.
async fn stuck(manifest: &str, object: Option<Value>) -> String {
    let harness = serving_with_jobs(brief(), "good", "good").await;
    harness.manifest("20-migrate.yaml", manifest);
    if let Some(object) = object {
        let options = WriteOptions::default();
        let kind = Kind::ResourceQuota;
        harness.cluster.create(&Caller::admin(), kind, Some("game"), object, &options).unwrap();
    }
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    result.assert_end(Outcome::Failed);
    harness.settle().await;
    assert_eq!(job_names(&harness), Vec::<String>::new(), "{}", result.timeline());
    reason(&result)
}

#[tokio::test(start_paused = true)]
async fn a_job_that_gets_no_pod_or_no_image_is_told_so_at_its_deadline() {
    let away =
        job("migrate", "good").replace("registry.example/game:placeholder", "gone.example/a:1");
    expect![[r#"job/migrate has not ended within 60 s: container migrate does not start: ImagePullBackOff: Back-off pulling image "gone.example/a:1"; the service was not changed"#]].assert_eq(&stuck(&away, None).await);
    let suspended = job("migrate", "good").replace("backoffLimit: 0", "suspend: true");
    expect!["job/migrate has not ended within 60 s: it is suspended (spec.suspend); the service was not changed"].assert_eq(&stuck(&suspended, None).await);
    let quota = json!({"metadata": {"name": "few"}, "spec": {"hard": {"pods": "0"}}});
    let refused = stuck(&job("migrate", "good"), Some(quota)).await;
    let ends = refused.split_once("pods \"migrate-ID-").unwrap();
    expect!["job/migrate has not ended within 60 s: FailedCreate: "].assert_eq(ends.0);
    expect![[r#"" is forbidden: exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=0; the service was not changed"#]].assert_eq(&ends.1[5..]);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_deleted_by_hand_fails_and_is_not_created_again() {
    let harness = serving_with_jobs(brief(), "good", "good").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    let name = job_names(&harness).pop().unwrap();
    harness.cluster.delete(&Caller::admin(), Kind::Job, Some("game"), &name).unwrap();
    let result = deploying.end().await;
    harness.assert_ended(&result, Outcome::Failed, "v1 100");
    expect!["job/migrate did not end: someone deleted Job/migrate-ID while it ran; the service was not changed"].assert_eq(&reason(&result));
    harness.settle().await;
    assert_eq!(job_names(&harness), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_with_the_job_that_runs_and_notices_if_it_is_gone() {
    let harness = serving_with_jobs(brief(), "ends-after:40s:0", "ends-after:1s:0").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    let result = deploying.restart().await.end().await;
    harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    let deploying = harness.start(blue_green("1", "b-2")).await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    let id = deploying.id.clone();
    deploying.leave().await;
    let is_new = |name: &String| name.starts_with(&format!("migrate-{}", &id.as_str()[..10]));
    let name = job_names(&harness).into_iter().find(is_new).unwrap();
    harness.cluster.delete(&Caller::admin(), Kind::Job, Some("game"), &name).unwrap();
    harness.settle().await;
    let result = harness.finish(blue_green("1", "b-2")).await;
    harness.assert_ended(&result, Outcome::Failed, "v2 100");
    expect!["job/migrate did not end: someone deleted Job/migrate-ID while it ran; the service was not changed"].assert_eq(&reason(&result));
}

#[tokio::test(start_paused = true)]
async fn the_next_deployment_removes_the_jobs_of_the_one_before_and_waits_for_one_that_runs() {
    let harness = serving_with_jobs(brief(), "ends-after:1s:0", "ends-after:1s:0").await;
    let first = harness.deploy_request(blue_green("2", "b-1")).await;
    first.assert_end(Outcome::Succeeded);
    // Someone has made the old migration run on, as a deletion that was refused would leave it.
    let old = job_names(&harness).remove(0);
    let object = harness.cluster.get(&Caller::admin(), Kind::Job, Some("game"), &old).unwrap();
    harness.cluster.delete(&Caller::admin(), Kind::Job, Some("game"), &old).unwrap();
    let mut again = json!({"metadata": {"name": old, "labels": object["metadata"]["labels"]}, "spec": object["spec"]});
    again["spec"]["template"]["spec"]["containers"][0]["args"] = json!(["good"]);
    let options = WriteOptions::default();
    harness.cluster.create(&Caller::admin(), Kind::Job, Some("game"), again, &options).unwrap();
    harness.settle().await;
    let second = harness.deploy_request(blue_green("1", "b-2")).await;
    second.assert_end(Outcome::Succeeded);
    assert_eq!(job_names(&harness).map_ids(&second), ["migrate-ID", "smoke-ID"]);
    let changes = harness.cluster.changes(Kind::Job);
    let gone = |change: &Value| change["name"] == old.as_str() && change["object"].is_null();
    let new = format!("migrate-{}", &id(&second).as_str()[..10]);
    let created = changes.iter().position(|change| change["name"] == new.as_str());
    assert!(changes.iter().rposition(gone).unwrap() < created.unwrap(), "{changes:#?}");
}

#[tokio::test(start_paused = true)]
async fn on_a_first_deployment_the_service_is_created_after_the_jobs_of_before() {
    let harness = Harness::with(gated(brief()));
    harness.manifest("15-one.yaml", &map("one", "first"));
    write_jobs(&harness, "crash:1", "ends-after:1s:0");
    let dry = harness.engine.dry_run(&request("1", "a-1")).await;
    expect![[r#"
        job/smoke runs when the first revision is ready, which users can reach from then on: there is no other to keep them on
        the node does not have registry.example/game:1 yet; whether the registry has it was not checked
        what stands in manifests/staging could not be checked before its namespace is there: Error from server (NotFound): error when creating "manifests/staging/00001-configmap-one.json": namespaces "game" not found
        job/migrate could not be checked before its namespace is there: Error from server (NotFound): error when creating "jobs/migrate/00000-job-migrate-aaaaaaaaaa.json": namespaces "game" not found
        what stands in manifests/staging could not be checked before its namespace is there: Error from server (NotFound): error when creating "manifests/staging/00000-service-game.json": namespaces "game" not found
        job/smoke could not be checked before its namespace is there: Error from server (NotFound): error when creating "jobs/smoke/00000-job-smoke-aaaaaaaaaa.json": namespaces "game" not found"#]].assert_eq(&dry.notes.join("\n"));
    assert_eq!(dry.problems, Vec::<String>::new());
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Failed);
    assert!(all(&harness, Kind::Service).is_empty());
    expect!["job/migrate failed: BackoffLimitExceeded: Job has reached the specified backoff limit; the service was not changed"].assert_eq(&reason(&result));
    write_jobs(&harness, "ends-after:1s:0", "ends-after:1s:0");
    let result = harness.deploy("1").await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    expect!["pull_image, apply_manifests, run_job, apply_manifests, find_revision, await_ready, pin_traffic, run_job, verify"].assert_eq(&result.steps().join(", "));
    expect![[r#"
        last lines of job/migrate: started
        last lines of job/migrate: done
        last lines of job/smoke: started
        last lines of job/smoke: done
    "#]]
    .assert_eq(&notes(&result));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_the_manifests_lack_is_refused_before_anything_is_changed() {
    let harness = Harness::serving(gated(brief())).await;
    harness.manifest("20-migrate.yaml", &job("migrate", "good"));
    let dry = harness.engine.dry_run(&blue_green("2", "b-1")).await;
    expect!["manifests/staging holds no job/smoke in namespace game, which `before` or `after` in the config names"].assert_eq(&dry.problems.join("\n"));
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    result.assert_end(Outcome::Failed);
    assert!(result.reason().starts_with(&dry.problems[0]), "{}", result.reason());
    let smoke = job("smoke", "good").replace("{name: smoke}", "{name: smoke, namespace: other}");
    harness.manifest("21-smoke.yaml", &smoke);
    let result = harness.deploy_request(blue_green("2", "b-2")).await;
    assert!(result.reason().starts_with(&dry.problems[0]), "{}", result.reason());
    assert!(job_names(&harness).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_lists_the_jobs_and_lets_the_api_server_check_them() {
    let harness = serving_with_jobs(brief(), "good", "good").await;
    let report = harness.engine.dry_run(&blue_green("2", "b-1")).await;
    expect![[r#"
        Pull registry.example/game:2
        Pull stable's registry.example/game@sha256:e8c05a0968617f7e212458e5ad43ba28d82d2dd7b22e2ef154d118a271d5891c
        Apply manifests/staging
        Run job/migrate
        Set the new template, traffic staying where it is
        Find the new revision
        Wait until the new revision is ready
        Tag the new revision, at 0 %
        Probe the new revision at its own URL
        Run job/smoke against the new revision
        Shift traffic to 10 %
        Hold at 10 % for 11 s
        Shift traffic to 50 %
        Hold at 50 % for 11 s
        Shift traffic to 100 %
        Hold at 100 % for 11 s
        Check the service at its own URL
        Pin all traffic to the new revision
    "#]].assert_eq(&format!("{}\n", report.steps.join("\n")));
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(!format!("{:?}", report.changes).contains("Job"), "{:?}", report.changes);
    harness.manifest("20-migrate.yaml", &job("migrate", "good").replace("Never", "Always"));
    let report = harness.engine.dry_run(&blue_green("2", "b-1")).await;
    expect![[r#"Run job/migrate: `kubectl create -f jobs/migrate --field-manager boathook --dry-run=server` failed (exit code 1 after 50 ms): The Job "migrate-aaaaaaaaaa" is invalid: spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never""#]].assert_eq(&report.problems.join("\n"));
    assert!(job_names(&harness).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_a_gate_of_another_service_of_the_folder_is_not_applied() {
    let named = gated(brief()).jobs.before;
    let jobs = JobGates { in_environment: named.into_iter().collect(), ..JobGates::default() };
    let harness = Harness::serving(Settings { jobs, ..brief() }).await;
    write_jobs(&harness, "good", "good");
    let elsewhere =
        job("migrate", "good").replace("{name: migrate}", "{name: migrate, namespace: other}");
    harness.manifest("22-migrate.yaml", &elsewhere);
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(job_names(&harness), ["smoke"]);
    let left = "left out of the apply: `before` or `after` in the config names it";
    let dry = harness.engine.dry_run(&blue_green("1", "b-2")).await;
    for job in ["Job game/migrate", "Job other/migrate"] {
        assert!(
            dry.notes.iter().any(|note| note.starts_with(job) && note.contains(left)),
            "{:?}",
            dry.notes
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_operator_who_aborts_ends_the_job_too() {
    for (migrate, smoke, name) in
        [("good", "good", "migrate"), ("ends-after:1s:0", "good", "smoke")]
    {
        let harness = serving_with_jobs(brief(), migrate, smoke).await;
        let deploying = harness.start(blue_green("2", "b-1")).await;
        tokio::time::sleep(Duration::from_secs(40)).await;
        abort(&harness, &deploying.id).await;
        let result = deploying.end().await;
        harness.assert_ended(&result, Outcome::Aborted, "v1 100");
        let deleted = format!("deleted Job game/{name}-ID");
        let restored = result.outcome.findings.restored.to_string();
        assert_eq!(without_id(&restored, id(&result)), deleted);
        harness.settle().await;
        assert!(job_names(&harness).iter().all(|job| !job.starts_with(name)));
    }
}

#[tokio::test(start_paused = true)]
async fn an_abort_while_boathook_is_away_ends_the_job_too() {
    let harness = serving_with_jobs(brief(), "good", "good").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    let id = deploying.id.clone();
    deploying.leave().await;
    abort(&harness, &id).await;
    let result = harness.finish(blue_green("2", "b-1")).await;
    harness.assert_ended(&result, Outcome::Aborted, "v1 100");
    harness.settle().await;
    assert_eq!(job_names(&harness), Vec::<String>::new());
}

async fn abort(harness: &Harness, id: &DeploymentId) {
    let by = Requester::operator("ada");
    let steered = DeploymentEvent::Steered { action: Action::Abort, by };
    harness.journal.append(id, Event::Deployment(steered)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_job_that_cannot_be_deleted_is_named_in_the_reason() {
    let harness = serving_with_jobs(brief(), "good", "good").await;
    let forbidden = "Error from server (Forbidden): the fault of this test".to_owned();
    harness.cluster.fail("kubectl delete job", Times::UntilHealed, Fault::Exit(forbidden));
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    harness.assert_ended(&result, Outcome::Failed, "v1 100");
    expect!["job/migrate has not ended within 60 s: its pod has not ended; the service was not changed; Job game/migrate-ID may still run: `kubectl delete job migrate-ID -n game --ignore-not-found --wait=false --cascade=foreground` failed (exit code 1 after 50 ms): Error from server (Forbidden): the fault of this test; delete it: kubectl delete job migrate-ID -n game --cascade=foreground"].assert_eq(&reason(&result));
    assert_eq!(job_names(&harness).map_ids(&result), ["migrate-ID"]);
}

#[tokio::test(start_paused = true)]
async fn the_jobs_of_a_bundle_run_if_their_kind_is_allowed_and_again_with_the_next_image() {
    let taking = |kinds: &[&str]| {
        let bundles = BundlePolicy {
            manifests: AcceptedManifests::Both,
            kinds: kinds.iter().map(|kind| KindName::parse(kind).unwrap()).collect(),
            ..BundlePolicy::default()
        };
        gated(Settings { bundles, ..brief() })
    };
    let service = manifest("hi");
    let migrate = job("migrate", "ends-after:1s:0");
    let smoke = job("smoke", "ends-after:1s:0");
    let brought = bundle(&[
        ("staging/game.yaml", &service),
        ("staging/migrate.yaml", &migrate),
        ("staging/smoke.yaml", &smoke),
    ]);
    let harness = Harness::serving(taking(&["Service.serving.knative.dev"])).await;
    let result = harness.deploy_bundle(blue_green("2", "b-1"), &brought).await;
    result.assert_end(Outcome::Rejected);
    assert!(result.reason().contains("Job.batch"), "{}", result.reason());
    let harness = harness.with_settings(taking(&["Service.serving.knative.dev", "Job.batch"]));
    let result = harness.deploy_bundle(blue_green("2", "b-2"), &brought).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    assert_eq!(job_names(&harness).map_ids(&result), ["migrate-ID", "smoke-ID"]);
    // The bundle of the last success is used again.
    let result = harness.deploy_request(blue_green("1", "b-3")).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    assert_eq!(job_names(&harness).map_ids(&result), ["migrate-ID", "smoke-ID"]);
}

#[tokio::test(start_paused = true)]
async fn an_operators_rollback_runs_no_job() {
    let harness = Harness::with(gated(brief()));
    write_jobs(&harness, "ends-after:1s:0", "ends-after:1s:0");
    harness.deploy("1").await.assert_end(Outcome::Succeeded);
    harness.deploy("2").await.assert_end(Outcome::Succeeded);
    let before = job_names(&harness);
    let id = order(&harness, None).await;
    harness.engine.run(&id, &CancellationToken::new()).await;
    let result = harness.result(&id).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    assert_eq!(job_names(&harness), before);
}

#[tokio::test(start_paused = true)]
async fn a_job_gets_the_new_image_whatever_the_config_says_of_other_containers() {
    let settings = Settings { containers: Some(vec!["worker".to_owned()]), ..brief() };
    let harness = serving_with_jobs(settings, "ends-after:1s:0", "ends-after:1s:0").await;
    harness.deploy_request(blue_green("2", "b-1")).await.assert_end(Outcome::Succeeded);
    for job in all(&harness, Kind::Job) {
        let image = &job["spec"]["template"]["spec"]["containers"][0]["image"];
        assert_eq!(*image, harness.digest_of("game-00002"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_before_a_job_does_not_shorten_its_own_time() {
    let harness = serving_with_jobs(brief(), "ends-after:40s:0", "ends-after:1s:0").await;
    harness.cluster.fail("kubectl create", Times::UntilHealed, Fault::Unreachable);
    let deploying = harness.start(blue_green("2", "b-1")).await;
    tokio::time::sleep(Duration::from_secs(45)).await;
    harness.cluster.heal("kubectl create");
    let result = deploying.end().await;
    harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
}

#[tokio::test(start_paused = true)]
async fn a_job_is_not_begun_when_its_time_to_begin_is_over() {
    let harness = serving_with_jobs(brief(), "ends-after:1s:0", "good").await;
    harness.cluster.fail("kubectl create", Times::UntilHealed, Fault::Unreachable);
    let deploying = harness.start(blue_green("2", "b-1")).await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    deploying.leave().await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    harness.cluster.heal("kubectl create");
    let result = harness.finish(blue_green("2", "b-1")).await;
    harness.assert_ended(&result, Outcome::Failed, "v1 100");
    let begins = "job/migrate did not begin within 60 s";
    assert!(result.reason().starts_with(begins), "{}", result.reason());
    assert_eq!(job_names(&harness), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_a_job_is_deleted_leaves_it_to_the_next_start() {
    let harness = serving_with_jobs(brief(), "good", "good").await;
    harness.cluster.fail("kubectl delete job", Times::UntilHealed, Fault::Hang);
    let deploying = harness.start(blue_green("2", "b-1")).await;
    while !harness.cluster.commands().iter().any(|line| line.contains("delete job")) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    deploying.leave().await;
    harness.cluster.heal("kubectl delete job");
    let result = harness.finish(blue_green("2", "b-1")).await;
    harness.assert_ended(&result, Outcome::Failed, "v1 100");
    assert!(!result.reason().contains("may still run"), "{}", result.reason());
    harness.settle().await;
    assert_eq!(job_names(&harness), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_job_that_ended_unseen_before_an_abort_is_not_said_to_have_run_on() {
    let waits = Waits { poll_interval: Duration::from_secs(50), ..brief().waits };
    let settings = Settings { waits, ..brief() };
    let harness = serving_with_jobs(settings, "ends-after:20s:0", "good").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    tokio::time::sleep(Duration::from_secs(40)).await;
    abort(&harness, &deploying.id).await;
    let result = deploying.end().await;
    harness.assert_ended(&result, Outcome::Aborted, "v1 100");
    assert!(notes(&result).contains("job/migrate completed meanwhile"), "{}", notes(&result));
    assert_eq!(job_names(&harness).map_ids(&result), ["migrate-ID"]);
}

#[tokio::test(start_paused = true)]
async fn a_job_of_another_service_under_the_same_name_is_waited_for_and_not_deleted() {
    let harness = serving_with_jobs(brief(), "ends-after:1s:0", "ends-after:1s:0").await;
    let mut theirs: Value = serde_yaml::from_str(&job("migrate", "ends-after:30s:0")).unwrap();
    theirs["metadata"] = json!({"name": "migrate-theirs", "labels": {
        "boathook.dev/deployment": "another", "boathook.dev/service": "shop", "boathook.dev/job": "migrate",
    }});
    theirs["spec"]["template"]["spec"]["containers"][0]["image"] = json!("registry.example/game:1");
    let options = WriteOptions::default();
    harness.cluster.create(&Caller::admin(), Kind::Job, Some("game"), theirs, &options).unwrap();
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    result.assert_end(Outcome::Succeeded);
    let mut names = job_names(&harness).map_ids(&result);
    names.sort();
    assert_eq!(names, ["migrate-ID", "migrate-theirs", "smoke-ID"]);
    let changes = harness.cluster.changes(Kind::Job);
    let ended = |change: &Value| {
        change["name"] == "migrate-theirs" && change["object"]["status"]["succeeded"] == 1
    };
    let new = format!("migrate-{}", &id(&result).as_str()[..10]);
    let created = changes.iter().position(|change| change["name"] == new.as_str());
    assert!(changes.iter().position(ended).unwrap() < created.unwrap(), "{changes:#?}");
}

#[tokio::test(start_paused = true)]
async fn an_object_that_gets_the_image_before_a_migration_is_named() {
    let harness = serving_with_jobs(brief(), "ends-after:1s:0", "ends-after:1s:0").await;
    let worker = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: worker}\nspec: {template: {spec: {containers: [{name: worker, image: 'registry.example/game:1'}]}}}\n";
    harness.manifest("30-worker.yaml", worker);
    let dry = harness.engine.dry_run(&blue_green("2", "b-1")).await;
    let early =
        "Deployment game/worker: the new image comes with the apply, before job/migrate has run";
    assert!(dry.notes.iter().any(|note| note == early), "{:?}", dry.notes);
}
