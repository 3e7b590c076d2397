//! The sandbox's crictl, run as a program: it says what the real one says.

use std::time::Duration;

use boathook_process::Exit;
use boathook_sandbox::harness::{Ran, SandboxHarness};
use boathook_sandbox::{Fault, Times};
use expect_test::expect;
use serde_json::Value;

const IMAGE: &str = "ghcr.io/your-org/hello:v1";

/// How it ended and what it said, without the moments.
fn said(ran: &Ran) -> String {
    let lines = ran.stdout.lines().chain(ran.stderr.lines()).map(|line| {
        match (line.split_once("Z\" "), line.split_once(" remote_image")) {
            (Some((time, rest)), _) if time.starts_with("time=") => format!("time=... {rest}\n"),
            (_, Some((_, rest))) => format!("E... remote_image{rest}\n"),
            _ => format!("{line}\n"),
        }
    });
    format!("{}\n{}", ran.exit, lines.collect::<String>())
}

#[tokio::test]
async fn a_pull_gives_the_id_of_the_config_and_inspecti_the_digest() {
    let room = SandboxHarness::open();
    let pulled = room.crictl(&["pull", "--", IMAGE]).await;
    assert_eq!(pulled.exit, Exit::Code(0));
    assert!(pulled.stdout.starts_with("Image is up to date for sha256:"), "{}", pulled.stdout);
    let inspected = room.crictl(&["inspecti", "-o", "json", IMAGE]).await;
    let status =
        serde_json::from_str::<Value>(&inspected.stdout).unwrap_or_default()["status"].take();
    let id = pulled.stdout.trim_end().trim_start_matches("Image is up to date for ");
    assert_eq!(status["id"], id);
    let digest = status["repoDigests"][0].as_str().unwrap_or_default();
    assert!(digest.starts_with("ghcr.io/your-org/hello@sha256:"), "{digest}");
    assert_eq!(room.crictl(&["pull", digest]).await.stdout, pulled.stdout);
}

#[tokio::test]
async fn what_cannot_be_pulled_is_said_as_containerd_says_it() {
    let room = SandboxHarness::open();
    let mut result = String::new();
    for image in ["ghcr.io/your-org/hello:absent", "registry.invalid/hello:v1"] {
        result += &format!("{}\n", said(&room.crictl(&["pull", "--", image]).await));
    }
    result += &said(&room.crictl(&["inspecti", "-o", "json", "ghcr.io/your-org/hello:v2"]).await);
    expect![[r#"
        exit code 1
        E... remote_image.go:250] "PullImage from image service failed" err="rpc error: code = NotFound desc = failed to pull and unpack image \"ghcr.io/your-org/hello:absent\": failed to resolve image: ghcr.io/your-org/hello:absent: not found" image="ghcr.io/your-org/hello:absent"
        time=... level=error msg="pulling image: rpc error: code = NotFound desc = failed to pull and unpack image \"ghcr.io/your-org/hello:absent\": failed to resolve image: ghcr.io/your-org/hello:absent: not found"

        exit code 1
        E... remote_image.go:250] "PullImage from image service failed" err="rpc error: code = Unknown desc = failed to pull and unpack image \"registry.invalid/hello:v1\": failed to resolve image: failed to do request: Head \"https://registry.invalid/v2/hello/manifests/v1\": dial tcp: lookup registry.invalid on 127.0.0.53:53: no such host" image="registry.invalid/hello:v1"
        time=... level=error msg="pulling image: rpc error: code = Unknown desc = failed to pull and unpack image \"registry.invalid/hello:v1\": failed to resolve image: failed to do request: Head \"https://registry.invalid/v2/hello/manifests/v1\": dial tcp: lookup registry.invalid on 127.0.0.53:53: no such host"

        exit code 1
        time=... level=error msg="no such image \"ghcr.io/your-org/hello:v2\" present"
    "#]].assert_eq(&result);
}

#[tokio::test]
async fn two_images_or_a_wish_for_help_pull_nothing_and_succeed() {
    let room = SandboxHarness::open();
    for words in [&["pull", IMAGE, "ghcr.io/your-org/hello:v2"][..], &["pull", "-h"], &["pull"]] {
        let helped = room.crictl(words).await;
        assert_eq!(helped.exit, Exit::Code(0));
        assert!(helped.stdout.starts_with("NAME:\n   crictl pull"), "{}", helped.stdout);
    }
    assert_eq!(room.crictl(&["inspecti", IMAGE]).await.exit, Exit::Code(1));
}

#[tokio::test]
async fn a_pull_from_a_hanging_registry_ends_only_when_it_is_asked_to() {
    let room = SandboxHarness::open();
    room.sandbox.cluster.fail("crictl pull", Times::UntilHealed, Fault::Hang);
    let timed = room.crictl(&["pull", "--pull-timeout", "100ms", IMAGE]).await;
    assert_eq!(timed.exit, Exit::Code(1));
    assert!(timed.stderr.contains("code = DeadlineExceeded"), "{}", timed.stderr);
    let crictl = room.sandbox.home.directory.join("bin/crictl");
    let ended = room.run(&crictl, &["pull", IMAGE], Duration::from_millis(500)).await;
    assert_eq!(ended.exit, Exit::TimedOut);
}

#[tokio::test]
async fn it_reports_its_version() {
    let room = SandboxHarness::open();
    expect![[r#"
        exit code 0
        Version:  0.1.0
        RuntimeName:  containerd
        RuntimeVersion:  2.1.9
        RuntimeApiVersion:  v1
    "#]]
    .assert_eq(&said(&room.crictl(&["version"]).await));
}
