//! What boathook makes of GitHub's answers: each request costs what it must, and no more are made
//! than GitHub grants.

use std::time::Duration;

use boathook::github::{Credential, GitHub, GitHubAnswer, GitHubError, Page};
use boathook_core::{clock::Clock, deployment::Repository};
use boathook_testing::{
    delivery::NOW,
    github::{FakeGitHub, Fault, app_credential},
};
use expect_test::expect;
use serde_json::json;
use tokio::time::sleep;

fn game() -> Repository {
    Repository::parse("acme/game").unwrap()
}

/// A GitHub with one repository, and a client of it.
fn github() -> (FakeGitHub, GitHub) {
    let fake = FakeGitHub::new(Clock::following_tokio(NOW.parse().unwrap()));
    fake.repository("acme/game");
    let client = fake.client();
    (fake, client)
}

fn deployments() -> String {
    GitHub::path(&game(), "/deployments?per_page=2")
}

async fn page(client: &GitHub, path: &str) -> Page {
    match client.get(path, None).await.unwrap() {
        GitHubAnswer::Page(page) => page,
        GitHubAnswer::NotModified => panic!("nothing was known"),
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_not_changed_costs_nothing() {
    let (fake, client) = github();
    let known = page(&client, &deployments()).await.etag;
    let left = fake.remaining();
    for _ in 0..10 {
        let answer = client.get(&deployments(), known.as_deref()).await.unwrap();
        assert_eq!(answer, GitHubAnswer::NotModified);
    }
    assert_eq!(fake.remaining(), left);
    fake.deploy("acme/game", "ada", json!({"ref": "main"}));
    let answer = client.get(&deployments(), known.as_deref()).await.unwrap();
    assert!(matches!(answer, GitHubAnswer::Page(_)));
    assert_eq!(fake.remaining(), left - 1);
}

#[tokio::test(start_paused = true)]
async fn a_list_is_read_page_by_page() {
    let (fake, client) = github();
    let made: Vec<u64> =
        (0..5).map(|_| fake.deploy("acme/game", "ada", json!({"ref": "main"}))).collect();
    let mut next = Some(deployments());
    let mut read = Vec::new();
    while let Some(path) = next {
        let page = page(&client, &path).await;
        read.extend(page.body.as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()));
        next = page.next;
    }
    read.reverse();
    assert_eq!(read, made);
}

#[tokio::test(start_paused = true)]
async fn a_renamed_repository_is_found_and_asked_directly_from_then_on() {
    let (fake, client) = github();
    fake.rename("acme/game", "acme/game-2048");
    let number = fake.deploy("acme/game-2048", "ada", json!({"ref": "main"}));
    page(&client, &deployments()).await;
    page(&client, &deployments()).await;
    let status = format!("/deployments/{number}/statuses");
    client.post(&GitHub::path(&game(), &status), &json!({"state": "queued"})).await.unwrap();
    assert_eq!(fake.statuses(number), ["queued: "]);
    let log = fake.take_log().join("\n");
    expect![[r#"
        GET /repos/acme/game/deployments 301
        GET /repositories/1001/deployments 200
        GET /repositories/1001/deployments 200
        POST /repositories/1001/deployments/1002/statuses 201"#]]
    .assert_eq(&log);
}

#[tokio::test(start_paused = true)]
async fn what_is_posted_to_a_renamed_repository_arrives() {
    let (fake, client) = github();
    fake.rename("acme/game", "acme/game-2048");
    client.post(&GitHub::path(&game(), "/deployments"), &json!({"ref": "main"})).await.unwrap();
    assert_eq!(fake.deployments("acme/game-2048").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn each_refusal_says_what_it_means_and_what_to_do() {
    let (fake, client) = github();
    let mut said = Vec::new();
    for status in [401, 403, 404, 409, 422, 500, 503, 418] {
        fake.fail_next(Fault::Status(status));
        let error = client.get(&deployments(), None).await.unwrap_err();
        said.push(format!("{error}{}", if error.is_retryable() { " (retried)" } else { "" }));
    }
    fake.fail_next(Fault::Away);
    said.push(client.get(&deployments(), None).await.unwrap_err().to_string());
    let other = client.get("/repos/acme/other/deployments", None).await.unwrap_err();
    said.push(other.to_string());
    fake.fail_checks("acme/game");
    let path = GitHub::path(&game(), "/deployments");
    said.push(client.post(&path, &json!({"ref": "main"})).await.unwrap_err().to_string());
    fake.revoke();
    said.push(client.get(&deployments(), None).await.unwrap_err().to_string());
    expect![[r#"
        GitHub does not know the credential (401); it may have expired: make a new one and name it in `sources.github`
        GitHub forbids it (403): It is broken; give the credential the permission "Deployments" (read and write)
        GitHub has no /repos/acme/game/deployments here, or the credential may not see it (404)
        GitHub refuses it (409): It is broken
        GitHub refuses it (422): It is broken
        GitHub is in trouble (500) (retried)
        GitHub is in trouble (503) (retried)
        GitHub answered with 418, which boathook did not expect
        failed to ask GitHub
        GitHub has no /repos/acme/other/deployments here, or the credential may not see it (404)
        GitHub refuses it (409): Conflict: Commit status checks failed for main.
        GitHub does not know the credential (401); it may have expired: make a new one and name it in `sources.github`"#]].assert_eq(&said.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_before_github_grants_requests_again() {
    let (fake, client) = github();
    fake.set_remaining(1);
    page(&client, &deployments()).await;
    assert_eq!(client.rate_limit().remaining, Some(0));
    fake.take_log();
    let error = client.get(&deployments(), None).await.unwrap_err();
    assert!(matches!(error, GitHubError::Limited(wait) if wait == Duration::from_secs(20 * 60)));
    assert_eq!(fake.take_log(), [""; 0]);
    sleep(Duration::from_secs(20 * 60)).await;
    page(&client, &deployments()).await;
}

#[tokio::test(start_paused = true)]
async fn a_secondary_limit_is_reported_from_a_missing_permission_and_is_waited_for() {
    let (fake, client) = github();
    for (named, waits) in [(Some(90), 90), (None, 60), (Some(1_000_000), 60 * 60)] {
        fake.fail_next(Fault::Secondary(named));
        let error = client.get(&deployments(), None).await.unwrap_err();
        assert_eq!(error.wait(), Some(Duration::from_secs(waits)));
        sleep(Duration::from_secs(waits - 1)).await;
        assert!(client.get(&deployments(), None).await.unwrap_err().wait().is_some());
        sleep(Duration::from_secs(1)).await;
        page(&client, &deployments()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_signs_in_once_and_again_five_minutes_before_its_token_ends() {
    let (fake, _) = github();
    let client = fake.client_with(app_credential());
    let path = deployments();
    let (one, other) = tokio::join!(client.get(&path, None), client.get(&path, None));
    assert!(one.is_ok() && other.is_ok());
    let signed_in = |log: Vec<String>| log.iter().filter(|line| line.contains("tokens")).count();
    assert_eq!(signed_in(fake.take_log()), 1);
    sleep(Duration::from_secs(54 * 60)).await;
    page(&client, &path).await;
    assert_eq!(signed_in(fake.take_log()), 0);
    sleep(Duration::from_secs(60)).await;
    page(&client, &path).await;
    assert_eq!(signed_in(fake.take_log()), 1);
    // Someone revokes it.
    fake.revoke();
    let error = client.get(&path, None).await.unwrap_err();
    assert!(matches!(error, GitHubError::Unauthorized), "{error}");
    page(&client, &path).await;
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_meets_an_app_as_it_signs_in_is_waited_for() {
    let (fake, _) = github();
    let client = fake.client_with(app_credential());
    fake.break_at("/app/installations", Fault::Secondary(Some(90)));
    let error = client.get(&deployments(), None).await.unwrap_err();
    assert_eq!(error.wait(), Some(Duration::from_secs(90)));
    fake.take_log();
    assert!(client.get(&deployments(), None).await.unwrap_err().wait().is_some());
    assert_eq!(fake.take_log(), [""; 0]);
    fake.mend();
    sleep(Duration::from_secs(90)).await;
    page(&client, &deployments()).await;
}

#[test]
fn a_credential_is_never_shown() {
    let token = Credential::Token("ghp_0123456789abcdef".to_owned());
    assert_eq!(format!("{token:?}"), "Token(..)");
}
