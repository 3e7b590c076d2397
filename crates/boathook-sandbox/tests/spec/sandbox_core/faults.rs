//! Breaking the cluster by place.

use boathook_process::{Exit, RunError, Runner as _};
use boathook_sandbox::{Fault, Times};
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
    expect![[r#"
        error: something
        (exit code 1) after 0 s
        E1122 18:51:23.000000   24790 memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: Get \"https://10.98.0.1:6443/api?timeout=32s\": dial tcp 10.98.0.1:6443: connect: connection refused"
        E1122 18:51:23.000000   24790 memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: Get \"https://10.98.0.1:6443/api?timeout=32s\": dial tcp 10.98.0.1:6443: connect: connection refused"
        E1122 18:51:23.000000   24790 memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: Get \"https://10.98.0.1:6443/api?timeout=32s\": dial tcp 10.98.0.1:6443: connect: connection refused"
        E1122 18:51:23.000000   24790 memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: Get \"https://10.98.0.1:6443/api?timeout=32s\": dial tcp 10.98.0.1:6443: connect: connection refused"
        E1122 18:51:23.000000   24790 memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: Get \"https://10.98.0.1:6443/api?timeout=32s\": dial tcp 10.98.0.1:6443: connect: connection refused"
        The connection to the server 10.98.0.1:6443 was refused - did you specify the right host or port?
        (exit code 1) after 0 s
        error validating "m": error validating data: failed to download openapi: Get "https://10.98.0.1:6443/openapi/v2?timeout=32s": dial tcp 10.98.0.1:6443: connect: connection refused; if you choose to ignore these errors, turn validation off with --validate=false
        (exit code 1) after 0 s
        time="2026-11-22T18:51:23Z" level=error msg="validate service connection: validate CRI v1 image API for endpoint \"unix:///run/k3s/containerd/containerd.sock\": rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial unix /run/k3s/containerd/containerd.sock: connect: no such file or directory\""
        (exit code 1) after 0 s
        Error from server (TooManyRequests): the server has received too many requests and has asked us to try again later
        (exit code 1) after 0 s
        error: You must be logged in to the server (Unauthorized)
        (exit code 1) after 0 s
        Error from server (Conflict): Operation cannot be fulfilled on services.serving.knative.dev "hello": the object has been modified; please apply your changes to the latest version and try again
        (exit code 1) after 0 s
        Error from server (InternalError): Internal error occurred: failed calling webhook "webhook.serving.knative.dev": failed to call webhook: Post "https://webhook.knative-serving.svc:443/defaulting?timeout=10s": no endpoints available for service "webhook"
        (exit code 1) after 0 s
        Unable to connect to the server: net/http: TLS handshake timeout
        (exit code 1) after 15 s
        Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded while awaiting headers)
        (exit code 1) after 6 s
        (ended at its deadline) after 30 s
        E1122 18:51:23.000000    3592 remote_image.go:250] "PullImage from image service failed" err="rpc error: code = DeadlineExceeded desc = failed to pull and unpack image \"registry.test/hello:v1\": context deadline exceeded" image="registry.test/hello:v1"
        time="2026-11-22T18:51:23Z" level=error msg="pulling image: rpc error: code = DeadlineExceeded desc = failed to pull and unpack image \"registry.test/hello:v1\": context deadline exceeded"
        (exit code 1) after 3 s
        (ended by signal 9) after 0 s
    "#]].assert_eq(&said);
}

#[tokio::test(start_paused = true)]
async fn a_missing_program_cannot_be_run() {
    let stand = Stand::new();
    stand.cluster.fail("crictl", Times::UntilHealed, Fault::NotInstalled);
    let command = stand.command(&["crictl", "pull", "--", "a"]);
    assert!(matches!(
        stand.tools.run(command, None).await,
        Err(RunError::NotFound { program }) if program == "crictl",
    ));
    let other = stand.command(&["docker", "ps"]);
    assert!(matches!(
        stand.tools.run(other, None).await,
        Err(RunError::NotFound { program }) if program == "docker",
    ));
}

#[tokio::test(start_paused = true)]
async fn a_run_may_be_killed_after_it_did_its_work() {
    let stand = Stand::serving().await;
    stand.cluster.fail("kubectl patch ksvc hello", Times::Next(1), Fault::KilledAfter);
    let patch = json!([image("v2")]).to_string();
    let run = stand
        .run_list(&[
            "kubectl", "patch", "ksvc", "hello", "-n", "fa", "--type", "json", "-p", &patch,
        ])
        .await;
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
    expect![[r#"
        admin: create namespace fa
        admin: create service.serving.knative.dev fa/hello generation 1
        admin: patch service.serving.knative.dev fa/hello generation 2"#]]
    .assert_eq(&stand.cluster.writes().join("\n"));
}
