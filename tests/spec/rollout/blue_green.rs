//! A blue-green deployment: proven at 0 %, then 10 %, 50 % and 100 %, each held and watched.

use std::time::Duration;

use boathook_core::{deployment::Percent, record::Outcome, rollout::Observation};
use boathook_sandbox::{Behaviour, Fault, Times};
use boathook_testing::rollout_harness::{Harness, REPOSITORY, blue_green};
use expect_test::expect;
use tokio::time::sleep;

#[tokio::test(start_paused = true)]
async fn five_minutes_of_production_pass_exactly_the_configured_stages() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        game-00001 100
        game-00001 100, game-00002 0 (boathook)
        game-00001 90, game-00002 10 (boathook)
        game-00001 50, game-00002 50 (boathook)
        game-00001 0, game-00002 100 (boathook)
        game-00002 100"#]]
    .assert_eq(&harness.cluster.traffic_history("game", "game").join("\n"));
    assert_eq!(result.holds(), [120, 120, 60]);
    assert_eq!(harness.serves(), "v2 100");
}

#[tokio::test(start_paused = true)]
async fn a_hold_goes_on_probing_while_the_api_server_is_away_and_its_verdict_is_of_its_end() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    sleep(Duration::from_secs(20)).await;
    harness.cluster.fail("kubectl", Times::UntilHealed, Fault::Unreachable);
    sleep(Duration::from_secs(99)).await;
    harness.cluster.heal("kubectl");
    let result = deploying.end().await;
    result.assert_end(Outcome::Succeeded);
    let of_candidate = |finding: Observation| match finding {
        Observation::Health { of, numbers, times: _ } if of == "candidate" => Some(numbers.samples),
        _ => None,
    };
    let samples: Vec<_> = result.findings().into_iter().filter_map(of_candidate).collect();
    // One at its own URL before any user comes; then a hold of 120 s, asked every 5 s, and as long
    // as a look took at its end.
    assert!((25..=28).contains(&samples[1]), "{samples:?}");
}

#[tokio::test(start_paused = true)]
async fn shares_from_the_sender_replace_the_percentages_and_keep_the_holds() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let mut request = blue_green("2", "b-1");
    request.traffic_split = [25, 75, 100].map(|percent| Percent::new(percent).unwrap()).to_vec();
    let result = harness.deploy_request(request).await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        game-00001 100
        game-00001 100, game-00002 0 (boathook)
        game-00001 75, game-00002 25 (boathook)
        game-00001 25, game-00002 75 (boathook)
        game-00001 0, game-00002 100 (boathook)
        game-00002 100"#]]
    .assert_eq(&harness.cluster.traffic_history("game", "game").join("\n"));
    assert_eq!(result.holds(), [120, 120, 60]);
}

#[tokio::test(start_paused = true)]
async fn stable_stays_named_in_traffic_until_the_record_closes_and_tags_of_others_stay_for_ever() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let named = r#"[{"latestRevision":false,"percent":100,"revisionName":"game-00001"},{"latestRevision":false,"percent":0,"revisionName":"game-00001","tag":"docs"}]"#;
    let patch = serde_json::json!({
        "spec": {"traffic": serde_json::from_str::<serde_json::Value>(named).unwrap()},
    });
    harness.cluster.edit_as("anna", "game", "game", patch).unwrap();
    harness.settle().await;
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    result.assert_end(Outcome::Succeeded);
    let last_shift = result.patches().into_iter().rev().nth(1).unwrap();
    assert!(
        last_shift.contains(r#"{"latestRevision":false,"percent":0,"revisionName":"game-00001"}"#),
        "{last_shift}"
    );
    expect![[
        r#"[{"latestRevision":false,"percent":100,"revisionName":"game-00002"},{"latestRevision":false,"percent":0,"revisionName":"game-00001","tag":"docs"}]"#
    ]]
    .assert_eq(&harness.wanted_traffic());
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_shows_at_the_tag_url_reaches_no_user() {
    let harness = Harness::new();
    harness.cluster.publish(REPOSITORY, "errors", Behaviour::failing("v4", 50));
    harness.deploy("1").await;
    let result = harness.deploy_request(blue_green("errors", "b-1")).await;
    result.assert_end(Outcome::RolledBack);
    expect![[r#"
        game-00001 100
        game-00001 100, game-00002 0 (boathook)
        game-00001 100"#]]
    .assert_eq(&harness.cluster.traffic_history("game", "game").join("\n"));
}
