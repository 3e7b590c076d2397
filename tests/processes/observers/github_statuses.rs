//! GitHub is told what became of deployments, over HTTP.

use std::time::Duration;

use boathook_core::clock::Clock;
use boathook_testing::github::{FakeGitHub, TOKEN, serve};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::serving::{DEFAULT, SECRET, Serving};

const MINUTE: Duration = Duration::from_secs(60);

/// The statuses of the only deployment, once one of them begins so.
async fn told(github: &FakeGitHub, last: &str) -> Vec<String> {
    let told = async {
        loop {
            let number = github.deployments("acme/game").first().and_then(|one| one["id"].as_u64());
            let statuses = number.map(|number| github.statuses(number)).unwrap_or_default();
            if statuses.last().is_some_and(|status| status.starts_with(last)) {
                return statuses;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = timeout(MINUTE, told).await;
    waited.unwrap_or_else(|_| panic!("no {last}, only {:?}", github.deployments("acme/game")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_served_deployment_is_shown_on_github_and_its_token_is_nowhere() {
    let github = FakeGitHub::new(Clock::system());
    github.repository("acme/game");
    let api = serve(github.clone());
    let default = format!(
        "{DEFAULT}\nsources: {{github: {{api: 'http://{api}', token: {{file: DIR/token}}}}}}"
    );
    let production = "secrets: [{id: ci, file: DIR/secret}]\n\
                      allow: {images: ['*'], namespaces: [game], services: [game]}\n\
                      github: {repositories: [acme/game]}\n\
                      pull: {enabled: false}";
    let serving = Serving::start_among(&[("token", TOKEN)], &default, production).await;
    let body = json!({
        "environment": "production",
        "image": "nginx:1",
        "namespace": "game",
        "service_name": "game",
        "deployment_id": "1",
        "commit_sha": "4f2a9c1d",
    });
    assert_eq!(serving.send(SECRET, &body).await, "202");
    let statuses = told(&github, "failure").await;
    let last = statuses.last().unwrap();
    assert!(last.ends_with("the service was not changed"), "{last}");
    let deployments = github.deployments("acme/game");
    assert_eq!(deployments.len(), 1, "what boathook made is not taken for a request");
    assert_eq!(deployments[0]["ref"], "4f2a9c1d");
    let log =
        serving.until(|log| log.contains("Reported to GitHub that a deployment is failure")).await;
    assert!(!log.contains(TOKEN), "{log}");
}
