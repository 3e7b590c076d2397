//! `boathook-sandbox` as an operator or a script uses it.

use std::path::Path;

use boathook_process::Exit;
use boathook_sandbox::harness::{Ran, SandboxHarness, V1};
use jiff::Timestamp;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_boathook-sandbox");

async fn sandbox(room: &SandboxHarness, words: &[&str]) -> Ran {
    let control = room.sandbox.home.control.to_string();
    let (command, rest) =
        words.split_first().map_or(("image", words), |(command, rest)| (*command, rest));
    let words = [&[command, "--control", &control], rest].concat();
    room.run(Path::new(PROGRAM), &words, std::time::Duration::from_secs(60)).await
}

#[tokio::test]
async fn publishing_moves_a_tag_to_a_new_digest() {
    let room = SandboxHarness::open();
    let first = sandbox(&room, &["image", "ghcr.io/your-org/hello:mine=good"]).await;
    assert_eq!(first.exit, Exit::Code(0), "{first:?}");
    assert!(
        first.stdout.starts_with("published ghcr.io/your-org/hello:mine (good) as sha256:"),
        "{}",
        first.stdout
    );
    let second = sandbox(&room, &["image", "ghcr.io/your-org/hello:mine=good"]).await;
    assert_ne!(first.stdout, second.stdout);
    let digest = second.stdout.trim_end().rsplit(' ').next().unwrap_or_default();
    let listed = sandbox(&room, &["image"]).await.stdout;
    assert!(listed.contains(&format!("ghcr.io/your-org/hello:mine\tgood\t{digest}\n")), "{listed}");
}

#[tokio::test]
async fn a_wrong_image_or_behaviour_is_refused_with_the_reason() {
    let room = SandboxHarness::open();
    for (image, reason) in [
        ("ghcr.io/your-org/hello:mine", "is not REPOSITORY:TAG=BEHAVIOUR"),
        ("ghcr.io/your-org/Hello:mine=good", "upper-case letters"),
        ("ghcr.io/your-org/hello:mine=errors-after:5s:101", "errors-after:DURATION[:PERCENT]"),
        ("ghcr.io/your-org/hello:mine=sleepy", "is not a behaviour; known: good, crash"),
    ] {
        let refused = sandbox(&room, &["image", image]).await;
        assert_eq!(refused.exit, Exit::Code(1));
        assert!(refused.stderr.contains(reason), "{}", refused.stderr);
    }
}

#[tokio::test]
async fn every_behaviour_that_can_be_chosen_is_in_the_help_and_works_as_it_is_written_there() {
    let room = SandboxHarness::open();
    let help = sandbox(&room, &["image", "--help"]).await.stdout;
    let (_, list) = help.split_once("Behaviours:\n").unwrap_or_else(|| panic!("{help}"));
    let usages: Vec<&str> = list
        .lines()
        .map_while(|line| line.strip_prefix("  ")?.split_once("  "))
        .map(|(usage, _)| usage)
        .collect();
    let refused = sandbox(&room, &["image", "ghcr.io/your-org/hello:mine=sleepy"]).await.stderr;
    let (_, known) =
        refused.trim_end().split_once("known: ").unwrap_or_else(|| panic!("{refused}"));
    assert_eq!(usages, known.split(", ").collect::<Vec<_>>());
    for usage in usages {
        let without_options = usage.split('[').next().unwrap_or_default();
        for written in
            [without_options.to_owned(), usage.replace(['[', ']'], "").replace("...", "")]
        {
            let image = format!("ghcr.io/your-org/hello:mine={}", filled_in(&written));
            let published = sandbox(&room, &["image", &image]).await;
            assert_eq!(published.exit, Exit::Code(0), "{image}: {}", published.stderr);
        }
    }
}

/// A behaviour with an example in place of each word in capital letters.
fn filled_in(usage: &str) -> String {
    let examples = [
        ("EXIT_CODE", "4"),
        ("DURATION", "5s"),
        ("TIMES", "2"),
        ("MIB", "64"),
        ("PORT", "9000"),
        ("/PATH", "/health"),
        ("PATH", "/server"),
        ("PERCENT", "30"),
        ("URL", "https://login.example"),
        ("NAME=VALUE", "X-Api-Key=abc"),
        ("NAME", "hello.example"),
        ("SERVICE", "hello.v1.Greeter"),
    ];
    examples.iter().fold(usage.to_owned(), |text, (word, example)| text.replace(word, example))
}

#[tokio::test]
async fn what_is_broken_fails_until_it_is_repaired() {
    let room = SandboxHarness::open();
    sandbox(&room, &["break", "kubectl get namespaces", "throttled", "--times", "1"]).await;
    sandbox(&room, &["break", "kubectl get configmaps", "exit:etcdserver: request timed out"])
        .await;
    let failed = room.kubectl(&["get", "configmaps"]).await;
    assert_eq!(failed.exit, Exit::Code(1));
    assert!(failed.stderr.contains("etcdserver: request timed out"), "{}", failed.stderr);
    sandbox(&room, &["repair", "kubectl"]).await;
    assert_eq!(room.kubectl(&["get", "configmaps"]).await.exit, Exit::Code(0));
    assert_eq!(room.kubectl(&["get", "namespaces"]).await.exit, Exit::Code(0));
}

#[tokio::test]
async fn changes_are_reported_with_the_time_at_which_they_came_about() {
    let room = SandboxHarness::open();
    let folder = room.manifests("web", V1, "hi");
    room.kubectl(&["apply", "-f", &folder]).await;
    room.kubectl(&["wait", "ksvc/web", "-n", "web", "--for", "condition=Ready"]).await;
    let result = sandbox(&room, &["changes", "ksvc"]).await.stdout;
    let changes: Vec<Value> =
        result.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let at = |change: &Value| change["at"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let is_ready =
        |change: &&Value| change["object"]["status"]["conditions"][1]["status"] == "True";
    let ready = changes.iter().find(is_ready).unwrap_or_else(|| panic!("never ready: {result}"));
    let took = at(ready).duration_since(at(&changes[0])).as_millis();
    assert!(
        (200..2000).contains(&took),
        "the sandbox's own times make it half a second, not {took} ms: {result}"
    );
    let unknown = sandbox(&room, &["changes", "unicorns"]).await;
    assert!(
        unknown.stderr.contains("the sandbox keeps no such objects; known: namespaces, pods,"),
        "{}",
        unknown.stderr
    );
}

#[tokio::test]
async fn a_caller_that_nobody_knows_is_turned_away() {
    let room = SandboxHarness::open();
    let kubeconfig = std::fs::read_to_string(room.sandbox.home.kubeconfig()).unwrap_or_default();
    let stranger = room.file("stranger", &kubeconfig.replace("/as/admin", "/as/nobody"));
    let refused = room.kubectl(&["--kubeconfig", &stranger, "get", "ksvc"]).await;
    assert_eq!(refused.exit, Exit::Code(1));
    assert!(
        refused.stderr.contains("error: You must be logged in to the server"),
        "{}",
        refused.stderr
    );
}

#[tokio::test]
async fn the_variables_lead_a_shell_to_everything() {
    let room = SandboxHarness::open();
    let script = ". \"$0/env\" && kubectl_config=$KUBECONFIG && test -f \"$kubectl_config\" && \
                  crictl pull -- \"$E2E_IMAGE_GOOD_1\"";
    let directory = room.sandbox.home.directory.to_string_lossy().into_owned();
    let ran = room
        .run(Path::new("/bin/sh"), &["-c", script, &directory], std::time::Duration::from_secs(60))
        .await;
    assert_eq!(ran.exit, Exit::Code(0), "{ran:?}");
}
