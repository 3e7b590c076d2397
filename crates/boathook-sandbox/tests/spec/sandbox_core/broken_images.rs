//! What each kind of broken image looks like, while the good revision before it serves everybody.

use std::time::Duration;

use boathook_sandbox::{Behaviour, Fault, Kind, Outcome, Times, Visit};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::stand::{REPOSITORY, Stand, condition, condition_text, image, pass};

/// A service on `v1` whose template was just changed to an image of this behaviour.
async fn broken(behaviour: Behaviour) -> Stand {
    let stand = Stand::serving().await;
    stand.cluster.publish(REPOSITORY, "bad", behaviour);
    stand.steer(json!([image("bad")])).await;
    pass(200).await;
    stand
}

/// The candidate's container with the port.
fn container(stand: &Stand) -> Value {
    let pods = stand.all(Kind::Pod);
    let own = pods
        .iter()
        .find(|pod| pod["metadata"]["labels"]["serving.knative.dev/revision"] == "hello-00002");
    let statuses = own.map(|pod| pod["status"]["containerStatuses"].clone()).unwrap_or_default();
    statuses
        .as_array()
        .into_iter()
        .flatten()
        .find(|status| status["name"] == "user-container")
        .cloned()
        .unwrap_or_default()
}

/// Revision and service, as they say it.
fn said(stand: &Stand) -> String {
    let revision = stand.object(Kind::Revision, "hello-00002");
    let kinds = ["ContainerHealthy", "Ready", "ResourcesAvailable"];
    let lines = kinds.map(|kind| format!("{kind} {}", condition_text(&revision, kind).trim_end()));
    format!("{}\nservice {}\n", lines.join("\n"), condition_text(&stand.ksvc(), "Ready").trim_end())
}

async fn expect_at_the_deadline(behaviour: Behaviour, before: Expect, after: Expect) {
    let stand = broken(behaviour).await;
    pass(590_000).await;
    before.assert_eq(&said(&stand));
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
    pass(20_000).await;
    after.assert_eq(&said(&stand));
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_does_not_exist_fails_at_once() {
    let stand = Stand::serving().await;
    stand.steer(json!([image("nosuch")])).await;
    pass(200).await;
    expect![[r#"
        ContainerHealthy False ContainerMissing: Unable to fetch image "registry.test/hello:nosuch": failed to resolve image to digest: HEAD https://registry.test/v2/hello/manifests/nosuch: unexpected status code 404 Not Found (HEAD responses have no body, use GET for details)
        Ready False ContainerMissing: Unable to fetch image "registry.test/hello:nosuch": failed to resolve image to digest: HEAD https://registry.test/v2/hello/manifests/nosuch: unexpected status code 404 Not Found (HEAD responses have no body, use GET for details)
        ResourcesAvailable Unknown ResolvingDigests:
        service False RevisionFailed: Revision "hello-00002" failed with message: Unable to fetch image "registry.test/hello:nosuch": failed to resolve image to digest: HEAD https://registry.test/v2/hello/manifests/nosuch: unexpected status code 404 Not Found (HEAD responses have no body, use GET for details).
    "#]].assert_eq(&said(&stand));
    stand.steer(json!([image("v2")])).await;
    stand.until_ready().await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v2 rev=hello-00003");
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_start_shows_in_the_pod_long_before_the_revision_says_so() {
    let crash = Behaviour::crash("v3", 3, "FATAL: cannot read config");
    expect_at_the_deadline(
        crash.clone(),
        expect![[r#"
        ContainerHealthy Unknown Deploying:
        Ready Unknown Deploying:
        ResourcesAvailable Unknown Deploying:
        service Unknown :
    "#]],
        expect![[r#"
        ContainerHealthy False ExitCode3: Container failed with: FATAL: cannot read config
        Ready False ExitCode3: Container failed with: FATAL: cannot read config
        ResourcesAvailable False ProgressDeadlineExceeded: ReplicaSet "hello-00002-deployment-dadbf47145" has timed out progressing.
        service False RevisionFailed: Revision "hello-00002" failed with message: Container failed with: FATAL: cannot read config
        .
    "#]],
    )
    .await;

    let stand = broken(crash).await;
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..1200 {
        let status = container(&stand);
        let state = status["state"].as_object().and_then(|state| {
            state.iter().next().map(|(kind, about)| format!("{kind} {}", about["reason"]))
        });
        let line = format!(
            "restarts {} | {} | last {}",
            status["restartCount"],
            state.unwrap_or_default(),
            status["lastState"]["terminated"]["exitCode"]
        );
        if seen.last() != Some(&line) {
            seen.push(line);
        }
        pass(50).await;
    }
    expect![[r#"
        restarts 0 | waiting "ContainerCreating" | last null
        restarts 0 | terminated "Error" | last null
        restarts 1 | terminated "Error" | last 3
        restarts 1 | waiting "CrashLoopBackOff" | last 3
        restarts 2 | terminated "Error" | last 3
        restarts 2 | waiting "CrashLoopBackOff" | last 3
        restarts 3 | terminated "Error" | last 3
        restarts 3 | waiting "CrashLoopBackOff" | last 3"#]]
    .assert_eq(&seen.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_crash_is_said_at_the_revisions_own_progress_deadline() {
    let stand = Stand::serving().await;
    stand.cluster.publish(REPOSITORY, "bad", Behaviour::crash("bad", 3, "FATAL"));
    let annotations = json!({"serving.knative.dev/progress-deadline": "30s"});
    stand
        .steer(json!([
            image("bad"),
            {"op": "add", "path": "/spec/template/metadata/annotations", "value": annotations},
        ]))
        .await;
    pass(29_000).await;
    assert_eq!(condition(&stand.object(Kind::Revision, "hello-00002"), "Ready"), "Unknown");
    pass(2_000).await;
    assert!(
        condition_text(&stand.object(Kind::Revision, "hello-00002"), "Ready")
            .starts_with("False ExitCode3: ")
    );
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_never_ready_times_out() {
    expect_at_the_deadline(Behaviour::never_ready("v8"), expect![[r#"
        ContainerHealthy Unknown Deploying:
        Ready Unknown Deploying:
        ResourcesAvailable Unknown Deploying:
        service Unknown :
    "#]], expect![[r#"
        ContainerHealthy Unknown Deploying:
        Ready False ProgressDeadlineExceeded: ReplicaSet "hello-00002-deployment-dadbf47145" has timed out progressing.
        ResourcesAvailable False ProgressDeadlineExceeded: ReplicaSet "hello-00002-deployment-dadbf47145" has timed out progressing.
        service False RevisionFailed: Revision "hello-00002" failed with message: ReplicaSet "hello-00002-deployment-dadbf47145" has timed out progressing..
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn an_image_that_listens_elsewhere_times_out() {
    let stand = broken(Behaviour::on_port("v9", 9090)).await;
    pass(610_000).await;
    assert!(
        condition_text(&stand.object(Kind::Revision, "hello-00002"), "Ready")
            .starts_with("False ProgressDeadlineExceeded: ")
    );
    let stand = broken(Behaviour::on_port("v9", 8080)).await;
    stand.until_ready().await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v9 rev=hello-00002");
}

#[tokio::test(start_paused = true)]
async fn a_missing_layer_shows_in_the_pod_and_fails_at_the_deadline() {
    let stand = broken(Behaviour::layer_missing("v11")).await;
    pass(1_000).await;
    assert_eq!(container(&stand)["state"]["waiting"]["reason"], "ErrImagePull");
    pass(20_000).await;
    assert_eq!(container(&stand)["state"]["waiting"]["reason"], "ImagePullBackOff");
    expect_at_the_deadline(Behaviour::layer_missing("v11"), expect![[r#"
        ContainerHealthy Unknown Deploying:
        Ready Unknown Deploying:
        ResourcesAvailable Unknown Deploying:
        service Unknown :
    "#]], expect![[r#"
        ContainerHealthy Unknown Deploying:
        Ready False ImagePullBackOff: Back-off pulling image "registry.test/hello@sha256:b6bd21f04bc6d74566aa5874b06cede84dc32f400f0e6d2efff48c547832bd25": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "registry.test/hello@sha256:b6bd21f04bc6d74566aa5874b06cede84dc32f400f0e6d2efff48c547832bd25": failed to copy: httpReadSeeker: failed open: could not fetch content descriptor sha256:d8aff2b6244187776aa76b994308c84e6fb0ddd2a8cfb5a9b5f8daafbc6e6b1f (application/vnd.oci.image.layer.v1.tar+gzip) from remote: not found
        ResourcesAvailable False ImagePullBackOff: Back-off pulling image "registry.test/hello@sha256:b6bd21f04bc6d74566aa5874b06cede84dc32f400f0e6d2efff48c547832bd25": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "registry.test/hello@sha256:b6bd21f04bc6d74566aa5874b06cede84dc32f400f0e6d2efff48c547832bd25": failed to copy: httpReadSeeker: failed open: could not fetch content descriptor sha256:d8aff2b6244187776aa76b994308c84e6fb0ddd2a8cfb5a9b5f8daafbc6e6b1f (application/vnd.oci.image.layer.v1.tar+gzip) from remote: not found
        service False RevisionFailed: Revision "hello-00002" failed with message: Back-off pulling image "registry.test/hello@sha256:b6bd21f04bc6d74566aa5874b06cede84dc32f400f0e6d2efff48c547832bd25": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "registry.test/hello@sha256:b6bd21f04bc6d74566aa5874b06cede84dc32f400f0e6d2efff48c547832bd25": failed to copy: httpReadSeeker: failed open: could not fetch content descriptor sha256:d8aff2b6244187776aa76b994308c84e6fb0ddd2a8cfb5a9b5f8daafbc6e6b1f (application/vnd.oci.image.layer.v1.tar+gzip) from remote: not found.
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_without_room_recovers() {
    let stand = broken(Behaviour::no_room("v2")).await;
    expect![[r#"
        ContainerHealthy Unknown Deploying:
        Ready False Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.
        ResourcesAvailable False Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.
        service False RevisionFailed: Revision "hello-00002" failed with message: 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod..
    "#]].assert_eq(&said(&stand));
    pass(14_000).await;
    assert_eq!(condition(&stand.ksvc(), "Ready"), "False");
    stand.until_ready().await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v2 rev=hello-00002");
}

#[tokio::test(start_paused = true)]
async fn a_registry_that_is_away_recovers() {
    let stand = Stand::serving().await;
    stand.cluster.fail("registry", Times::UntilHealed, Fault::Unreachable);
    stand.steer(json!([image("v2")])).await;
    pass(200).await;
    expect![[r#"
        ContainerHealthy False ContainerMissing: Unable to fetch image "registry.test/hello:v2": failed to resolve image to digest: Get "https://registry.test/v2/": dial tcp registry.test:443: connect: connection refused
        Ready False ContainerMissing: Unable to fetch image "registry.test/hello:v2": failed to resolve image to digest: Get "https://registry.test/v2/": dial tcp registry.test:443: connect: connection refused
        ResourcesAvailable Unknown ResolvingDigests:
        service False RevisionFailed: Revision "hello-00002" failed with message: Unable to fetch image "registry.test/hello:v2": failed to resolve image to digest: Get "https://registry.test/v2/": dial tcp registry.test:443: connect: connection refused.
    "#]].assert_eq(&said(&stand));
    stand.cluster.heal("registry");
    stand.until_ready().await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v2 rev=hello-00002");
}

#[tokio::test(start_paused = true)]
async fn a_digest_that_the_node_has_needs_no_registry_and_one_that_nobody_has_never_starts() {
    let stand = Stand::serving().await;
    let digest = stand.cluster.publish(REPOSITORY, "v3", Behaviour::good("v3"));
    stand.cluster.pull(&format!("{REPOSITORY}:v3")).unwrap();
    stand.cluster.fail("registry", Times::UntilHealed, Fault::Unreachable);
    let by_digest = |digest: &str| {
        json!([{
            "op": "replace",
            "path": "/spec/template/spec/containers/0/image",
            "value": format!("{REPOSITORY}@{digest}"),
        }])
    };
    stand.steer(by_digest(&digest)).await;
    stand.until_ready().await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v3 rev=hello-00002");

    stand.cluster.heal("registry");
    stand.steer(by_digest(&format!("sha256:{}", "0".repeat(64)))).await;
    pass(5_000).await;
    let pods = stand.all(Kind::Pod);
    let new = pods
        .iter()
        .find(|pod| pod["metadata"]["labels"]["serving.knative.dev/revision"] == "hello-00003")
        .unwrap();
    assert_eq!(
        new["status"]["containerStatuses"][1]["state"]["waiting"]["reason"],
        "ImagePullBackOff"
    );
}

#[tokio::test(start_paused = true)]
async fn slow_failing_and_silent_images_are_ready_all_the_same() {
    for (behaviour, good, bad, nothing) in [
        (Behaviour::slow("v4", Duration::from_millis(1500)), 10, 0, 0),
        (Behaviour::failing("v5", 30), 7, 3, 0),
        (Behaviour::silent("v6"), 0, 0, 10),
    ] {
        let stand = broken(behaviour).await;
        stand.until_ready().await;
        let mut answers = Vec::new();
        for _ in 0..10 {
            answers.push(stand.ask("hello.fa.example.test").await);
        }
        let count = |start: &str| answers.iter().filter(|answer| answer.starts_with(start)).count();
        assert_eq!(
            (count("200 "), count("500 "), count("no answer")),
            (good, bad, nothing),
            "{answers:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_container_that_ends_later_restarts_while_its_revision_is_ready() {
    let stand = broken(Behaviour::crash_after("v7", Duration::from_secs(20), 137)).await;
    stand.until_ready().await;
    assert_eq!(container(&stand)["restartCount"], 0);
    pass(19_750).await;
    assert_eq!(container(&stand)["state"]["terminated"]["exitCode"], 137);
    assert!(stand.ask("hello.fa.example.test").await.starts_with("502 "));
    pass(1_500).await;
    assert_eq!(container(&stand)["restartCount"], 1);
    assert_eq!(container(&stand)["lastState"]["terminated"]["exitCode"], 137);
    assert_eq!(condition(&stand.ksvc(), "Ready"), "True");
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v7 rev=hello-00002");
}

#[tokio::test(start_paused = true)]
async fn an_image_that_turns_bad_answers_well_for_its_time() {
    let stand = broken(Behaviour::failing_after("v8", Duration::from_secs(20), 100)).await;
    stand.until_ready().await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v8 rev=hello-00002");
    pass(20_000).await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "500 v8 rev=hello-00002");
    assert_eq!(condition(&stand.ksvc(), "Ready"), "True");
}

#[tokio::test(start_paused = true)]
async fn an_image_can_fail_users_and_never_the_path_of_a_probe_and_answers_are_counted() {
    let stand = broken(Behaviour::failing_but("v8", "/healthz", 20)).await;
    stand.until_ready().await;
    let mut failed = [0, 0];
    for _ in 0..100 {
        for (path, failed) in ["/", "/healthz"].into_iter().zip(&mut failed) {
            let visit = Visit { path: path.to_owned(), ..Visit::get("hello.fa.example.test") };
            let reply = stand.cluster.visit(&visit);
            *failed += u32::from(matches!(reply.outcome, Outcome::Answer { status: 500, .. }));
        }
    }
    assert_eq!(failed, [20, 0]);
    let answers = stand.cluster.answers();
    let of_bad = answers.iter().filter(|(_, revision, ..)| revision == "hello-00002");
    let counts: Vec<(u16, u64)> = of_bad.map(|(_, _, status, count)| (*status, *count)).collect();
    assert_eq!(counts, [(200, 180), (500, 20)]);
}

#[tokio::test(start_paused = true)]
async fn a_limit_below_what_the_program_takes_kills_it_and_a_higher_one_does_not() {
    let stand = broken(Behaviour::needs_memory("v9", 200 << 20)).await;
    pass(3_000).await;
    assert_eq!(container(&stand)["state"]["waiting"]["reason"], "CrashLoopBackOff");
    assert_eq!(container(&stand)["lastState"]["terminated"]["reason"], "OOMKilled");
    let limit = json!({
        "op": "replace",
        "path": "/spec/template/spec/containers/0/resources/limits/memory",
        "value": "256Mi",
    });
    stand.steer(json!([limit])).await;
    stand.until_ready().await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v9 rev=hello-00003");
}

#[tokio::test(start_paused = true)]
async fn a_command_that_the_image_lacks_is_not_found_and_one_that_it_has_runs() {
    let stand = broken(Behaviour::with_programs("v10", &["/server"])).await;
    stand.until_ready().await;
    let command = |program: &str| {
        json!([{
            "op": "add",
            "path": "/spec/template/spec/containers/0/command",
            "value": [program],
        }])
    };
    stand.steer(command("/sever")).await;
    pass(900).await;
    let pods = stand.all(Kind::Pod);
    let own = pods
        .iter()
        .find(|pod| pod["metadata"]["labels"]["serving.knative.dev/revision"] == "hello-00003")
        .unwrap();
    let state = &own["status"]["containerStatuses"][1]["state"]["waiting"];
    assert_eq!(state["reason"], "RunContainerError");
    let why = state["message"].as_str().unwrap();
    assert!(why.ends_with("exec: \"/sever\": stat /sever: no such file or directory"), "{why}");
    stand.steer(command("/server")).await;
    stand.until_ready().await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v10 rev=hello-00004");
}
