//! Breaking the cluster by place.

use boathook::{
    process::{Exit, RunError, Runner as _},
    sandbox::{Fault, Times},
};
use expect_test::expect;
use serde_json::json;

use super::stand::{Stand, image, transcript};

const GET: &str = "kubectl get ksvc hello -n fa -o json";

async fn with(fault: Fault, command: &str) -> String {
    let stand = Stand::serving().await;
    let place = command.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    stand.cluster.fail(&place, Times::Next(1), fault);
    let begun = tokio::time::Instant::now();
    let said = transcript(&stand.run(command).await);
    let took = begun.elapsed().as_secs();
    assert!(stand.run(GET).await.is_success());
    format!("{said} after {took} s\n")
}

#[tokio::test(start_paused = true)]
async fn each_fault_has_the_words_of_the_real_one() {
    let mut said = String::new();
    for (fault, command) in [
        (Fault::Exit("error: something".to_owned()), GET),
        (Fault::Unreachable, GET),
        (Fault::Unreachable, "kubectl apply -f m"),
        (Fault::Unreachable, "crictl pull -- registry.test/hello:v1"),
        (Fault::Throttled, GET),
        (Fault::Unauthorized, GET),
        (Fault::Conflict, "kubectl patch ksvc hello -n fa --type json -p []"),
        (Fault::WebhookAway, "kubectl patch ksvc hello -n fa --type json -p []"),
        (Fault::Unresponsive, GET),
        (Fault::Unresponsive, "kubectl get --request-timeout=3s ksvc hello -n fa -o json"),
        (Fault::Hang, GET),
        (Fault::Hang, "crictl pull --pull-timeout 3s -- registry.test/hello:v1"),
        (Fault::Killed, GET),
    ] {
        said += &with(fault, command).await;
    }
    expect![[""]].assert_eq(&said);
}

#[tokio::test(start_paused = true)]
async fn a_missing_program_cannot_be_run() {
    let stand = Stand::new();
    stand.cluster.fail("crictl", Times::UntilHealed, Fault::NotInstalled);
    let command = stand.command(&["crictl", "pull", "--", "a"]);
    assert!(matches!(stand.tools.run(command, None).await, Err(RunError::NotFound { program }) if program == "crictl"));
    let other = stand.command(&["docker", "ps"]);
    assert!(matches!(stand.tools.run(other, None).await, Err(RunError::NotFound { program }) if program == "docker"));
}

#[tokio::test(start_paused = true)]
async fn a_run_may_be_killed_after_it_did_its_work() {
    let stand = Stand::serving().await;
    stand.cluster.fail("kubectl patch ksvc hello", Times::Next(1), Fault::KilledAfter);
    let patch = json!([image("v2")]).to_string();
    let run = stand.run_list(&["kubectl", "patch", "ksvc", "hello", "-n", "fa", "--type", "json", "-p", &patch]).await;
    assert_eq!((run.exit, run.stdout.text().as_ref()), (Exit::Signal(9), ""));
    assert_eq!(stand.ksvc()["metadata"]["generation"], 2);
}

#[tokio::test(start_paused = true)]
async fn a_fault_may_come_later_or_last_until_it_is_healed() {
    let stand = Stand::serving().await;
    stand.cluster.fail("kubectl get", Times::After(2), Fault::Throttled);
    let mut ends = Vec::new();
    for _ in 0..4 {
        ends.push(stand.run(GET).await.is_success());
    }
    assert_eq!(ends, [true, true, false, true]);
    stand.cluster.fail("kubectl get ksvc", Times::UntilHealed, Fault::Throttled);
    assert!(!stand.run(GET).await.is_success());
    assert!(!stand.run(GET).await.is_success());
    assert!(stand.run("kubectl get revisions -n fa -o json").await.is_success());
    stand.cluster.heal("kubectl");
    assert!(stand.run(GET).await.is_success());
}

#[tokio::test(start_paused = true)]
async fn probes_can_be_cut_off() {
    let stand = Stand::serving().await;
    stand.cluster.fail("probe hello.fa.example.test", Times::Next(1), Fault::Unreachable);
    assert_eq!(stand.ask("hello.fa.example.test").await, "connection refused");
    stand.cluster.fail("probe", Times::Next(1), Fault::Hang);
    assert_eq!(stand.ask("hello.fa.example.test").await, "no answer within 2000 ms");
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
}

#[tokio::test(start_paused = true)]
async fn what_was_run_and_written_can_be_read_back() {
    let stand = Stand::serving().await;
    stand.steer(json!([image("v2")])).await;
    let commands = stand.cluster.commands();
    assert_eq!(commands[0], "kubectl apply -f m");
    assert!(commands[1].starts_with("kubectl patch ksvc hello -n fa --type json -p [{"));
    expect![[""]].assert_eq(&stand.cluster.writes().join("\n"));
}
