//! Bringing the image onto the node, and knowing exactly which one it is.

use std::sync::Arc;

use boathook::{
    journal::Outcome,
    plan::{PullMode, Settings},
};
use boathook_process::{Command, Finished, RunError, Runner};
use boathook_sandbox::{FakeTools, Fault, Times};
use expect_test::expect;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::mpsc::Sender;

use crate::rollout_world::{REPOSITORY, World, settings};

/// A node that knows each image under another repository besides.
struct Mirrored(FakeTools);

impl Runner for Mirrored {
    fn run(&self, command: Command, lines: Option<Sender<String>>) -> BoxFuture<'_, Result<Finished, RunError>> {
        let inspects = command.argv[1] == "inspecti";
        self.0
            .run(command, lines)
            .map(move |finished| {
                let mut finished = finished?;
                if inspects {
                    let other = format!("\"repoDigests\": [\"mirror.example/game@sha256:{}\",", "0".repeat(64));
                    finished.stdout.bytes = finished.stdout.text().replace("\"repoDigests\": [", &other).into_bytes();
                }
                Ok(finished)
            })
            .boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn the_digest_is_that_of_the_repository_that_was_asked_for() {
    let mut world = World::new();
    world.engine.runner = Arc::new(Mirrored(FakeTools::new(world.cluster.clone())));
    let told = world.deploy("1").await;
    assert_eq!(told.end(), Outcome::Succeeded, "{}", told.story());
    let image = told.outcome.findings.image.as_ref().unwrap().to_string();
    assert_eq!(image, format!("{REPOSITORY}@{}", world.digest_of("game-00001").split_once('@').unwrap().1));
}

#[tokio::test(start_paused = true)]
async fn the_image_may_be_pulled_by_another_command() {
    let words = ["k3s", "crictl", "pull", "--"].map(str::to_owned).to_vec();
    let world = World::with(Settings { pull: PullMode::By(words), ..settings() });
    let told = world.deploy("1").await;
    assert_eq!(told.end(), Outcome::Succeeded, "{}", told.story());
    assert_eq!(told.changes()[0], format!("k3s crictl pull -- {REPOSITORY}:1"));
}

#[tokio::test(start_paused = true)]
async fn stables_image_that_is_nowhere_is_noted_and_stops_nothing() {
    let world = World::new();
    world.deploy("1").await;
    world.cluster.withdraw(&world.digest_of("game-00001"));
    let told = world.deploy("2").await;
    assert_eq!(told.end(), Outcome::Succeeded, "{}", told.story());
    let notes = told.outcome.findings.notes.join("\n");
    assert!(notes.starts_with("stable's image could not be pulled, so rolling back may need it from elsewhere: "), "{notes}");
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_hangs_is_ended_at_its_timeout_and_said_so() {
    let world = World::new();
    world.deploy("1").await;
    world.cluster.fail("crictl pull", Times::UntilHealed, Fault::Hang);
    let told = world.deploy("2").await;
    assert_eq!(told.end(), Outcome::Failed, "{}", told.story());
    expect!["`crictl pull -- registry.example/game:2` failed (ended at its deadline after 120000 ms): it said nothing on stderr; the service was not changed"].assert_eq(told.reason());
    assert_eq!(world.serves(), "v1 100");
}

/// What crictl prints where containerd could not pull.
fn refused(why: &str) -> Fault {
    let image = format!("{REPOSITORY}:2");
    let quoted = why.replace('"', "\\\"");
    Fault::Exit(format!(
        "E1128 12:00:00.000000    3592 remote_image.go:250] \"PullImage from image service failed\" err=\"{quoted}\" image=\"{image}\"\n\
         time=\"2026-11-28T12:00:00Z\" level=error msg=\"pulling image: {quoted}\"\n"
    ))
}

#[tokio::test(start_paused = true)]
async fn a_registry_that_fails_for_a_while_is_asked_again_until_it_answers() {
    let said = [
        "rpc error: code = Unknown desc = failed to resolve image: unexpected status from HEAD request to https://registry.example/v2/game/manifests/2: 500 Internal Server Error",
        "rpc error: code = Unknown desc = failed to resolve image: unexpected status from HEAD request to https://registry.example/v2/game/manifests/2: 504 Gateway Timeout",
        "rpc error: code = Unknown desc = failed to resolve image: failed to do request: Head \"https://registry.example/v2/game/manifests/2\": EOF",
        "rpc error: code = Unknown desc = failed to authorize: failed to fetch anonymous token: Get \"https://auth.example/token\": dial tcp: lookup auth.example on 127.0.0.53:53: server misbehaving",
        "rpc error: code = Unknown desc = failed to resolve image: unexpected status from HEAD request to https://registry.example/v2/game/manifests/2: 429 Too Many Requests",
    ];
    for why in said {
        let world = World::new();
        world.deploy("1").await;
        world.cluster.fail("crictl pull", Times::Next(3), refused(why));
        let told = world.deploy("2").await;
        assert_eq!((told.end(), world.serves()), (Outcome::Succeeded, "v2 100".to_owned()), "{why}: {}", told.story());
    }
}

#[tokio::test(start_paused = true)]
async fn a_registry_that_refuses_the_nodes_login_ends_it_at_once_and_says_whose_credentials_count() {
    let said = [
        "rpc error: code = Unknown desc = failed to resolve image: unexpected status from HEAD request to https://registry.example/v2/game/manifests/2: 403 Forbidden",
        "rpc error: code = Unknown desc = failed to resolve image: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials",
        "rpc error: code = Unknown desc = failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://registry.example/token: 401 Unauthorized",
    ];
    for why in said {
        let world = World::new();
        world.deploy("1").await;
        world.cluster.fail("crictl pull", Times::Next(1), refused(why));
        let told = world.deploy("2").await;
        assert_eq!((told.end(), world.serves()), (Outcome::Failed, "v1 100".to_owned()), "{}", told.story());
        assert!(told.reason().contains(why.rsplit(": ").next().unwrap()), "{}", told.reason());
        let advice = "this pull uses the node's own credentials, never a cluster's imagePullSecrets; k3s keeps them in /etc/rancher/k3s/registries.yaml";
        assert!(told.reason().contains(advice), "{}", told.reason());
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_message_that_is_too_long_the_reason_at_its_end_stays() {
    let world = World::new();
    world.deploy("1").await;
    let layers = "failed to copy sha256:0123456789abcdef, ".repeat(100);
    world.cluster.fail(
        "crictl pull",
        Times::Next(1),
        refused(&format!("rpc error: code = Unknown desc = {layers}authorization failed: no basic auth credentials")),
    );
    let told = world.deploy("2").await;
    let reason = told.reason();
    assert!(reason.len() < 2000 && reason.contains("pulling image: rpc error: code = Unknown desc = failed to copy"), "{reason}");
    assert!(
        reason.contains(" characters left out ...] ") && reason.contains("authorization failed: no basic auth credentials"),
        "{reason}"
    );
}

/// `game:2` has the bytes of `game:1` under another manifest, as when buildx attests anew, and both were pulled.
async fn with_two_manifests() -> World {
    let world = World::new();
    world.deploy("1").await;
    for tag in ["2", "2b", "2c"] {
        world.cluster.publish_again(REPOSITORY, tag, &format!("{REPOSITORY}:1")).unwrap();
        world.cluster.pull(&format!("{REPOSITORY}:{tag}")).unwrap();
    }
    world
}

#[tokio::test(start_paused = true)]
async fn of_several_manifests_of_one_image_the_tags_own_digest_is_deployed() {
    for tag in ["2", "2b", "2c", "1"] {
        let world = with_two_manifests().await;
        let listed = world.cluster.inspect(&format!("{REPOSITORY}:{tag}")).unwrap()["repoDigests"].as_array().unwrap().len();
        let own = world.cluster.target(&format!("{REPOSITORY}:{tag}")).unwrap();
        let told = world.deploy(tag).await;
        assert_eq!((told.end(), listed), (Outcome::Succeeded, 4), "{}", told.story());
        assert_eq!(told.outcome.findings.image.as_ref().unwrap().to_string(), format!("{REPOSITORY}@{own}"), "{tag}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tag_whose_digest_cannot_be_told_ends_the_request_before_anything_is_changed() {
    for fault in [Fault::NotInstalled, Fault::Exit("ctr: failed to dial: permission denied".to_owned())] {
        let world = with_two_manifests().await;
        let before = world.cluster.writes().len();
        world.cluster.fail("ctr", Times::UntilHealed, fault);
        let told = world.deploy("2").await;
        assert_eq!(told.end(), Outcome::Failed, "{}", told.story());
        assert_eq!((world.cluster.writes().len(), world.serves()), (before, "v1 100".to_owned()));
        let reason = told.reason();
        let digests = world.cluster.inspect(&format!("{REPOSITORY}:2")).unwrap()["repoDigests"].clone();
        for digest in digests.as_array().unwrap() {
            assert!(reason.contains(digest.as_str().unwrap().split_once('@').unwrap().1), "{reason}");
        }
        assert!(reason.contains("which digest registry.example/game:2 stands for is not certain"), "{reason}");
        assert!(reason.contains("send the image by digest, such as registry.example/game@sha256:"), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_crictl_did_not_do_is_believed_only_with_containerds_own_record() {
    let words = ["nerdctl", "pull"].map(str::to_owned).to_vec();
    let mut world = World::with(Settings { pull: PullMode::By(words), ..settings() });
    world.engine.runner = Arc::new(Nerdctl(FakeTools::new(world.cluster.clone())));
    let told = world.deploy("1").await;
    assert_eq!(told.end(), Outcome::Succeeded, "{}", told.story());
    assert!(
        world
            .cluster
            .commands()
            .iter()
            .any(|command| command.starts_with("ctr --namespace k8s.io images ls name==registry.example/game:1"))
    );
    world.cluster.fail("ctr", Times::UntilHealed, Fault::NotInstalled);
    assert_eq!(world.deploy("2").await.end(), Outcome::Failed);
}

/// A node on which another program pulls.
struct Nerdctl(FakeTools);

impl Runner for Nerdctl {
    fn run(&self, mut command: Command, lines: Option<Sender<String>>) -> BoxFuture<'_, Result<Finished, RunError>> {
        if command.argv[0] == "nerdctl" {
            command.argv[0] = "crictl".to_owned();
        }
        self.0.run(command, lines)
    }
}

#[test]
fn docker_hubs_spellings_are_one_repository() {
    let full = |text: &str| boathook_core::deployment::ImageRef::parse(text).unwrap().full_repository();
    for text in ["nginx", "docker.io/nginx:1", "index.docker.io/nginx", "docker.io/library/nginx", "index.docker.io/library/nginx:2"] {
        assert_eq!(full(text), "docker.io/library/nginx", "{text}");
    }
    assert_eq!([full("acme/game:1"), full("docker.io/acme/game")], ["docker.io/acme/game"; 2]);
    assert_eq!([full("ghcr.io/game"), full("localhost:5000/nginx")], ["ghcr.io/game", "localhost:5000/nginx"]);
}
