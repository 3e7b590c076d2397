//! The real kubectl against the sandbox: it sees what it would see on a real cluster.

use boathook_process::Exit;
use boathook_sandbox::harness::{SandboxHarness, V1, V2, kubectls};
use expect_test::expect;
use serde_json::{Value, json};

#[tokio::test]
async fn every_kubectl_at_hand_walks_the_main_path() {
    for kubectl in kubectls() {
        let room = SandboxHarness::open_with(kubectl, |_| {});
        let folder = room.manifests("web", V1, "hi");
        let said = room.succeed(&["apply", "-f", &folder]).await;
        assert_eq!(
            said, "namespace/web created\nservice.serving.knative.dev/web created\n",
            "{:?}",
            room.kubectl
        );
        room.wait_ready().await;
        let said = room.succeed(&["apply", "-f", &folder]).await;
        assert_eq!(
            said, "namespace/web unchanged\nservice.serving.knative.dev/web configured\n",
            "{:?}",
            room.kubectl
        );
        let change = json!([
            {"op": "test", "path": "/metadata/generation", "value": 1},
            {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": V2},
            {"op": "add", "path": "/spec/template/metadata/labels", "value": {
                "boathook.dev/deployment": "1-1",
            }},
        ]);
        let patched = room.patch("json", &change).await;
        assert_eq!(patched.stdout, "service.serving.knative.dev/web patched\n", "{patched:?}");
        room.wait_ready().await;
        let found =
            room.object(&["revisions", "-n", "web", "-l", "boathook.dev/deployment=1-1"]).await;
        assert_eq!(found["items"][0]["metadata"]["name"], "web-00002", "{:?}", room.kubectl);
        assert_eq!(room.succeed(&["auth", "can-i", "patch", "ksvc", "-n", "web"]).await, "yes\n");
        room.visit_until("web.web.sandbox.test", "v2").await;
        assert_eq!(room.service().await["metadata"]["generation"], 2);
    }
}

#[tokio::test]
async fn applying_the_same_folder_again_prints_configured_and_changes_nothing() {
    let room = SandboxHarness::open();
    let folder = room.ready_service().await;
    let said = room.kubectl(&["apply", "-f", &folder]).await;
    expect![[r#"
        namespace/web unchanged
        service.serving.knative.dev/web configured
        Warning: Kubernetes default value is insecure, Knative may default this to secure in a future release: spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation, spec.template.spec.containers[0].securityContext.capabilities, spec.template.spec.containers[0].securityContext.runAsNonRoot, spec.template.spec.containers[0].securityContext.seccompProfile
    "#]].assert_eq(&format!("{}{}", said.stdout, said.stderr));
    assert_eq!(room.service().await["metadata"]["generation"], 1);
    assert_eq!(room.revisions().await, ["web-00001"]);
}

#[tokio::test]
async fn a_moved_tag_is_deployed_only_with_a_change_in_the_template() {
    let room = SandboxHarness::open();
    let folder = room.ready_service().await;
    room.succeed(&["apply", "-f", &folder]).await;
    assert_eq!(room.revisions().await, ["web-00001"]);
    let label = json!([{
        "op": "add",
        "path": "/spec/template/metadata/labels",
        "value": {"boathook.dev/deployment": "again"},
    }]);
    room.patch("json", &label).await;
    room.wait_ready().await;
    assert_eq!(room.revisions().await, ["web-00001", "web-00002"]);
    let labels =
        room.object(&["revision", "web-00002", "-n", "web"]).await["metadata"]["labels"].take();
    assert_eq!(labels["boathook.dev/deployment"], "again");
}

#[tokio::test]
async fn a_changed_variable_in_the_manifest_makes_one_new_revision() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    let folder = room.manifests("web", V1, "moin");
    room.succeed(&["apply", "-f", &folder]).await;
    room.wait_ready().await;
    assert_eq!(room.revisions().await, ["web-00001", "web-00002"]);
    let revision = room.object(&["revision", "web-00002", "-n", "web"]).await;
    assert_eq!(
        revision["spec"]["containers"][0]["env"],
        json!([{"name": "GREETING", "value": "moin"}])
    );
    room.visit_until("web.web.sandbox.test", "rev=web-00002").await;
}

#[tokio::test]
async fn an_absent_image_is_reported_and_the_old_revision_goes_on_serving() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    let change = json!([{
        "op": "replace",
        "path": "/spec/template/spec/containers/0/image",
        "value": "ghcr.io/your-org/hello:absent",
    }]);
    assert_eq!(room.patch("json", &change).await.exit, Exit::Code(0));
    room.succeed(&[
        "wait",
        "--for=condition=Ready=False",
        "ksvc/web",
        "-n",
        "web",
        "--timeout=30s",
    ])
    .await;
    let conditions = room.succeed(&["get", "ksvc", "web", "-n", "web", "--no-headers"]).await;
    assert!(
        conditions.contains("web-00002")
            && conditions.contains("False")
            && conditions.contains("RevisionFailed"),
        "{conditions}"
    );
    assert_eq!(room.visit("web.web.sandbox.test").await.0, 200);
}

#[tokio::test]
async fn a_crash_at_start_shows_in_the_pods_and_their_log() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    let change = json!([{
        "op": "replace",
        "path": "/spec/template/spec/containers/0/image",
        "value": "ghcr.io/your-org/hello:crash",
    }]);
    room.patch("json", &change).await;
    let list = ["pods", "-n", "web", "-l", "serving.knative.dev/revision=web-00002"];
    let reason = |pods: &Value| {
        pods["items"][0]["status"]["containerStatuses"].to_string().contains("CrashLoopBackOff")
    };
    let pods = room.object_until(&list, reason).await;
    let name = pods["items"][0]["metadata"]["name"].as_str().unwrap_or_default();
    let log = room
        .succeed(&["logs", name, "-n", "web", "-c", "user-container", "--previous", "--tail=5"])
        .await;
    assert!(log.contains("FATAL: cannot read config"), "{log}");
}

#[tokio::test]
async fn a_dry_run_on_the_server_says_what_would_be_and_keeps_nothing() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    let change = json!({"spec": {"template": {"spec": {"timeoutSeconds": 100}}}}).to_string();
    let words = [
        "patch",
        "ksvc",
        "web",
        "-n",
        "web",
        "--type",
        "merge",
        "-p",
        &change,
        "--dry-run=server",
        "-o",
        "json",
    ];
    let shown: Value = serde_json::from_str(&room.succeed(&words).await).unwrap_or_default();
    assert_eq!(shown["spec"]["template"]["spec"]["timeoutSeconds"], 100);
    assert_eq!(room.service().await["spec"]["template"]["spec"]["timeoutSeconds"], 300);
}

#[tokio::test]
async fn a_watch_sees_every_change_and_ends_in_silence() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    let (mut lines, ended) = room.follow(&[
        "get",
        "ksvc",
        "web",
        "-n",
        "web",
        "-o",
        "json",
        "--watch",
        "--output-watch-events",
    ]);
    let first: Value =
        serde_json::from_str(&lines.recv().await.unwrap_or_default()).unwrap_or_default();
    assert_eq!(
        (&first["type"], &first["object"]["metadata"]["generation"]),
        (&json!("ADDED"), &json!(1))
    );
    room.patch(
        "json",
        &json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": V2}]),
    )
    .await;
    loop {
        let event: Value =
            serde_json::from_str(&lines.recv().await.unwrap_or_default()).unwrap_or_default();
        assert_eq!(event["type"], "MODIFIED", "the watch ended before the new revision was ready");
        if event["object"]["status"]["latestReadyRevisionName"] == "web-00002" {
            break;
        }
    }
    room.sandbox.cluster.break_watches();
    while lines.recv().await.is_some() {}
    let ended = ended.await.unwrap();
    assert_eq!((ended.exit, ended.stderr.as_str()), (Exit::Code(0), ""));
}

#[tokio::test]
async fn ninety_and_ten_percent_are_ninety_and_ten_of_a_hundred_visits() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    room.patch(
        "json",
        &json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": V2}]),
    )
    .await;
    room.wait_ready().await;
    let split = json!([
        {"latestRevision": false, "revisionName": "web-00001", "percent": 90},
        {"latestRevision": false, "revisionName": "web-00002", "percent": 10, "tag": "boathook"},
    ]);
    let patched = room
        .patch("json", &json!([{"op": "replace", "path": "/spec/traffic", "value": split}]))
        .await;
    assert_eq!(patched.exit, Exit::Code(0), "{patched:?}");
    room.wait_ready().await;
    room.visit_until("boathook-web.web.sandbox.test", "v2").await;
    let mut candidate = 0;
    for _ in 0..100 {
        let (status, body) = room.visit("web.web.sandbox.test").await;
        assert_eq!(status, 200, "{body}");
        candidate += usize::from(body.starts_with("v2"));
    }
    assert_eq!(candidate, 10);
}

#[tokio::test]
async fn get_events_shows_what_no_status_says() {
    for kubectl in kubectls() {
        let room = SandboxHarness::open_with(kubectl, |_| {});
        let folder = room.manifests("web", V1, "hi");
        room.succeed(&["apply", "-f", &folder]).await;
        room.wait_ready().await;
        let missing = json!([{
            "op": "add",
            "path": "/spec/template/spec/containers/0/envFrom",
            "value": [{"secretRef": {"name": "token"}}],
        }]);
        room.patch("json", &missing).await;
        let list = [
            "get",
            "events",
            "-n",
            "web",
            "--field-selector",
            "type=Warning,involvedObject.kind=Pod,reason=Failed",
        ];
        let table = loop {
            let table = room.succeed(&list).await;
            if table.contains("Failed") {
                break table;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        };
        assert!(table.starts_with("LAST SEEN   TYPE "), "{table}");
        assert!(table.contains("Error: secret \"token\" not found"), "{table}");
        let found =
            room.object(&["events", "-n", "web", "--field-selector", "reason=Failed"]).await;
        assert_eq!(found["items"][0]["involvedObject"]["kind"], "Pod");
    }
}

#[tokio::test]
async fn every_kubectl_at_hand_knows_the_kinds_beside_a_service() {
    for kubectl in kubectls() {
        let room = SandboxHarness::open_with(kubectl, |_| {});
        room.ready_service().await;
        let objects = json!({"apiVersion": "v1", "kind": "List", "items": [
            {
                "apiVersion": "networking.internal.knative.dev/v1alpha1", "kind": "ClusterDomainClaim",
                "metadata": {"name": "shop.example.org"}, "spec": {"namespace": "web"},
            },
            {
                "apiVersion": "serving.knative.dev/v1beta1", "kind": "DomainMapping",
                "metadata": {"name": "shop.example.org", "namespace": "web"},
                "spec": {
                    "ref": {
                        "apiVersion": "serving.knative.dev/v1",
                        "kind": "Service",
                        "name": "web",
                    },
                },
            },
        ]});
        let file = room.file("domain.json", &objects.to_string());
        let said = room.succeed(&["apply", "-f", &file]).await;
        expect![[r#"
            clusterdomainclaim.networking.internal.knative.dev/shop.example.org created
            domainmapping.serving.knative.dev/shop.example.org created
        "#]]
        .assert_eq(&said);
        room.succeed(&[
            "wait",
            "--for=condition=Ready",
            "domainmapping/shop.example.org",
            "-n",
            "web",
            "--timeout=30s",
        ])
        .await;
        let words =
            |said: String| said.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        let said = words(room.succeed(&["get", "domainmapping", "-n", "web"]).await);
        assert_eq!(
            said, "NAME URL READY REASON shop.example.org http://shop.example.org True",
            "{:?}",
            room.kubectl
        );
        let said = words(room.succeed(&["get", "podautoscalers", "-n", "web"]).await);
        assert_eq!(
            said, "NAME DESIREDSCALE ACTUALSCALE READY REASON web-00001 1 1 True",
            "{:?}",
            room.kubectl
        );
        let said = room.succeed(&["get", "kpa,cdc", "-n", "web", "-o", "name"]).await;
        expect![[r#"
            podautoscaler.autoscaling.internal.knative.dev/web-00001
            clusterdomainclaim.networking.internal.knative.dev/shop.example.org
        "#]]
        .assert_eq(&said);
        let said = room.succeed(&["api-resources", "--no-headers"]).await;
        for line in [
            "clusterdomainclaims cdc networking.internal.knative.dev/v1alpha1 false \
             ClusterDomainClaim",
            "domainmappings dm serving.knative.dev/v1beta1 true DomainMapping",
            "podautoscalers kpa,pa autoscaling.internal.knative.dev/v1alpha1 true PodAutoscaler",
        ] {
            assert!(
                said.lines().any(|shown| words(shown.to_owned()) == line),
                "{:?}: {line}: {said}",
                room.kubectl
            );
        }
        assert_eq!(room.visit("shop.example.org").await.0, 200);
    }
}

#[tokio::test]
async fn the_logs_of_a_selector_name_their_pod_and_are_followed_until_the_container_ends() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    let of = ["logs", "-n", "web", "--prefix", "--tail=5"];
    let first = [&of[..], &["-l", "serving.knative.dev/revision=web-00001"]].concat();
    let log = room.succeed(&first).await;
    let pods = room.object(&["pods", "-n", "web"]).await;
    let pod = pods["items"][0]["metadata"]["name"].as_str().unwrap();
    assert_eq!(log, format!("[pod/{pod}/user-container] listening\n"));

    let followed = ["--follow", "--max-log-requests=50"];
    let (mut lines, ended) = room.follow(&[&first[..], &followed].concat());
    assert_eq!(lines.recv().await.as_deref(), Some(log.trim_end()));
    room.succeed(&["delete", "ksvc", "web", "-n", "web"]).await;
    assert_eq!(lines.recv().await, None, "the container has ended");
    assert_eq!(ended.await.unwrap().exit, Exit::Code(0));

    let nothing = ["-l", "serving.knative.dev/revision=web-00009"];
    let nothing = room.kubectl(&[&of[..], &nothing].concat()).await;
    assert_eq!(
        (nothing.exit, nothing.stdout.as_str(), nothing.stderr.as_str()),
        (Exit::Code(0), "", "No resources found in web namespace.\n")
    );
}

#[tokio::test]
async fn a_raw_deletion_spares_an_object_with_another_uid() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    let files = tempfile::TempDir::new().unwrap();
    let options = |uid: &str| {
        let path = files.path().join("options.json");
        let preconditions = json!({"uid": uid});
        let options =
            json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions});
        std::fs::write(&path, options.to_string()).unwrap();
        path.display().to_string()
    };
    // kubectl takes it from the root of the host, and leaves out the path of the kubeconfig's server.
    let path = "/as/admin/apis/serving.knative.dev/v1/namespaces/web/services/web";
    let uid = room.service().await["metadata"]["uid"].as_str().unwrap().to_owned();
    let refused = room.kubectl(&["delete", "--raw", path, "-f", &options("another")]).await;
    expect![[r#"
        Error from server (Conflict): Operation cannot be fulfilled on services.serving.knative.dev "web": the UID in the precondition (another) does not match the UID in record (UID). The object might have been deleted and then recreated
    "#]]
    .assert_eq(&refused.stderr.replace(&uid, "UID"));
    assert_eq!(room.service().await["metadata"]["uid"], uid.as_str());
    room.succeed(&["delete", "--raw", path, "-f", &options(&uid)]).await;
    let gone = room.kubectl(&["get", "ksvc", "web", "-n", "web"]).await;
    assert!(gone.stderr.contains("NotFound"), "{gone:?}");
}
