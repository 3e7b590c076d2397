//! The example of the README works: its configuration takes its webhook, and its curl ends as the deployment does.

use std::{fs, path::Path};

use boathook::{
    config::Config,
    deployment::Environment,
    intake::Policy,
    journal::{End, Event},
};

use crate::{
    listening::{Listening, Ran, shell},
    samples,
    sending::success,
    world::SHARED,
};

use super::pages::{ROOT, fenced, text};

/// A boathook whose staging environment has the configuration of the README.
fn configured() -> Listening {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(Path::new(ROOT).join("config/default.yaml"), folder.path().join("default.yaml")).unwrap();
    let staging = fenced("README.md", "```yaml").into_iter().find(|block| block.starts_with("# /etc/boathook/staging.yaml")).unwrap();
    fs::write(folder.path().join("staging.yaml"), staging).unwrap();
    let config = Config::load(folder.path(), []).unwrap();
    let policy = Policy::of(Environment::Staging, &config.environments[&Environment::Staging]);
    Listening::with(|door| door.policies = vec![policy])
}

/// Runs the example of the README as a job of CI does.
async fn deploy(listening: &Listening, secret: &str) -> Ran {
    let [example] = &fenced("README.md", "```sh")[..] else { panic!("the README has one example") };
    let script = example.replace("https://hooks.example.com", &listening.url());
    shell(&script, &[("WEBHOOK_SECRET", secret), ("GITHUB_RUN_ID", "7712345678"), ("GITHUB_RUN_ATTEMPT", "1")]).await
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
        Event::Started,
        samples::step_failed(&reason),
        Event::Ended { end: End::Failed, reason: Some(reason) },
    ]);
    let ran = deploy(&listening, &secret()).await;
    assert_eq!(ran.code, 22, "{}", ran.told());
    assert!(ran.stdout.contains("crashed (exit code 3)"), "{}", ran.stdout);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_readmes_curl_fails_the_job_when_the_secret_is_another() {
    let listening = configured();
    let ran = deploy(&listening, "some other secret, long enough").await;
    assert_eq!(ran.code, 22, "{}", ran.told());
    assert!(ran.stdout.contains("Invalid signature"), "{}", ran.stdout);
    listening.stop().await;
}

#[test]
fn the_readme_is_short() {
    let lines = text("README.md").lines().count();
    assert!(lines <= 130, "{lines} lines; put the rest into docs/");
}
