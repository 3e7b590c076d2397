//! Jobs that must succeed, created, read and deleted by the real kubectl.

use std::fs;

use crate::support::stand::{SERVICE, Stand};

/// A Job whose program does so.
fn job(name: &str, does: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:\n  backoffLimit: 0\n  template:\n    spec:\n      restartPolicy: Never\n      \
         containers: [{{name: {name}, image: 'ghcr.io/your-org/game-2048:latest', args: ['{does}']}}]\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_must_succeed_run_once_each_and_the_last_lines_of_one_that_fails_are_shown() {
    let stand = Stand::new("0s").await;
    let folder = stand.path().join("manifests");
    fs::create_dir(&folder).unwrap();
    for name in ["00-namespace.yaml", "10-game-2048.yaml"] {
        fs::copy(format!("manifests/development/{name}"), folder.join(name)).unwrap();
    }
    fs::write(folder.join("20-migrate.yaml"), job("migrate", "ends-after:1s:0")).unwrap();
    fs::write(folder.join("21-smoke.yaml"), job("smoke", "ends-after:1s:0")).unwrap();
    let settings = format!(
        "BOATHOOK__ENVIRONMENTS__DEVELOPMENT__MANIFESTS={} \
         BOATHOOK__ENVIRONMENTS__DEVELOPMENT__BEFORE='[job/migrate]' \
         BOATHOOK__ENVIRONMENTS__DEVELOPMENT__AFTER='[job/smoke]' \
         BOATHOOK__ENVIRONMENTS__DEVELOPMENT__WAITS='{{poll_interval: 1s}}'",
        folder.display()
    );
    let serving = stand.serve_with(&settings, "").await;
    let first = stand.send("v1", "one").await;
    assert_eq!(first.code, 0, "{}", first.transcript());
    fs::write(folder.join("21-smoke.yaml"), job("smoke", "crash:3")).unwrap();
    let failed = stand.send("v2", "two").await;
    assert_ne!(failed.code, 0, "{}", failed.transcript());
    let shown =
        stand.shell("boathook show $(boathook list --json --limit 1 | jq -r '.[0].id')").await;
    for words in ["job/smoke failed: BackoffLimitExceeded", "last lines of job/smoke", "FATAL"] {
        assert!(shown.stdout.contains(words), "{words}: {}", shown.transcript());
    }
    // Those of the first deployment were deleted when the second began.
    let names = format!("kubectl get jobs -n {SERVICE} -o name | sed 's/-[a-z0-9]*$//'");
    let names = stand.shell(&names).await;
    assert_eq!(names.stdout, "job.batch/migrate\njob.batch/smoke\n", "{}", names.transcript());
    drop(serving);
}
