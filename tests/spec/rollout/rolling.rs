//! A rolling deployment, from an accepted request to the new revision serving everybody.

use std::collections::HashMap;

use boathook_core::record::{CommandEvent, Event, Outcome};
use boathook_sandbox::Behaviour;
use boathook_testing::rollout_harness::{Harness, REPOSITORY, manifest};
use expect_test::expect;

#[tokio::test(start_paused = true)]
async fn a_first_deployment_is_created_by_the_apply_and_then_pinned_by_name() {
    let harness = Harness::new();
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    expect!["pull_image, apply_manifests, find_revision, await_ready, pin_traffic, verify"]
        .assert_eq(&result.steps().join(", "));
    expect![[r#"[{"latestRevision":false,"percent":100,"revisionName":"game-00001"}]"#]]
        .assert_eq(&harness.wanted_traffic());
    assert_eq!(harness.serves(), "v1 100");
    assert_eq!(harness.revisions(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_second_deployment_is_one_patch_one_revision_and_one_shift() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    expect![
        "pull_image, pull_stable, apply_manifests, patch_service, find_revision, await_ready, \
         tag_candidate, probe_candidate, shift_traffic, hold, verify, pin_traffic"
    ]
    .assert_eq(&result.steps().join(", "));
    expect![[r#"
        crictl pull -- registry.example/game:2
        crictl inspecti -o json registry.example/game:2
        crictl pull -- registry.example/game@STABLE
        kubectl patch ksvc game -n game --type json --field-manager boathook -o json
        kubectl patch ksvc game -n game --type json --field-manager boathook -o json
        kubectl patch ksvc game -n game --type json --field-manager boathook -o json
        kubectl patch ksvc game -n game --type json --field-manager boathook -o json"#]]
    .assert_eq(&result.changes().join("\n"));
    assert_eq!(harness.serves(), "v2 100");
    assert_eq!(harness.revisions(), 2);
}

/// The end of a program waits for the end of its step to be written with it.
#[tokio::test(start_paused = true)]
async fn a_record_has_the_time_at_which_it_happened_however_late_it_was_written() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let records = harness.deploy("2").await.records;
    let mut began = HashMap::new();
    let mut ended = 0;
    for record in &records {
        match &record.event {
            Event::Command(CommandEvent::CommandStarted { command, .. }) => {
                began.insert(command, record.at);
            }
            Event::Command(CommandEvent::CommandEnded { command, duration_ms, .. }) => {
                let took = record.at.duration_since(began[command]).as_millis();
                assert_eq!(took, i128::from(*duration_ms), "program {command}");
                ended += 1;
            }
            _ => {}
        }
    }
    assert_eq!(ended, 7);
    assert!(records.is_sorted_by_key(|record| record.at));
}

#[tokio::test(start_paused = true)]
async fn the_same_tag_pushed_again_makes_a_new_revision_with_the_new_bytes() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.cluster.publish(REPOSITORY, "1", Behaviour::good("v1-again"));
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(harness.serves(), "v1-again 100");
    assert_eq!(harness.revisions(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_changed_env_in_the_manifest_arrives_together_with_the_image() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.manifest("10-game.yaml", &manifest("changed"));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    let service = harness.service();
    assert_eq!(service["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"], "changed");
    assert_eq!(harness.revisions(), 2);
}

#[tokio::test(start_paused = true)]
async fn no_user_request_fails_or_reaches_the_new_revision_before_the_shift() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.deploy("2").await;
    expect![[r#"
        game-00001 100
        game-00001 100, game-00002 0 (boathook)
        game-00001 0, game-00002 100 (boathook)
        game-00002 100"#]]
    .assert_eq(&harness.cluster.traffic_history("game", "game").join("\n"));
}

#[tokio::test(start_paused = true)]
async fn with_pull_off_the_digest_is_the_one_that_knative_resolved() {
    let harness = Harness::with(boathook::plan::Settings {
        pull: boathook::plan::Pull {
            enabled: false,
            ..boathook_testing::rollout_harness::settings().pull
        },
        ..boathook_testing::rollout_harness::settings()
    });
    harness.deploy("1").await;
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    assert!(
        result.changes().iter().all(|line| !line.starts_with("crictl")),
        "{}",
        result.timeline()
    );
    let image = result.outcome.findings.image.as_ref().unwrap();
    assert!(image.to_string().starts_with("registry.example/game@sha256:"), "{image}");
}

#[tokio::test(start_paused = true)]
async fn the_health_check_comes_after_the_configured_half_minute() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let result = harness.deploy("2").await;
    let seconds = result.took().as_secs();
    assert!(
        (40..60).contains(&seconds),
        "30 s of hold and two times three probes, took {seconds} s\n{}",
        result.timeline()
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_that_was_not_well_before_can_be_fixed() {
    let harness = Harness::new();
    harness.cluster.publish(REPOSITORY, "broken", Behaviour::failing("v0", 100));
    let first = harness.deploy("broken").await;
    first.assert_end(Outcome::Failed);
    assert_eq!(harness.serves(), "500 100");
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(harness.serves(), "v1 100");
}

#[tokio::test(start_paused = true)]
async fn a_service_whose_revision_went_down_can_be_fixed() {
    let harness = Harness::new();
    harness.cluster.publish(
        REPOSITORY,
        "leaky",
        Behaviour::crash_after("v0", std::time::Duration::from_secs(60), 137),
    );
    harness.deploy("leaky").await;
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(harness.serves(), "v1 100");
}
