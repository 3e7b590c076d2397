//! GitHub is told what became of deployments: each status has its state and its text, in the deployment
//! that it belongs to.

use std::time::Duration;

use boathook::{
    journal::{RedeployOrder, Redeployable, Withdrawn},
    redact::Redactor,
};
use boathook_core::{
    deployment::{Actor, DeployRequest, DeploymentId, Environment, Repository, Requester},
    record::{
        Acceptance, Approvers, DeploymentEvent, Event, Failure, Held, Outcome, Place, Reason,
        RequestSource, StepEvent, WatchEnd, WatchEvent,
    },
    rollout::{Action, Observation},
};
use boathook_testing::{
    samples::{
        self, QUEUE, accepted_as_sent, ended, held, image, step_ended, step_failed, step_started,
    },
    shipped::Shipped as _,
};
use expect_test::expect;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{
    github_harness::{DIGEST, GitHubHarness, STAGING, config, request, success},
    process_log::ProcessLog,
    promotion_harness::Chain,
};

fn steered(action: Action, by: &str) -> Event {
    let by = Requester::operator(by);
    DeploymentEvent::Steered { action, by }.into()
}

#[tokio::test(start_paused = true)]
async fn a_rollout_is_reported_stage_by_stage() {
    let harness = GitHubHarness::new().await;
    let id = harness.send("101-1").await;
    harness.report().await;
    harness.play(&id, held("game")).await;
    harness.play(&id, vec![steered(Action::Pause, "ada"), steered(Action::Resume, "ada")]).await;
    let url = Observation::ServiceUrl("https://game.example.com".to_owned());
    harness.play(&id, vec![step_ended(vec![url]), step_started(), step_ended(vec![])]).await;
    harness.play(&id, vec![step_started(), step_ended(vec![])]).await;
    harness.play(&id, vec![step_started(), step_ended(vec![]), ended(Outcome::Succeeded)]).await;
    expect![[r#"
        acme/game@4f2a9c1 staging
          queued: waits for its turn
          in_progress: begun
          in_progress: 10 % for 2m
          in_progress: 10 % for 2m, paused
          in_progress: 10 % for 2m
          in_progress: 50 % for 2m
          success: serves 100 %"#]]
    .assert_eq(&harness.reported(&[("ID", &id)]));
    assert_eq!(harness.only().pop().unwrap()["environment_url"], "https://game.example.com");
    let mut deployment = harness.github.deployments("acme/game").remove(0);
    assert_eq!(
        deployment["payload"].take(),
        json!({"boathook": {"id": id, "deployment_id": "101-1", "service": "game/game", "image": "registry.example/game:1"}})
    );
    expect![[r#"
        {
          "created_at": "2026-08-01T10:00:00Z",
          "creator": {
            "login": "ci",
            "type": "User"
          },
          "description": "game/game: registry.example/game:1",
          "environment": "staging",
          "id": 1003,
          "original_environment": "staging",
          "payload": null,
          "production_environment": false,
          "ref": "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d",
          "repository_url": "https://api.github.com/repos/acme/game",
          "sha": "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d",
          "task": "deploy",
          "transient_environment": false,
          "updated_at": "2026-08-01T10:00:00Z",
          "url": "/repositories/1001/deployments/1003"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&deployment).unwrap());
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_person_or_a_window_is_pending() {
    let harness = GitHubHarness::new().await;
    let acceptance = Acceptance {
        approve_until: Some("2026-08-02T10:00:00Z".parse().unwrap()),
        approvers: Approvers { count: 2, ..Approvers::default() },
        ..accepted_as_sent(request("101-1"))
    };
    let id = harness.accept(acceptance).await;
    harness.report().await;
    let yes = |user| Event::Deployment(DeploymentEvent::Approved { by: Actor::new(user) });
    let opens_at = "2026-08-01T14:00:00Z".parse().unwrap();
    let closed = DeploymentEvent::AwaitsWindow { opens_at, held: None };
    harness.play(&id, vec![yes("ada"), yes("bob"), closed.into()]).await;
    harness.play(&id, vec![DeploymentEvent::WindowOpened.into()]).await;
    expect![[r#"
        acme/game@4f2a9c1 staging
          pending: waits for 2 approvals
          pending: waits for an approval
          queued: waits for its turn
          pending: waits for the deployment window, which opens at 2026-08-01 14:00:00 UTC
          queued: waits for its turn"#]]
    .assert_eq(&harness.reported(&[]));
}

#[tokio::test(start_paused = true)]
async fn what_an_operator_said_of_a_lock_or_of_a_withdrawal_is_not_shown_to_everyone() {
    let harness = GitHubHarness::new().await;
    let id = harness.send("101-1").await;
    harness.report().await;
    let by = || Actor::new("ada").noting("the database is down");
    let place = Place { environment: Environment::STAGING, service: None };
    let held = Held::Locked { place, reason: by().note };
    let opens_at = "2026-08-01T14:00:00Z".parse().unwrap();
    let closed = DeploymentEvent::AwaitsWindow { opens_at, held: Some(held) };
    harness.play(&id, vec![closed.into()]).await;
    let digest = image(DIGEST).digest().unwrap().clone();
    let Withdrawn { withdrawal, ended: _ } = harness.journal.withdraw(digest, by()).await.unwrap();
    let reason = Reason::Withdrawn { withdrawal };
    harness.play(&id, vec![DeploymentEvent::ImageWithdrawn { reason }.into()]).await;
    expect![[r#"
        acme/game@4f2a9c1 staging
          queued: waits for its turn
          pending: waits for the deployment window, which opens at 2026-08-01 14:00:00 UTC; it is held: staging is locked"#]]
    .assert_eq(&harness.reported(&[]));
}

#[tokio::test(start_paused = true)]
async fn every_outcome_has_its_state_and_its_reason_and_names_no_user() {
    let harness = GitHubHarness::new().await;
    let planned = || {
        let plan = samples::plan_from("game", "game-00001");
        vec![
            DeploymentEvent::Started.into(),
            Event::from(DeploymentEvent::Planned { plan }),
            step_started(),
            step_ended(vec![]),
            step_started(),
        ]
    };
    let rolled_back = [step_failed("CrashLoopBackOff: exit code 1"), step_started()];
    let undone = [step_ended(vec![]), ended(Outcome::RolledBack)];
    let all: [Vec<Event>; 8] = [
        vec![DeploymentEvent::Started.into(), step_failed("no manifests"), ended(Outcome::Failed)],
        planned().into_iter().chain(rolled_back.clone()).chain(undone).collect(),
        vec![
            DeploymentEvent::Superseded { by: DeploymentId::from_random([1; 20]) }.into(),
            ended(Outcome::Superseded),
        ],
        vec![steered(Action::Abort, "ada"), ended(Outcome::Aborted)],
        vec![
            DeploymentEvent::Started.into(),
            Event::Step(StepEvent::StepFailed {
                failure: Failure::Rejected { reason: Reason::stated("the image is not proven") },
            }),
            ended(Outcome::Rejected),
        ],
        planned().into_iter().chain(rolled_back.clone()).collect(),
        planned()
            .into_iter()
            .chain(rolled_back.clone())
            .chain([Event::Step(StepEvent::RollbackFailed { reason: "no node".to_owned() })])
            .collect(),
        planned()
            .into_iter()
            .chain(rolled_back)
            .chain([
                Event::Step(StepEvent::RollbackFailed { reason: "no node".to_owned() }),
                steered(Action::Abort, "ada"),
                step_started(),
                Event::Step(StepEvent::StepFailed {
                    failure: Failure::Aborted { by: Requester::operator("ada") },
                }),
                ended(Outcome::Abandoned),
            ])
            .collect(),
    ];
    for (index, events) in all.into_iter().enumerate() {
        let id = harness.send(&format!("{index}-1")).await;
        harness.record(&id, events).await;
    }
    let rejected = Acceptance {
        approve_until: Some("2026-08-02T10:00:00Z".parse().unwrap()),
        ..accepted_as_sent(request("9-1"))
    };
    let id = harness.accept(rejected).await;
    let no = DeploymentEvent::Rejected { by: Actor::new("ada").noting("not on a Friday") };
    harness.record(&id, vec![no.into(), ended(Outcome::Rejected)]).await;
    harness.report().await;
    expect![[r#"
        acme/game@4f2a9c1 staging
          failure: no manifests; the service was not changed
        acme/game@4f2a9c1 staging
          failure: CrashLoopBackOff: exit code 1
        acme/game@4f2a9c1 staging
          inactive: a newer request, NEWER, took its place in the queue
        acme/game@4f2a9c1 staging
          error: aborted by an operator before it began
        acme/game@4f2a9c1 staging
          error: the image is not proven
        acme/game@4f2a9c1 staging
          in_progress: rolls back: CrashLoopBackOff: exit code 1
        acme/game@4f2a9c1 staging
          error: CrashLoopBackOff: exit code 1; the rollback failed: no node
        acme/game@4f2a9c1 staging
          error: CrashLoopBackOff: exit code 1; the rollback failed: no node; aborted by an operator
        acme/game@4f2a9c1 staging
          error: rejected by an operator: not on a Friday"#]]
    .assert_eq(&harness.reported(&[("NEWER", &DeploymentId::from_random([1; 20]))]));
}

#[tokio::test(start_paused = true)]
async fn a_success_makes_the_one_before_it_inactive() {
    let harness = GitHubHarness::new().await;
    harness.report().await;
    let first = harness.succeed("101-1", "game-00001").await;
    harness.report().await;
    let second = harness.succeed("102-1", "game-00002").await;
    harness.report().await;
    expect![[r#"
        acme/game@4f2a9c1 staging
          success: serves 100 %
          inactive: SECOND serves in its place
        acme/game@4f2a9c1 staging
          success: serves 100 %"#]]
    .assert_eq(&harness.reported(&[("FIRST", &first), ("SECOND", &second)]));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_has_a_deployment_of_its_own_for_the_commit_that_serves_again() {
    let harness = GitHubHarness::new().await;
    harness.report().await;
    let first = harness.succeed("101-1", "game-00001").await;
    let newer = DeployRequest { commit_sha: Some("abcdef01".repeat(5)), ..request("102-1") };
    let second = harness.accept(accepted_as_sent(newer)).await;
    let other = DIGEST.replace("1111", "2222");
    harness.record(&second, samples::success("game", "game-00002", &image(&other))).await;
    harness.report().await;
    let service = samples::service("game");
    let environment = request("102-1").environment;
    let order = samples::rollback(environment, &service, None, Actor::new("ada"));
    let rollback = harness.journal.order_rollback(order, QUEUE).await.unwrap().deployment.id;
    harness.record(&rollback, success("game-00001")).await;
    harness.report().await;
    let names = [("FIRST", &first), ("SECOND", &second), ("ROLLBACK", &rollback)];
    expect![[r#"
        acme/game@4f2a9c1 staging
          inactive: SECOND serves in its place
        acme/game@abcdef0 staging
          success: serves 100 %
          inactive: ROLLBACK serves in its place
        acme/game@4f2a9c1 staging
          success: serves 100 %"#]]
    .assert_eq(&harness.reported(&names));
}

#[tokio::test(start_paused = true)]
async fn a_redeploy_has_a_deployment_of_its_own_for_the_commit_that_it_deploys_again() {
    let harness = GitHubHarness::new().await;
    let first = harness.succeed("101-1", "game-00001").await;
    harness.report().await;
    let environment = request("101-1").environment;
    let Redeployable { serves, request, .. } =
        harness.journal.to_redeploy(environment, &samples::service("game")).await.unwrap();
    let of = serves.deployment;
    let by = Actor::new("ada").noting("new settings");
    let order = RedeployOrder { request, of, by, approval: None, opens_at: None };
    let redeploy = harness.journal.order_redeploy(order, QUEUE).await.unwrap().id;
    harness.report().await;
    harness.record(&redeploy, success("game-00002")).await;
    harness.report().await;
    expect![[r#"
        acme/game@4f2a9c1 staging
          success: serves 100 %
          inactive: REDEPLOY serves in its place
        acme/game@4f2a9c1 staging
          queued: waits for its turn
          success: serves 100 %"#]]
    .assert_eq(&harness.reported(&[("FIRST", &first), ("REDEPLOY", &redeploy)]));
}

#[tokio::test(start_paused = true)]
async fn someone_elses_change_ends_what_github_shows_as_serving() {
    let harness = GitHubHarness::new().await;
    let id = harness.send("101-1").await;
    harness.record(&id, samples::watched_success("game", "game-00001", &image(DIGEST))).await;
    let found = "eve changed the service".to_owned();
    let changed = WatchEvent::ended(WatchEnd::Changed { found });
    harness.record(&id, vec![changed.into()]).await;
    harness.report().await;
    expect![[r#"
        acme/game@4f2a9c1 staging
          inactive: eve changed the service"#]]
    .assert_eq(&harness.reported(&[]));
}

#[tokio::test(start_paused = true)]
async fn a_retry_goes_on_in_the_deployment_of_the_attempt_before() {
    let harness = GitHubHarness::new().await;
    let id = harness.send("101-1").await;
    let failed = [step_failed("no manifests"), ended(Outcome::Failed)];
    let started = Event::from(DeploymentEvent::Started);
    harness.record(&id, [started].into_iter().chain(failed).collect()).await;
    harness.report().await;
    let retry = harness.journal.retry(&id, Actor::new("ada"), None, QUEUE).await.unwrap().id;
    harness.report().await;
    harness.record(&retry, success("game-00001")).await;
    harness.report().await;
    expect![[r#"
        acme/game@4f2a9c1 staging
          failure: no manifests; the service was not changed
          queued: waits for its turn
          success: serves 100 %"#]]
    .assert_eq(&harness.reported(&[]));
}

#[tokio::test(start_paused = true)]
async fn a_promoted_commit_has_a_deployment_in_every_environment() {
    let chain = Chain::with(|_, text| text.push_str("github: {repositories: [acme/game]}\n"));
    chain.github.repository("acme/game");
    assert_eq!(chain.send("development", json!({})).await.status, 202);
    chain.until_ended(Environment::PRODUCTION).await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(chain.github.deployments("acme/game").len(), 3);
    let deployments = chain.github.deployments("acme/game").into_iter().map(|one| {
        let last = chain.github.raw_statuses(one["id"].as_u64().unwrap()).pop().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        [&one["environment"], &one["ref"], &last["state"], &last["environment_url"]]
            .map(text)
            .join(" ")
    });
    expect![[r#"
        development 4f2a9c1 success http://game.game-dev.example.test
        staging 4f2a9c1 success http://game.game-staging.example.test
        production 4f2a9c1 success http://game.game-prod.example.test"#]]
    .assert_eq(&deployments.collect::<Vec<_>>().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_came_from_github_has_its_statuses_there() {
    let harness = GitHubHarness::new().await;
    let made = json!({"ref": "main-branch", "environment": "staging", "task": "deploy"});
    let deployment = harness.github.deploy("acme/game", "jane", made);
    let repository = Repository::parse("acme/game").unwrap();
    let bare = DeployRequest { commit_sha: None, ..request("101-1") };
    let acceptance = Acceptance {
        source: RequestSource::GitHub { repository, deployment },
        ..accepted_as_sent(bare)
    };
    let id = harness.accept(acceptance).await;
    harness.record(&id, success("game-00001")).await;
    harness.report().await;
    expect![[r#"
        acme/game@4f2a9c1 staging
          success: serves 100 %"#]]
    .assert_eq(&harness.reported(&[]));
}

#[tokio::test(start_paused = true)]
async fn only_repositories_that_the_environment_names_are_told() {
    let several = "github: {repositories: [acme/game, acme/tools]}";
    let harness = GitHubHarness::with(several).await;
    for (index, repository) in [None, Some("ACME/tools"), Some("evil/game")].iter().enumerate() {
        let repository = repository.map(|name| Repository::parse(name).unwrap());
        let request = DeployRequest { repository, ..request(&format!("{index}-1")) };
        harness.accept(accepted_as_sent(request)).await;
    }
    harness.report().await;
    expect![[r#"
        acme/tools@4f2a9c1 staging
          queued: waits for its turn"#]]
    .assert_eq(&harness.reported(&[]));
}

#[tokio::test(start_paused = true)]
async fn without_a_commit_nothing_is_sent() {
    let harness = GitHubHarness::new().await;
    for (index, commit) in [None, Some("main"), Some("v1.2.3"), Some("abc")].iter().enumerate() {
        let commit_sha = commit.map(str::to_owned);
        let request = DeployRequest { commit_sha, ..request(&format!("{index}-1")) };
        let id = harness.accept(accepted_as_sent(request)).await;
        harness.record(&id, success("game-00001")).await;
    }
    harness.report().await;
    assert_eq!(harness.way.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn the_log_says_once_that_github_is_not_told_of_a_deployment() {
    let log = ProcessLog::keep();
    let harness = GitHubHarness::new().await;
    let request = DeployRequest { commit_sha: None, ..request("101-1") };
    let id = harness.accept(accepted_as_sent(request)).await;
    harness.report().await;
    for event in success("game-00001") {
        harness.record(&id, vec![event]).await;
        harness.report_for(Duration::from_secs(60)).await;
    }
    let said = log.lines_with("is not reported to GitHub");
    assert!(said.len() == 1 && said[0].contains("`commit_sha`"), "{said:#?}");
}

#[tokio::test(start_paused = true)]
async fn an_environment_that_wants_no_statuses_has_none() {
    let harness = GitHubHarness::with("github: {repositories: [acme/game], statuses: false}").await;
    harness.succeed("101-1", "game-00001").await;
    harness.report().await;
    assert_eq!(harness.way.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn text_from_outside_is_one_short_line_without_secrets() {
    let mut harness = GitHubHarness::new().await;
    harness.redactor = Redactor::knowing(["hunter2hunter2"]);
    let id = harness.send("101-1").await;
    let reason =
        format!("line\r\nbreak \u{1b}[31mred\u{202e}txt hunter2hunter2\t{}", "é".repeat(200));
    let events =
        vec![DeploymentEvent::Started.into(), step_failed(&reason), ended(Outcome::Failed)];
    harness.record(&id, events).await;
    harness.report().await;
    let status = harness.only().pop().unwrap();
    let description = status["description"].as_str().unwrap();
    assert_eq!(description.chars().count(), 140);
    expect!["line break [31mred txt [redacted] "]
        .assert_eq(description.trim_end_matches(['é', '…']));
}

#[tokio::test(start_paused = true)]
async fn the_status_link_is_given_away_only_where_the_environment_says_so() {
    for (staging, gives) in
        [(STAGING, false), ("github: {repositories: [acme/game], log_url: true}", true)]
    {
        let harness = GitHubHarness::with(staging).await;
        let id = harness.send("101-1").await;
        harness.report().await;
        let token = harness.summary(&id).await.token;
        let link = token.link(&config(staging).server.public_url, &id);
        let status = harness.only().pop().unwrap();
        assert_eq!(status["log_url"], if gives { link.as_str() } else { "" });
    }
}
