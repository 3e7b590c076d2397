//! Bringing the image onto the node, and knowing exactly which one it is.

use std::sync::Arc;

use boathook::{
    journal::End,
    plan::{Pulling, Settings},
    process::{Command, Finished, RunError, Runner},
    sandbox::{FakeTools, Fault, Times},
};
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
    assert_eq!(told.end(), End::Succeeded, "{}", told.story());
    let image = told.outcome.findings.image.as_ref().unwrap().to_string();
    assert_eq!(image, format!("{REPOSITORY}@{}", world.digest_of("game-00001").split_once('@').unwrap().1));
}

#[tokio::test(start_paused = true)]
async fn the_image_may_be_pulled_by_another_command() {
    let words = ["k3s", "crictl", "pull", "--"].map(str::to_owned).to_vec();
    let world = World::with(Settings { pull: Pulling::By(words), ..settings() });
    let told = world.deploy("1").await;
    assert_eq!(told.end(), End::Succeeded, "{}", told.story());
    assert_eq!(told.changes()[0], format!("k3s crictl pull -- {REPOSITORY}:1"));
}

#[tokio::test(start_paused = true)]
async fn stables_image_that_is_nowhere_is_noted_and_stops_nothing() {
    let world = World::new();
    world.deploy("1").await;
    world.cluster.withdraw(&world.digest_of("game-00001"));
    let told = world.deploy("2").await;
    assert_eq!(told.end(), End::Succeeded, "{}", told.story());
    let notes = told.outcome.findings.notes.join("\n");
    assert!(notes.starts_with("stable's image could not be pulled, so going back may need it from elsewhere: "), "{notes}");
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_hangs_is_ended_at_its_timeout_and_said_so() {
    let world = World::new();
    world.deploy("1").await;
    world.cluster.fail("crictl pull", Times::UntilHealed, Fault::Hang);
    let told = world.deploy("2").await;
    assert_eq!(told.end(), End::Failed, "{}", told.story());
    expect!["`crictl pull -- registry.example/game:2` failed (ended at its deadline after 120000 ms): it said nothing on stderr; the service was not changed"].assert_eq(told.reason());
    assert_eq!(world.serves(), "v1 100");
}
