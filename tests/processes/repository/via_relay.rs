//! The action with `via: relay`: what the relay gets, and what the job learns on GitHub.

use boathook_core::{clock::Clock, deployment::sign};
use boathook_testing::github::{FakeGitHub, TOKEN, serve};
use expect_test::expect;
use serde_json::json;

use crate::support::{
    github_runner::{GithubRunner, Job},
    gosmee::Gosmee,
    listening::without_time,
};

const REPOSITORY: &str = "your-org/game-2048";
const SHA: &str = "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d";
const SECRET: &str = "the secret of development, for tests";

async fn deploy(url: &str, api: &str, more: &[(&str, &str)]) -> Job {
    let mut inputs = vec![
        ("via", "relay"),
        ("url", url),
        ("token", TOKEN),
        ("secret", SECRET),
        ("environment", "development"),
        ("image", "ghcr.io/your-org/game-2048:v1"),
        ("namespace", "game"),
        ("service", "game"),
        ("timeout", "2s"),
    ];
    inputs.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    inputs.extend(more);
    let variables =
        [("GITHUB_API_URL", api), ("GITHUB_REPOSITORY", REPOSITORY), ("GITHUB_SHA", SHA)];
    GithubRunner::new().deploy(&inputs, &variables).await
}

fn transcript(job: &Job) -> String {
    let lines: Vec<_> = job.log.lines().map(without_time).collect();
    format!("exit {}\n{}", job.code, lines.join("\n"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_hands_a_signed_request_to_a_relay_and_follows_what_boathook_makes_on_github() {
    let github = FakeGitHub::new(Clock::system());
    github.repository(REPOSITORY);
    let api = format!("http://{}", serve(github.clone()));
    let relay = Gosmee::start();
    let unfollowed = deploy(&relay.url, &api, &[("token", "")]).await;
    let nothing_came = deploy(&relay.url, &api, &[]).await;
    let elsewhere = deploy(&format!("{}-else", relay.url), &api, &[]).await;
    let in_the_clear = deploy("http://relay.example/a-channel", &api, &[]).await;
    let payload = json!({"boathook": {"id": "k3v9x2m4q7w8", "deployment_id": "101-1", "service": "game/game", "image": "ghcr.io/your-org/game-2048:v1"}});
    let made = json!({"ref": SHA, "environment": "development", "payload": payload});
    let number = github.deploy(REPOSITORY, "ci", made);
    let path = format!("/repos/{REPOSITORY}/deployments/{number}/statuses");
    let status = json!({"state": "failure", "description": "rolled back: 503"});
    github.client().post(&path, &status).await.unwrap();
    let followed = deploy(&relay.url, &api, &[("deployment-id", "101-1")]).await;
    let other_image = [("deployment-id", "101-1"), ("image", "ghcr.io/your-org/game-2048:v2")];
    let other_request = deploy(&relay.url, &api, &other_image).await;
    let jobs = [unfollowed, nothing_came, elsewhere, in_the_clear, followed, other_request];
    let told = jobs.iter().map(transcript).collect::<Vec<_>>().join("\n");
    expect![[r#"
        exit 0
        TIME deployment 77-2.release.__self: handed to the relay at 127.0.0.1; that says nothing of what boathook does
        TIME note: what becomes of it is not followed; for that, leave `token` as it is
        exit 3
        TIME deployment 77-2.release.__self: handed to the relay at 127.0.0.1; that says nothing of what boathook does
        ::error title=boathook did not answer on GitHub::no deployment for the request appeared there within 2s; if boathook refused it, its audit log says why (`boathook audit show`); does its configuration name this repository in github.repositories?
        exit 2
        ::error title=The relay refused::404; is `url` that of a channel?
        exit 2
        ::error title=The deployment was not sent::the `url` of a relay begins with https://
        exit 1
        TIME deployment 101-1: handed to the relay at 127.0.0.1; that says nothing of what boathook does
        TIME boathook took it: deployment NUMBER of development on GitHub
        TIME failure: rolled back: 503
        ::error title=game/game failed%2C or was rolled back%2C in development::rolled back: 503
        exit 2
        ::error title=The deployment was not sent::deployment-id `101-1` already names another request, which deploys ghcr.io/your-org/game-2048:v1; send a new one for a new deployment"#]].assert_eq(&told.replace(&format!("deployment {number}"), "deployment NUMBER"));

    let seen = relay.seen();
    let body = &seen[seen.rfind("{\"environment\"").unwrap()..];
    assert!(seen.contains(&sign(SECRET.as_bytes(), body.as_bytes())), "{seen}");
    assert!(body.contains(&format!("\"repository\":\"{REPOSITORY}\"")), "{body}");
    assert!(body.contains(&format!("\"commit_sha\":\"{SHA}\"")), "{body}");
}
