//! A service whose manifests hold the Jobs `migrate` and `smoke`, which must succeed.

use std::time::Duration;

use boathook::plan::{JobGates, Settings, Waits};
use boathook_core::rollout::JobName;
use boathook_sandbox::{Caller, Kind, Selector};
use boathook_testing::rollout_harness::{Harness, REPOSITORY};
use serde_json::Value;

/// `job/migrate` must succeed before the service is changed, `job/smoke` before users come; each has
/// a minute.
pub fn gated(settings: Settings) -> Settings {
    let named = |name: &str| vec![JobName::parse(name).unwrap()];
    let jobs = JobGates {
        before: named("job/migrate"),
        after: named("job/smoke"),
        in_environment: [].into(),
    };
    let waits = Waits { job: Duration::from_secs(60), ..settings.waits.clone() };
    Settings { jobs, waits, ..settings }
}

/// A Job whose program does so: `ends-after:2s:0` succeeds, `crash:3` fails, `good` never ends.
pub fn job(name: &str, does: &str) -> String {
    format!(
        "apiVersion: batch/v1
kind: Job
metadata: {{name: {name}}}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{{name: {name}, image: {REPOSITORY}:placeholder, args: ['{does}'], env: [{{name: BOATHOOK_URL, value: none}}]}}]
"
    )
}

/// Writes both Jobs.
pub fn write_jobs(harness: &Harness, migrate: &str, smoke: &str) {
    harness.manifest("20-migrate.yaml", &job("migrate", migrate));
    harness.manifest("21-smoke.yaml", &job("smoke", smoke));
}

/// The first image serves, and the manifests hold the Jobs.
pub async fn serving_with_jobs(settings: Settings, migrate: &str, smoke: &str) -> Harness {
    let harness = Harness::serving(gated(settings)).await;
    write_jobs(&harness, migrate, smoke);
    harness
}

/// The objects of a kind in the service's namespace.
pub fn all(harness: &Harness, kind: Kind) -> Vec<Value> {
    let list =
        harness.cluster.list(&Caller::admin(), kind, Some("game"), &Selector::default()).unwrap();
    list["items"].as_array().unwrap().clone()
}

/// The names of the Jobs in the service's namespace.
pub fn job_names(harness: &Harness) -> Vec<String> {
    let name = |object: Value| object["metadata"]["name"].as_str().unwrap().to_owned();
    all(harness, Kind::Job).into_iter().map(name).collect()
}

/// How many Jobs under this name in the manifests were ever created.
pub fn created(harness: &Harness, name: &str) -> usize {
    let begins = format!("create job.batch game/{name}-");
    harness.cluster.writes().iter().filter(|write| write.contains(&begins)).count()
}
