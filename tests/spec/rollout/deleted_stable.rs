//! A revision that serves is deleted by hand. The newest one is made anew by Knative; where an
//! older one served, users get 404 for good.

use boathook_core::{
    deployment::{Actor, Environment},
    record::{DeploymentEvent, Event, Outcome},
};
use boathook_sandbox::{Caller, Kind};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    rollout_harness::{Harness, RolloutResult, request},
    samples::{self, QUEUE},
};
use expect_test::expect;
use serde_json::json;
use tokio_util::sync::CancellationToken;

fn delete(harness: &Harness, revision: &str) {
    harness.cluster.delete(&Caller::admin(), Kind::Revision, Some("game"), revision).unwrap();
}

/// The first revision serves, by name; someone's newer template made another one, and then the
/// first was deleted.
async fn without_the_one_that_serves() -> Harness {
    let harness = Harness::new();
    assert_eq!(harness.deploy("1").await.end(), Outcome::Succeeded);
    harness
        .cluster
        .edit_as(
            "anna",
            "game",
            "game",
            json!({"spec": {"template": {"spec": {"timeoutSeconds": 77}}}}),
        )
        .unwrap();
    harness.settle().await;
    delete(&harness, "game-00001");
    harness.settle().await;
    assert_ne!(harness.serves(), "v1 100");
    harness
}

fn planned(result: &RolloutResult) -> String {
    let notes = result.records.iter().find_map(|record| match &record.event {
        Event::Deployment(DeploymentEvent::Planned { plan }) => {
            Some(plan.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
        _ => None,
    });
    notes.unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_deployment_replaces_what_was_deleted_and_says_so() {
    let harness = without_the_one_that_serves().await;
    let report = harness.engine.dry_run(&request("2", "dry")).await;
    assert_eq!(report.problems.len(), 0, "{:#?}", report.problems);
    let result = harness.deploy("2").await;
    harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    expect![
        "game-00001 has the traffic and was deleted, so users get 404; it is replaced as in a \
         first deployment, and not gone back to"
    ]
    .assert_eq(&planned(&result));
    assert_eq!(report.notes[0], planned(&result));
}

#[tokio::test(start_paused = true)]
async fn a_tag_on_what_was_deleted_goes_and_the_tags_on_others_stay() {
    let harness = Harness::new();
    assert_eq!(harness.deploy("1").await.end(), Outcome::Succeeded);
    harness
        .cluster
        .edit_as(
            "anna",
            "game",
            "game",
            json!({"spec": {"template": {"spec": {"timeoutSeconds": 77}}}}),
        )
        .unwrap();
    harness.settle().await;
    let named = |revision: &str, percent: u8| {
        json!({
            "revisionName": revision,
            "latestRevision": false,
            "percent": percent,
        })
    };
    let tagged = |revision: &str, tag: &str| {
        json!({
            "revisionName": revision,
            "latestRevision": false,
            "percent": 0,
            "tag": tag,
        })
    };
    let newer = "game-00002";
    let traffic =
        json!([named("game-00001", 100), tagged("game-00001", "old"), tagged(newer, "next")]);
    harness.cluster.edit_as("anna", "game", "game", json!({"spec": {"traffic": traffic}})).unwrap();
    harness.settle().await;
    delete(&harness, "game-00001");
    harness.settle().await;
    for tag in ["2", "1"] {
        let result = harness.deploy(tag).await;
        assert_eq!(
            (result.end(), harness.serves()),
            (Outcome::Succeeded, format!("v{tag} 100")),
            "{}",
            result.timeline()
        );
        let traffic = harness.wanted_traffic();
        assert!(
            traffic.contains(r#""tag":"next""#) && !traffic.contains(r#""tag":"old""#),
            "{traffic}"
        );
        if tag == "2" {
            expect![[r#"
                game-00001 has the traffic and was deleted, so users get 404; it is replaced as in a first deployment, and not gone back to
                game-00001 loses its tag (old): Knative changes no traffic that names a revision which cannot serve"#]]
            .assert_eq(&planned(&result));
        }
    }
}

/// The second revision serves, and someone's tag names the first.
async fn with_a_tag_on_the_one_before() -> Harness {
    let harness = Harness::new();
    for tag in ["1", "2"] {
        assert_eq!(harness.deploy(tag).await.end(), Outcome::Succeeded);
    }
    let named = json!({"revisionName": "game-00002", "latestRevision": false, "percent": 100});
    let tagged = |revision: &str, tag: &str| {
        json!({
            "revisionName": revision,
            "latestRevision": false,
            "percent": 0,
            "tag": tag,
        })
    };
    let traffic = json!([named, tagged("game-00001", "old"), tagged("game-00002", "next")]);
    harness.cluster.edit_as("anna", "game", "game", json!({"spec": {"traffic": traffic}})).unwrap();
    harness.settle().await;
    harness
}

#[tokio::test(start_paused = true)]
async fn a_tag_on_another_revision_that_was_deleted_is_removed_and_ends_no_deployment() {
    let harness = with_a_tag_on_the_one_before().await;
    delete(&harness, "game-00001");
    harness.settle().await;
    let report = harness.engine.dry_run(&request("1", "dry")).await;
    assert_eq!(report.problems.len(), 0, "{:#?}", report.problems);
    let removed = "game-00001 was deleted and loses its tag (old): Knative changes no traffic that \
                   names a revision which cannot serve";
    assert!(report.notes.iter().any(|note| note == removed), "{:#?}", report.notes);
    for (tag, end, serves) in
        [("crash", Outcome::RolledBack, "v2 100"), ("1", Outcome::Succeeded, "v1 100")]
    {
        let result = harness.deploy(tag).await;
        assert_eq!(
            (result.end(), harness.serves().as_str()),
            (end, serves),
            "{}",
            result.timeline()
        );
        let traffic = harness.wanted_traffic();
        assert!(
            traffic.contains(r#""tag":"next""#) && !traffic.contains(r#""tag":"old""#),
            "{traffic}"
        );
        assert_eq!(planned(&result).contains(removed), tag == "crash", "{}", planned(&result));
    }
}

#[tokio::test(start_paused = true)]
async fn a_tag_on_a_revision_that_failed_is_removed_and_one_on_a_revision_that_may_recover_stays() {
    for (reason, message, stays) in [
        ("ExitCode3", "Container failed with: FATAL", false),
        ("Unschedulable", "0/1 nodes are available: 1 Insufficient cpu", true),
    ] {
        let harness = with_a_tag_on_the_one_before().await;
        harness.cluster.fail_revision("game", "game-00001", reason, message);
        harness.settle().await;
        let report = harness.engine.dry_run(&request("1", "dry")).await;
        let removes = report.notes.iter().any(|note| note.contains("loses its tag (old)"));
        assert_eq!(removes, !stays, "{reason}: {:#?}", report.notes);
        if !stays {
            let result = harness.deploy("1").await;
            harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_deploys_anew_from_the_record_what_was_deleted() {
    let harness = without_the_one_that_serves().await;
    let service = samples::service("game");
    let last = harness.journal.last_success(Environment::STAGING, &service).await.unwrap().unwrap();
    let ordered = harness.journal.order_rollback(
        samples::rollback(Environment::STAGING, &service, Some(last.deployment), Actor::new("ada")),
        QUEUE,
    );
    let id = ordered.await.unwrap().deployment.id;
    harness.engine.run(&id, &CancellationToken::new()).await;
    let result = harness.result(&id).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v1 100");
    expect![[r#"
        revision game-00001 is gone or not Ready; its image and template are deployed anew from the record
        game-00001 has the traffic and was deleted, so users get 404; it is replaced as in a first deployment, and not gone back to"#]]
    .assert_eq(&planned(&result));
}

#[tokio::test(start_paused = true)]
async fn the_newest_revision_is_waited_for_because_knative_makes_it_anew() {
    let harness = Harness::new();
    harness.deploy("1").await;
    delete(&harness, "game-00001");
    let result = harness.deploy("2").await;
    harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    assert_eq!(planned(&result), "", "it is gone back to like any other");
    assert!(result.steps().contains(&"tag_candidate"), "{}", result.timeline());
}
