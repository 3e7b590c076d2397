//! Exit code 0 is not believed: what a program was to do is looked for in its answer, or in the cluster.

use boathook::journal::Outcome;
use boathook_sandbox::{Fault, Times};

use crate::rollout_world::{Told, World, blue_green, brief, request};

fn reason_or_story(told: &Told) -> String {
    format!("{}\n{}", told.reason(), told.story())
}

#[tokio::test(start_paused = true)]
async fn a_patch_that_ended_well_and_changed_nothing_fails_its_step_and_names_what_is_missing() {
    let world = World::new();
    world.deploy("1").await;
    world.cluster.fail("kubectl patch ksvc", Times::Next(1), Fault::NotDone);
    let told = world.deploy("2").await;
    assert_eq!(told.end(), Outcome::RolledBack, "{}", told.story());
    let said = "`kubectl patch ksvc` ended with exit code 0, but its answer does not show what was sent: \
                /spec/template/metadata/labels/boathook.dev~1deployment is ";
    assert!(told.reason().contains(said), "{}", reason_or_story(&told));
    assert_eq!((world.serves().as_str(), world.revisions()), ("v1 100", 1), "{}", told.story());
}

#[tokio::test(start_paused = true)]
async fn a_shift_that_ended_well_and_moved_no_traffic_is_rolled_back_and_names_both_splits() {
    let world = World::serving(brief()).await;
    world.cluster.fail("kubectl patch ksvc", Times::After(2), Fault::NotDone);
    let told = world.deploy_request(blue_green("2", "b-1")).await;
    assert_eq!(told.end(), Outcome::RolledBack, "{}", told.story());
    let said = "/spec/traffic is game-00001 100 %, sent was game-00001 ";
    assert!(told.reason().contains(said), "{}", reason_or_story(&told));
    world.settle().await;
    world.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn a_patch_back_that_ended_well_and_did_nothing_is_made_again() {
    let world = World::serving(brief()).await;
    // The commit point goes well; the first patch of the rollback does not.
    world.cluster.fail("kubectl patch ksvc", Times::After(1), Fault::NotDone);
    let told = world.deploy_request(request("crash", "c-1")).await;
    assert_eq!(told.end(), Outcome::RolledBack, "{}", told.story());
    world.settle().await;
    world.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn a_first_apply_that_only_tried_fails_with_kubectls_own_line() {
    let world = World::new();
    world.cluster.fail("kubectl apply", Times::Next(1), Fault::OnlyTried);
    let told = world.deploy("1").await;
    assert_eq!(told.end(), Outcome::Failed, "{}", told.story());
    let said = "kubectl apply ended with exit code 0, but only tried: namespace/game created (server dry run)";
    assert!(told.reason().contains(said) || told.reason().contains("NotFound"), "{}", reason_or_story(&told));
}

#[tokio::test(start_paused = true)]
async fn a_first_apply_that_named_the_service_and_did_not_make_it_fails() {
    let world = World::new();
    let namespace = serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "game"}});
    let (admin, options) = (boathook_sandbox::Caller::admin(), boathook_sandbox::WriteOptions::default());
    world.cluster.create(&admin, boathook_sandbox::Kind::Namespace, None, namespace, &options).unwrap();
    world.cluster.fail("kubectl apply", Times::Next(1), Fault::NotDone);
    let told = world.deploy("1").await;
    assert_eq!(told.end(), Outcome::Failed, "{}", told.story());
    let said = "kubectl apply ended with exit code 0 and named the service, but game/game is not there";
    assert!(told.reason().contains(said), "{}", reason_or_story(&told));
}

#[tokio::test(start_paused = true)]
async fn knative_that_was_asked_to_look_again_in_vain_is_said_in_the_record() {
    let world = World::new();
    world.deploy("1").await;
    crate::name_taken::take_the_name(&world);
    let deploying = world.start(request("2", "two")).await;
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    world.cluster.fail("kubectl patch ksvc", Times::UntilHealed, Fault::NotDone);
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    world.cluster.heal("kubectl patch ksvc");
    crate::name_taken::free_the_name(&world);
    let told = deploying.end().await;
    assert_eq!(told.end(), Outcome::RolledBack, "{}", told.story());
    let said = "Knative could not be asked to look at the service again: `kubectl patch ksvc` ended with exit code 0";
    assert!(told.story().contains(said), "{}", told.story());
}

/// kubectl's lines in another order, with one object less, and with an object of the same name in another group.
#[test]
fn each_object_that_was_applied_is_looked_for_by_kind_group_and_name() {
    use boathook::cluster::{Document, missing_of_apply};
    let object = |version: &str, kind: &str, name: &str| {
        Document(serde_json::json!({"apiVersion": version, "kind": kind, "metadata": {"name": name}}))
    };
    let documents = [
        object("v1", "ConfigMap", "web"),
        object("apps/v1", "Deployment", "web"),
        object("serving.knative.dev/v1", "Service", "web"),
        object("v1", "ConfigMap", "web"),
    ];
    let missing = |printed: &str| missing_of_apply(&documents, printed);
    let whole = "service.serving.knative.dev/web created\nconfigmap/web unchanged\ndeployment.apps/web configured\nconfigmap/web created\n";
    assert_eq!(missing(whole), None);
    assert_eq!(
        missing(&whole.replace("service.serving.knative.dev/web", "service/web")).unwrap(),
        "did not name service.serving.knative.dev/web"
    );
    assert_eq!(missing(&whole.replace("configmap/web created\n", "")).unwrap(), "did not name configmap/web");
    assert_eq!(
        missing(&whole.replace("web configured", "web configured (dry run)")).unwrap(),
        "only tried: deployment.apps/web configured (dry run)"
    );
}
