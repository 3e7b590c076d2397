//! A candidate that is far slower than what serves.

use std::time::Duration;

use boathook_core::{
    health::{Comparison, Mode},
    record::Outcome,
    rollout::Observation,
};
use boathook_sandbox::Behaviour;
use boathook_testing::rollout_harness::{Harness, REPOSITORY, RolloutResult, blue_green, settings};
use expect_test::expect;

/// A candidate that takes two seconds for each answer, under a rule of this mode, where so many
/// samples do for a verdict.
async fn slow_under(mode: Mode, min_samples: u32) -> (Harness, RolloutResult) {
    let mut settings = settings();
    settings.probing.rules.min_samples = min_samples;
    let at_least = Duration::from_millis(100);
    settings.probing.rules.slower_than_stable =
        Some(Comparison { percentile: 50, times: 3, at_least, mode });
    let harness = Harness::with(settings);
    harness.cluster.publish(REPOSITORY, "slow", Behaviour::slow("v9", Duration::from_secs(2)));
    harness.deploy("1").await;
    let result = harness.deploy_request(blue_green("slow", "b-1")).await;
    (harness, result)
}

fn notes(result: &RolloutResult) -> Vec<String> {
    let note = |finding| match finding {
        Observation::Note(text) => Some(text),
        _ => None,
    };
    result.findings().into_iter().filter_map(note).collect()
}

#[tokio::test(start_paused = true)]
async fn where_the_rule_warns_a_far_slower_candidate_is_deployed_with_a_note() {
    let (harness, result) = slow_under(Mode::Warn, 3).await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(harness.serves(), "v9 100");
    expect![[r#"
        nothing to apply: all that the manifests hold is as it was last applied
        the new revision is far slower than the one that serves: 50 % of its answers took up to 2000 ms, of the other's up to 2 ms"#]]
        .assert_eq(&notes(&result).join("\n"));
}

#[tokio::test(start_paused = true)]
async fn where_the_rule_fails_a_far_slower_candidate_gets_no_traffic() {
    let (harness, result) = slow_under(Mode::Fail, 3).await;
    result.assert_end(Outcome::RolledBack);
    assert!(result.reason().contains("far slower than the one that serves"), "{}", result.reason());
    assert_eq!(harness.serves(), "v1 100");
    let gave = harness.cluster.traffic_history("game", "game");
    assert!(gave.iter().all(|split| !split.contains("game-00002 1")), "{gave:?}");
}

#[tokio::test(start_paused = true)]
async fn where_one_sample_does_for_a_verdict_enough_are_taken_to_compare() {
    let (_, result) = slow_under(Mode::Fail, 1).await;
    result.assert_end(Outcome::RolledBack);
    assert!(result.reason().contains("far slower than the one that serves"), "{}", result.reason());
}
