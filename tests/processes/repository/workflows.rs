//! The workflows of GitHub Actions that come with boathook: what they do when their own steps are
//! run.

use expect_test::expect;

use crate::support::{
    github_runner::GithubRunner,
    stand::{Stand, secret},
};

/// A runner with the secrets that GitHub keeps for an environment.
fn runner(stand: &Stand, environment: &str) -> GithubRunner {
    let name = match environment {
        "development" => "DEV",
        "staging" => "STAGING",
        _ => "PROD",
    };
    GithubRunner::new()
        .with(
            &format!("secrets.{name}_WEBHOOK_URL"),
            &format!("http://{}/webhook/deploy", stand.address),
        )
        .with("secrets.WEBHOOK_SECRET", &secret(environment))
        .with("secrets.KNATIVE_DOMAIN", "apps.example.com")
}

async fn digest(stand: &Stand, tag: &str) -> String {
    let line = format!(
        "crictl pull ghcr.io/your-org/game-2048:{tag} >&2; crictl inspecti -o json \
         ghcr.io/your-org/game-2048:{tag}"
    );
    let inspected: serde_json::Value =
        serde_json::from_str(&stand.shell(&line).await.stdout).unwrap();
    inspected["status"]["repoDigests"][0].as_str().unwrap().split_once('@').unwrap().1.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_three_workflows_deploy_with_bash_and_node_alone() {
    let stand = Stand::new("1s").await;
    let serving = stand.serve().await;
    let digest = digest(&stand, "v1").await;
    let development = runner(&stand, "development")
        .with("steps.build.outputs.digest", &digest)
        .run("deploy-dev.yml")
        .await;
    let staging =
        runner(&stand, "staging").with("inputs.image_tag", "v1").run("deploy-staging.yml").await;
    let production = runner(&stand, "production")
        .with("inputs.image_tag", &digest)
        .with("inputs.confirmation", "DEPLOY");
    let production = production.run("deploy-prod.yml").await;
    for (job, service) in [
        (development, "game-2048-dev"),
        (staging, "game-2048-staging"),
        (production, "game-2048-prod"),
    ] {
        assert_eq!(job.code, 0, "{}", job.log);
        let result = ["status", "digest", "revision", "service-url"].map(|name| job.output(name));
        let revision = format!("{service}-00001");
        assert_eq!(
            result,
            [
                "succeeded",
                &digest,
                &revision,
                &format!("https://{service}.{service}.apps.example.com")
            ]
        );
        assert_eq!(job.annotations(), Vec::<&str>::new());
        let serves = stand
            .shell(&format!(
                "kubectl get ksvc {service} -n {service} -o \
                 jsonpath='{{.status.traffic[*].revisionName}}'"
            ))
            .await;
        assert_eq!(serves.stdout, revision, "{}", serves.stderr);
    }
    serving.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_fails_with_the_clusters_reason() {
    let stand = Stand::new("1s").await;
    let serving = stand.serve().await;
    let staging = |tag: &str, attempt: &str| {
        runner(&stand, "staging").with("inputs.image_tag", tag).with("github.run_attempt", attempt)
    };
    let absent = staging("v9.9.9", "1").run("deploy-staging.yml").await;
    let crashing = staging("crash", "2").run("deploy-staging.yml").await;
    let stranger = staging("v1", "3")
        .with("secrets.WEBHOOK_SECRET", &secret("development"))
        .run("deploy-staging.yml")
        .await;
    let reasons = [
        (
            &absent,
            1,
            "game-2048-staging/game-2048-staging failed in staging::`crictl pull",
            "v9.9.9: not found",
        ),
        (&crashing, 1, "game-2048-staging/game-2048-staging failed in staging::", "exit code 3"),
        (&stranger, 2, "boathook refused the deployment to staging::", "401: Invalid signature"),
    ];
    for (job, code, title, reason) in reasons {
        let result = job.annotations();
        assert_eq!((job.code, result.len()), (code, 1), "{}", job.log);
        assert!(
            result[0].starts_with(&format!("::error title={title}")) && result[0].contains(reason),
            "{}",
            result[0]
        );
        assert!(job.summary.contains(reason), "{}", job.summary);
    }
    serving.terminate().await;
}

#[tokio::test]
async fn a_workflow_stops_before_it_sends_what_was_not_meant_or_is_not_set_up() {
    let staging = |tag: &str| GithubRunner::new().with("inputs.image_tag", tag);
    let production = |confirmation: &str| staging("v1").with("inputs.confirmation", confirmation);
    let jobs = [
        production("").run("deploy-prod.yml").await,
        production("deploy").run("deploy-prod.yml").await,
        production("DEPLOY\n").run("deploy-prod.yml").await,
        staging("v1 --privileged").run("deploy-staging.yml").await,
        staging("v1\n::set-env name=PATH::/tmp").run("deploy-staging.yml").await,
        staging("$(touch /tmp/x)").run("deploy-staging.yml").await,
        staging("v1").run("deploy-staging.yml").await,
        staging("v1")
            .with("secrets.STAGING_WEBHOOK_URL", "https://hooks.example.com")
            .run("deploy-staging.yml")
            .await,
    ];
    let result =
        jobs.iter().map(|job| format!("exit {} {}", job.code, job.log)).collect::<String>();
    expect![[r#"
        exit 2 ::error title=Not deployed::production is deployed to only with confirmation=DEPLOY
        exit 2 ::error title=Not deployed::production is deployed to only with confirmation=DEPLOY
        exit 2 ::error title=Not deployed::production is deployed to only with confirmation=DEPLOY
        exit 2 ::error title=Not deployed::image_tag is neither a tag such as v1.2.3 nor a digest, sha256:...
        exit 2 ::error title=Not deployed::image_tag is neither a tag such as v1.2.3 nor a digest, sha256:...
        exit 2 ::error title=Not deployed::image_tag is neither a tag such as v1.2.3 nor a digest, sha256:...
        exit 2 ::error title=The deployment was not sent::`url` is empty: is the secret that holds boathook's address set in this repository or environment?
        exit 2 ::error title=The deployment was not sent::`secret` is empty: is it set in this repository or environment? Without one, the job needs `permissions: {id-token: write}`
    "#]].assert_eq(&result);
}
