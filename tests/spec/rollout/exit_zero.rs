//! Exit code 0 is not believed: what a program was to do is looked for in its answer, or in the
//! cluster.

use boathook_core::record::Outcome;
use boathook_sandbox::{Fault, Times};
use boathook_testing::rollout_harness::{Harness, RolloutResult, blue_green, brief, request};

fn reason_or_story(result: &RolloutResult) -> String {
    format!("{}\n{}", result.reason(), result.timeline())
}

#[tokio::test(start_paused = true)]
async fn a_patch_that_ended_well_and_changed_nothing_fails_its_step_and_names_what_is_missing() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.cluster.fail("kubectl patch ksvc", Times::Next(1), Fault::NotDone);
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::RolledBack);
    let said = "`kubectl patch ksvc` ended with exit code 0, but its answer does not show what was \
                sent: /spec/template/metadata/labels/boathook.dev~1deployment is ";
    assert!(result.reason().contains(said), "{}", reason_or_story(&result));
    assert_eq!(
        (harness.serves().as_str(), harness.revisions()),
        ("v1 100", 1),
        "{}",
        result.timeline()
    );
}

#[tokio::test(start_paused = true)]
async fn a_shift_that_ended_well_and_moved_no_traffic_is_rolled_back_and_names_both_splits() {
    let harness = Harness::serving(brief()).await;
    harness.cluster.fail("kubectl patch ksvc", Times::After(2), Fault::NotDone);
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    result.assert_end(Outcome::RolledBack);
    let said = "/spec/traffic is game-00001 100 %, sent was game-00001 ";
    assert!(result.reason().contains(said), "{}", reason_or_story(&result));
    harness.settle().await;
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn a_patch_back_that_ended_well_and_did_nothing_is_made_again() {
    let harness = Harness::serving(brief()).await;
    // The commit point goes well; the first patch of the rollback does not.
    harness.cluster.fail("kubectl patch ksvc", Times::After(1), Fault::NotDone);
    let result = harness.deploy_request(request("crash", "c-1")).await;
    result.assert_end(Outcome::RolledBack);
    harness.settle().await;
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn a_first_apply_that_only_tried_fails_with_kubectls_own_line() {
    let harness = Harness::new();
    harness.cluster.fail("kubectl apply", Times::Next(1), Fault::OnlyTried);
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Failed);
    let said = "kubectl apply ended with exit code 0, but only tried: namespace/game created \
                (server dry run)";
    assert!(
        result.reason().contains(said) || result.reason().contains("NotFound"),
        "{}",
        reason_or_story(&result)
    );
}

#[tokio::test(start_paused = true)]
async fn a_first_apply_that_named_the_service_and_did_not_make_it_fails() {
    let harness = Harness::new();
    let namespace =
        serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "game"}});
    let admin = boathook_sandbox::Caller::admin();
    let options = boathook_sandbox::WriteOptions::default();
    harness
        .cluster
        .create(&admin, boathook_sandbox::Kind::Namespace, None, namespace, &options)
        .unwrap();
    harness.cluster.fail("kubectl apply", Times::Next(1), Fault::NotDone);
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Failed);
    let said =
        "kubectl apply ended with exit code 0 and named the service, but game/game is not there";
    assert!(result.reason().contains(said), "{}", reason_or_story(&result));
}

#[tokio::test(start_paused = true)]
async fn knative_that_was_asked_to_look_again_in_vain_is_said_in_the_record() {
    let harness = Harness::new();
    harness.deploy("1").await;
    crate::rollout::name_taken::take_the_name(&harness);
    let deploying = harness.start(request("2", "two")).await;
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    harness.cluster.fail("kubectl patch ksvc", Times::UntilHealed, Fault::NotDone);
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    harness.cluster.heal("kubectl patch ksvc");
    crate::rollout::name_taken::free_the_name(&harness);
    let result = deploying.end().await;
    result.assert_end(Outcome::RolledBack);
    let said = "Knative could not be asked to look at the service again: `kubectl patch ksvc` \
                ended with exit code 0";
    assert!(result.timeline().contains(said), "{}", result.timeline());
}

/// kubectl's lines in another order, with one object less, and with an object of the same name in
/// another group.
#[test]
fn each_object_that_was_applied_is_looked_for_by_kind_group_and_name() {
    use boathook::cluster::missing_of_apply;
    use boathook_core::objects::Document;
    let object = |version: &str, kind: &str, name: &str| {
        Document(
            serde_json::json!({"apiVersion": version, "kind": kind, "metadata": {"name": name}}),
        )
    };
    let documents = [
        object("v1", "ConfigMap", "web"),
        object("apps/v1", "Deployment", "web"),
        object("serving.knative.dev/v1", "Service", "web"),
        object("v1", "ConfigMap", "web"),
    ];
    let missing = |printed: &str| missing_of_apply(&documents, printed);
    let whole = "service.serving.knative.dev/web created\nconfigmap/web unchanged\n\
                 deployment.apps/web configured\nconfigmap/web created\n";
    assert_eq!(missing(whole), None);
    assert_eq!(
        missing(&whole.replace("service.serving.knative.dev/web", "service/web")).unwrap(),
        "did not name service.serving.knative.dev/web"
    );
    assert_eq!(
        missing(&whole.replace("configmap/web created\n", "")).unwrap(),
        "did not name configmap/web"
    );
    assert_eq!(
        missing(&whole.replace("web configured", "web configured (dry run)")).unwrap(),
        "only tried: deployment.apps/web configured (dry run)"
    );
}
