//! The example of the README works: its configuration takes its webhook, and its curl ends as the
//! deployment does.

use std::{fs, path::Path};

use boathook::{config::Config, intake::Policy};
use boathook_core::{
    deployment::Environment,
    record::{DeploymentEvent, Event, Outcome, Reason},
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    harness::SHARED,
    pages::{ROOT, fenced},
    samples,
};

use crate::support::{
    listening::{Listening, Ran, shell},
    senders::success,
    stand::{Stand, search_path, secret as secret_of},
    started::Started,
};

/// A boathook whose staging environment has the configuration of the README.
fn configured() -> Listening {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(Path::new(ROOT).join("config/default.yaml"), folder.path().join("default.yaml"))
        .unwrap();
    let staging = fenced("README.md", "```yaml")
        .into_iter()
        .find(|block| block.starts_with("# /etc/boathook/staging.yaml"))
        .unwrap();
    fs::write(folder.path().join("staging.yaml"), staging).unwrap();
    let config = Config::load(folder.path(), []).unwrap();
    let policy = Policy::of(Environment::STAGING, &config.environments[&Environment::STAGING]);
    Listening::with(|admission| admission.policies = vec![policy])
}

/// The script of the README, for another address.
fn example(url: &str) -> String {
    let [example] = &fenced("README.md", "```sh")[..] else { panic!("the README has one example") };
    example.replace("https://hooks.example.com", url)
}

/// Runs the example of the README as a job of CI does.
async fn deploy(listening: &Listening, secret: &str) -> Ran {
    shell(
        &example(&listening.url()),
        &[("WEBHOOK_SECRET", secret), ("GITHUB_RUN_ID", "7712345678"), ("GITHUB_RUN_ATTEMPT", "1")],
    )
    .await
}

fn secret() -> String {
    String::from_utf8(SHARED.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_readmes_curl_ends_with_0_when_the_deployment_succeeded() {
    let listening = configured();
    listening.play_when_accepted(success());
    let ran = deploy(&listening, &secret()).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    assert!(ran.stdout.contains(r#""status":"success""#), "{}", ran.stdout);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_readmes_curl_fails_the_job_with_the_reason_when_the_deployment_was_rolled_back() {
    let listening = configured();
    let reason = "crashed (exit code 3)".to_owned();
    listening.play_when_accepted(vec![
        Event::Deployment(DeploymentEvent::Started),
        samples::step_failed(&reason),
        Event::Deployment(DeploymentEvent::Ended {
            end: Outcome::Failed,
            reason: Some(Reason::stated(reason)),
        }),
    ]);
    let ran = deploy(&listening, &secret()).await;
    assert_eq!(ran.code, 22, "{}", ran.transcript());
    assert!(ran.stdout.contains("crashed (exit code 3)"), "{}", ran.stdout);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_readmes_curl_fails_the_job_when_the_secret_is_another() {
    let listening = configured();
    let ran = deploy(&listening, "some other secret, long enough").await;
    assert_eq!(ran.code, 22, "{}", ran.transcript());
    assert!(ran.stdout.contains("Invalid signature"), "{}", ran.stdout);
    listening.stop().await;
}

/// A handler on the files of the README, in the folder that is its working directory as
/// `/etc/boathook` is the unit's.
async fn serve(stand: &Stand) -> Started {
    let path = stand.path().display().to_string();
    for block in fenced("README.md", "```yaml") {
        let named = block.lines().next().and_then(|line| line.strip_prefix("# /etc/boathook/"));
        let file = stand
            .path()
            .join("etc")
            .join(named.unwrap_or_else(|| panic!("this block names no file:\n{block}")));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, block).unwrap();
    }
    fs::copy(Path::new(ROOT).join("config/default.yaml"), stand.path().join("etc/default.yaml"))
        .unwrap();
    let variables = format!(
        "BOATHOOK__SERVER__LISTEN={address} BOATHOOK__SERVER__PUBLIC_URL=http://{address} \
         BOATHOOK__OPERATOR__SOCKET={path}/boathook.sock BOATHOOK__STATE__DIRECTORY={path}/state \
         BOATHOOK__TOOLS__KUBECONFIG=$KUBECONFIG BOATHOOK__TOOLS__PATH=$PATH {staging}",
        address = stand.address,
        staging = stand.environment("staging"),
    );
    let script = stand.path().join("serve.sh");
    fs::write(
        &script,
        format!(
            ". {path}/sandbox/env\ncd {path}/etc\nexec env {variables} boathook serve --config .\n"
        ),
    )
    .unwrap();
    let serving = Started::start(
        &format!("sh {}", script.display()),
        vec![("PATH".to_owned(), search_path(stand.path()))],
    )
    .await;
    stand
        .until("the handler answers", &format!("boathook list --socket {path}/boathook.sock"))
        .await;
    serving
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_readmes_manifests_configuration_and_webhook_deploy_a_service() {
    let stand = Stand::new("1s").await;
    let _serving = serve(&stand).await;
    let namespace = stand.path().join("etc/manifests/staging/00-namespace.yaml");
    let prepare = format!(
        "boathook-sandbox image ghcr.io/your-org/shop:v1.2.3=good && kubectl apply -f {}",
        namespace.display()
    );
    let prepared = stand.shell(&prepare).await;
    assert_eq!(prepared.code, 0, "{}", prepared.transcript());
    let example = example(&format!("http://{}", stand.address));
    let job = format!(
        "export WEBHOOK_SECRET='{}' GITHUB_RUN_ID=7712345678 GITHUB_RUN_ATTEMPT=1; {example}",
        secret_of("staging")
    );
    let ran = stand.shell(&job).await;
    assert_eq!(ran.code, 0, "{}", ran.transcript());
    let serves = stand.shell("kubectl get ksvc shop -n shop -o 'jsonpath={.status.traffic[*].percent} {.status.url}'").await;
    assert!(serves.stdout.starts_with("100 http"), "{}", serves.transcript());
}
