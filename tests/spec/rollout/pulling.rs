//! Bringing the image onto the node, and knowing exactly which one it is.

use std::sync::Arc;

use boathook::plan::{Pull, Settings};
use boathook_core::record::Outcome;
use boathook_process::{Command, Finished, RunError, Runner};
use boathook_sandbox::{FakeTools, Fault, Times};
use boathook_testing::rollout_harness::{Harness, REPOSITORY, settings};
use expect_test::expect;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::mpsc::Sender;

/// A node that knows each image under another repository besides.
struct Mirrored(FakeTools);

impl Runner for Mirrored {
    fn run(
        &self,
        command: Command,
        lines: Option<Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        let inspects = command.argv[1] == "inspecti";
        self.0
            .run(command, lines)
            .map(move |finished| {
                let mut finished = finished?;
                if inspects {
                    let other = format!(
                        "\"repoDigests\": [\"mirror.example/game@sha256:{}\",",
                        "0".repeat(64)
                    );
                    finished.stdout.bytes =
                        finished.stdout.text().replace("\"repoDigests\": [", &other).into_bytes();
                }
                Ok(finished)
            })
            .boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn the_digest_is_that_of_the_repository_that_was_asked_for() {
    let mut harness = Harness::new();
    harness.engine.runner = Arc::new(Mirrored(FakeTools::new(harness.cluster.clone())));
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    let image = result.outcome.findings.image.as_ref().unwrap().to_string();
    assert_eq!(
        image,
        format!("{REPOSITORY}@{}", harness.digest_of("game-00001").split_once('@').unwrap().1)
    );
}

#[tokio::test(start_paused = true)]
async fn the_image_may_be_pulled_by_another_command() {
    let words = ["k3s", "crictl", "pull", "--"].map(str::to_owned).to_vec();
    let harness = Harness::with(Settings {
        pull: Pull { command: Some(words), ..settings().pull },
        ..settings()
    });
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(result.changes()[0], format!("k3s crictl pull -- {REPOSITORY}:1"));
}

#[tokio::test(start_paused = true)]
async fn stables_image_that_is_nowhere_is_noted_and_stops_nothing() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.cluster.withdraw(&harness.digest_of("game-00001"));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    let notes = result.outcome.findings.notes.join("\n");
    assert!(
        notes.starts_with(
            "stable's image could not be pulled, so rolling back may need it from elsewhere: "
        ),
        "{notes}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_hangs_is_ended_at_its_timeout_and_said_so() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.cluster.fail("crictl pull", Times::UntilHealed, Fault::Hang);
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Failed);
    expect![
        "`crictl pull -- registry.example/game:2` failed (ended at its deadline after 120000 ms): \
         it said nothing on stderr; the service was not changed"
    ]
    .assert_eq(result.reason());
    assert_eq!(harness.serves(), "v1 100");
}

/// What crictl prints where containerd could not pull.
fn refused(why: &str) -> Fault {
    let image = format!("{REPOSITORY}:2");
    let quoted = why.replace('"', "\\\"");
    Fault::Exit(format!(
        "E1128 12:00:00.000000    3592 remote_image.go:250] \"PullImage from image service \
         failed\" err=\"{quoted}\" image=\"{image}\"\n\
         time=\"2026-11-28T12:00:00Z\" level=error msg=\"pulling image: {quoted}\"\n"
    ))
}

#[tokio::test(start_paused = true)]
async fn a_registry_that_fails_for_a_while_is_asked_again_until_it_answers() {
    let said = [
        "rpc error: code = Unknown desc = failed to resolve image: unexpected status from HEAD \
         request to https://registry.example/v2/game/manifests/2: 500 Internal Server Error",
        "rpc error: code = Unknown desc = failed to resolve image: unexpected status from HEAD \
         request to https://registry.example/v2/game/manifests/2: 504 Gateway Timeout",
        "rpc error: code = Unknown desc = failed to resolve image: failed to do request: Head \
         \"https://registry.example/v2/game/manifests/2\": EOF",
        "rpc error: code = Unknown desc = failed to authorize: failed to fetch anonymous token: \
         Get \"https://auth.example/token\": dial tcp: lookup auth.example on 127.0.0.53:53: \
         server misbehaving",
        "rpc error: code = Unknown desc = failed to resolve image: unexpected status from HEAD \
         request to https://registry.example/v2/game/manifests/2: 429 Too Many Requests",
    ];
    for why in said {
        let harness = Harness::new();
        harness.deploy("1").await;
        harness.cluster.fail("crictl pull", Times::Next(3), refused(why));
        let result = harness.deploy("2").await;
        assert_eq!(
            (result.end(), harness.serves()),
            (Outcome::Succeeded, "v2 100".to_owned()),
            "{why}: {}",
            result.timeline()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_registry_that_refuses_the_nodes_login_ends_it_at_once_and_says_whose_credentials_count()
{
    let said = [
        "rpc error: code = Unknown desc = failed to resolve image: unexpected status from HEAD \
         request to https://registry.example/v2/game/manifests/2: 403 Forbidden",
        "rpc error: code = Unknown desc = failed to resolve image: pull access denied, repository \
         does not exist or may require authorization: authorization failed: no basic auth \
         credentials",
        "rpc error: code = Unknown desc = failed to authorize: failed to fetch oauth token: \
         unexpected status from POST request to https://registry.example/token: 401 Unauthorized",
    ];
    for why in said {
        let harness = Harness::new();
        harness.deploy("1").await;
        harness.cluster.fail("crictl pull", Times::Next(1), refused(why));
        let result = harness.deploy("2").await;
        assert_eq!(
            (result.end(), harness.serves()),
            (Outcome::Failed, "v1 100".to_owned()),
            "{}",
            result.timeline()
        );
        assert!(result.reason().contains(why.rsplit(": ").next().unwrap()), "{}", result.reason());
        let advice = "this pull uses the node's own credentials, never a cluster's \
                      imagePullSecrets; k3s keeps them in /etc/rancher/k3s/registries.yaml";
        assert!(result.reason().contains(advice), "{}", result.reason());
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_message_that_is_too_long_the_reason_at_its_end_stays() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let layers = "failed to copy sha256:0123456789abcdef, ".repeat(100);
    harness.cluster.fail(
        "crictl pull",
        Times::Next(1),
        refused(&format!(
            "rpc error: code = Unknown desc = {layers}authorization failed: no basic auth \
             credentials"
        )),
    );
    let result = harness.deploy("2").await;
    let reason = result.reason();
    assert!(
        reason.len() < 2000
            && reason.contains("pulling image: rpc error: code = Unknown desc = failed to copy"),
        "{reason}"
    );
    assert!(
        reason.contains(" characters left out ...] ")
            && reason.contains("authorization failed: no basic auth credentials"),
        "{reason}"
    );
}

/// `game:2` has the bytes of `game:1` under another manifest, as when buildx attests anew, and both
/// were pulled.
async fn with_two_manifests() -> Harness {
    let harness = Harness::new();
    harness.deploy("1").await;
    for tag in ["2", "2b", "2c"] {
        harness.cluster.publish_again(REPOSITORY, tag, &format!("{REPOSITORY}:1")).unwrap();
        harness.cluster.pull(&format!("{REPOSITORY}:{tag}")).unwrap();
    }
    harness
}

#[tokio::test(start_paused = true)]
async fn of_several_manifests_of_one_image_the_tags_own_digest_is_deployed() {
    for tag in ["2", "2b", "2c", "1"] {
        let harness = with_two_manifests().await;
        let listed =
            harness.cluster.inspect(&format!("{REPOSITORY}:{tag}")).unwrap()["repoDigests"]
                .as_array()
                .unwrap()
                .len();
        let own = harness.cluster.target(&format!("{REPOSITORY}:{tag}")).unwrap();
        let result = harness.deploy(tag).await;
        assert_eq!((result.end(), listed), (Outcome::Succeeded, 4), "{}", result.timeline());
        assert_eq!(
            result.outcome.findings.image.as_ref().unwrap().to_string(),
            format!("{REPOSITORY}@{own}"),
            "{tag}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_tag_whose_digest_is_not_certain_ends_the_request_before_anything_is_changed() {
    for fault in
        [Fault::NotInstalled, Fault::Exit("ctr: failed to dial: permission denied".to_owned())]
    {
        let harness = with_two_manifests().await;
        let before = harness.cluster.writes().len();
        harness.cluster.fail("ctr", Times::UntilHealed, fault);
        let result = harness.deploy("2").await;
        result.assert_end(Outcome::Failed);
        assert_eq!(
            (harness.cluster.writes().len(), harness.serves()),
            (before, "v1 100".to_owned())
        );
        let reason = result.reason();
        let digests =
            harness.cluster.inspect(&format!("{REPOSITORY}:2")).unwrap()["repoDigests"].clone();
        for digest in digests.as_array().unwrap() {
            assert!(
                reason.contains(digest.as_str().unwrap().split_once('@').unwrap().1),
                "{reason}"
            );
        }
        assert!(
            reason.contains("which digest registry.example/game:2 stands for is not certain"),
            "{reason}"
        );
        assert!(
            reason.contains("send the image by digest, such as registry.example/game@sha256:"),
            "{reason}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_crictl_did_not_do_is_believed_only_with_containerds_own_record() {
    let words = ["nerdctl", "pull"].map(str::to_owned).to_vec();
    let mut harness = Harness::with(Settings {
        pull: Pull { command: Some(words), ..settings().pull },
        ..settings()
    });
    harness.engine.runner = Arc::new(Nerdctl(FakeTools::new(harness.cluster.clone())));
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    assert!(harness.cluster.commands().iter().any(|command| {
        command.starts_with("ctr --namespace k8s.io images ls name==registry.example/game:1")
    }));
    harness.cluster.fail("ctr", Times::UntilHealed, Fault::NotInstalled);
    assert_eq!(harness.deploy("2").await.end(), Outcome::Failed);
}

/// A node on which another program pulls.
struct Nerdctl(FakeTools);

impl Runner for Nerdctl {
    fn run(
        &self,
        mut command: Command,
        lines: Option<Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        if command.argv[0] == "nerdctl" {
            command.argv[0] = "crictl".to_owned();
        }
        self.0.run(command, lines)
    }
}

#[test]
fn docker_hubs_spellings_are_one_repository() {
    let full =
        |text: &str| boathook_core::deployment::ImageRef::parse(text).unwrap().full_repository();
    for text in [
        "nginx",
        "docker.io/nginx:1",
        "index.docker.io/nginx",
        "docker.io/library/nginx",
        "index.docker.io/library/nginx:2",
    ] {
        assert_eq!(full(text), "docker.io/library/nginx", "{text}");
    }
    assert_eq!([full("acme/game:1"), full("docker.io/acme/game")], ["docker.io/acme/game"; 2]);
    assert_eq!(
        [full("ghcr.io/game"), full("localhost:5000/nginx")],
        ["ghcr.io/game", "localhost:5000/nginx"]
    );
}
