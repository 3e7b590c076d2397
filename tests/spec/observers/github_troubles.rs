//! GitHub is told at least once and in the end the truth, whatever happens: it is away, it refuses, or
//! boathook dies. Nobody waits for it.

use std::time::Duration;

use boathook::observers::github::ReportResult;
use boathook_core::record::Outcome;
use boathook_testing::{
    github::Fault,
    samples::{self, ended, held, step_ended, step_failed, step_started},
};
use expect_test::expect;
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use crate::support::github_harness::{GitHubHarness, success};

#[tokio::test(start_paused = true)]
async fn after_a_day_without_github_each_deployment_gets_its_newest_status() {
    let harness = GitHubHarness::new().await;
    harness.github.break_at("/repos", Fault::Away);
    let reporting = harness.report_for(Duration::from_secs(25 * 3600));
    let deploying = async {
        let first = harness.succeed("101-1", "game-00001").await;
        sleep(Duration::from_secs(12 * 3600)).await;
        let second = harness.succeed("102-1", "game-00002").await;
        let third = harness.send("103-1").await;
        sleep(Duration::from_secs(12 * 3600)).await;
        harness.github.mend();
        (first, second, third)
    };
    let ((), (first, second, third)) = tokio::join!(reporting, deploying);
    let names = [("FIRST", &first), ("SECOND", &second), ("THIRD", &third)];
    expect![[r#"
        acme/game@4f2a9c1 staging
          inactive: SECOND serves in its place
        acme/game@4f2a9c1 staging
          success: serves 100 %
        acme/game@4f2a9c1 staging
          queued: waits for its turn"#]]
    .assert_eq(&harness.reported(&names));
    let asked = harness.way.asked().len();
    assert!(asked < 24 * 60 / 4, "it asked {asked} times");
    assert_eq!(harness.counters.counts()[&ReportResult::Sent], 3);
}

#[tokio::test(start_paused = true)]
async fn a_limit_is_kept_until_its_end() {
    let harness = GitHubHarness::new().await;
    let until: Timestamp = harness.clock.now() + SignedDuration::from_mins(17);
    harness.github.fail_next(Fault::Secondary(Some(17 * 60)));
    harness.succeed("101-1", "game-00001").await;
    harness.report_for(Duration::from_secs(3600)).await;
    let asked = harness.way.asked();
    assert!(asked[1] >= until, "{asked:?}");
    assert_eq!(harness.only().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn of_what_github_refuses_only_the_last_status_is_tried_again() {
    for refusal in [403, 404, 422] {
        let harness = GitHubHarness::new().await;
        harness.github.fail_next(Fault::Status(refusal));
        let id = harness.send("101-1").await;
        let other = samples::acceptance("other", "102-1");
        let reporting = harness.report_for(Duration::from_secs(3600));
        let deploying = async {
            sleep(Duration::from_secs(60)).await;
            harness.accept(other).await;
            for event in held("game") {
                harness.record(&id, vec![event]).await;
                sleep(Duration::from_secs(60)).await;
            }
            let before = harness.reported(&[]);
            harness.record(&id, vec![step_failed("it is bad"), step_started()]).await;
            harness.record(&id, vec![step_ended(vec![]), ended(Outcome::RolledBack)]).await;
            before
        };
        let ((), before) = tokio::join!(reporting, deploying);
        let other = "acme/game@4f2a9c1 staging\n  queued: waits for its turn";
        assert_eq!(before, other);
        let last = format!("{other}\nacme/game@4f2a9c1 staging\n  failure: it is bad");
        assert_eq!(harness.reported(&[]), last);
        let counts = harness.counters.counts();
        assert_eq!((counts[&ReportResult::Refused], counts[&ReportResult::Sent]), (1, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_credential_is_bad_every_last_status_waits_for_a_good_one() {
    let harness = GitHubHarness::new().await;
    harness.github.break_at("/repos", Fault::Status(401));
    let reporting = harness.report_for(Duration::from_secs(4 * 3600));
    let deploying = async {
        harness.succeed("101-1", "game-00001").await;
        let second = harness.succeed("102-1", "game-00002").await;
        sleep(Duration::from_secs(3 * 3600)).await;
        harness.github.mend();
        second
    };
    let ((), second) = tokio::join!(reporting, deploying);
    assert_eq!(
        harness.shown(),
        ["inactive", "success"],
        "{}",
        harness.reported(&[("SECOND", &second)])
    );
    assert_eq!(harness.counters.counts().get(&ReportResult::Refused).copied().unwrap_or(0), 0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_leads_to_no_second_deployment() {
    let harness = GitHubHarness::new().await;
    harness.succeed("101-1", "game-00001").await;
    assert!(harness.report_until_killed(2, true).await, "it asked to make one");
    assert_eq!(harness.shown(), ["none"]);
    harness.report().await;
    expect![[r#"
        acme/game@4f2a9c1 staging
          success: serves 100 %"#]]
    .assert_eq(&harness.reported(&[]));
}

#[tokio::test(start_paused = true)]
async fn wherever_boathook_dies_each_deployment_is_made_once_and_its_last_status_is_true() {
    for is_heard in [false, true] {
        for question in 1.. {
            let harness = GitHubHarness::new().await;
            let mut killed = false;
            let id = harness.send("101-1").await;
            for event in success("game-00001") {
                killed |= harness.report_until_killed(question, is_heard).await;
                harness.record(&id, vec![event]).await;
            }
            let second = harness.succeed("102-1", "game-00002").await;
            killed |= harness.report_until_killed(question, is_heard).await;
            harness.report().await;
            let reported = harness.reported(&[("SECOND", &second)]);
            assert_eq!(harness.shown(), ["inactive", "success"], "{reported}");
            if !killed {
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_happens_while_nothing_is_reported_is_not_made_up_for() {
    let harness = GitHubHarness::new().await;
    harness.reporter().forget().await;
    harness.succeed("101-1", "game-00001").await;
    harness.report().await;
    assert_eq!(harness.way.asked(), []);
    let second = harness.succeed("102-1", "game-00002").await;
    harness.report().await;
    expect![[r#"
        acme/game@4f2a9c1 staging
          success: serves 100 %"#]]
    .assert_eq(&harness.reported(&[("SECOND", &second)]));
}
