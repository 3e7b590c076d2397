//! How the sandbox refuses, through the real kubectl: in the words of a real cluster.

use std::time::Duration;

use boathook_process::Exit;
use boathook_sandbox::harness::{SandboxHarness, V1, kubectls};
use expect_test::expect;
use serde_json::{Value, json};

/// What was said without the warning that every write of a service brings.
fn without_warning(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with("Warning: Kubernetes default value is insecure"))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[tokio::test]
async fn a_manifest_for_a_missing_namespace_is_refused() {
    let room = SandboxHarness::open();
    let folder = room.manifests("web", V1, "hi");
    let refused = room.kubectl(&["apply", "-f", &format!("{folder}/10-service.yaml")]).await;
    assert_eq!(refused.exit, Exit::Code(1));
    assert!(refused.stderr.ends_with("namespaces \"web\" not found\n"), "{}", refused.stderr);
}

#[tokio::test]
async fn patches_are_refused_in_the_words_of_a_real_cluster() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    let image = |value: &str| {
        json!([{
            "op": "replace",
            "path": "/spec/template/spec/containers/0/image",
            "value": value,
        }])
    };
    let traffic = |targets: Value| json!({"spec": {"traffic": targets}});
    let cases = [
        ("json", json!([{"op": "test", "path": "/metadata/generation", "value": 7}])),
        (
            "json",
            json!([{
                "op": "replace",
                "path": "/spec/template/spec/containers/7/image",
                "value": "x",
            }]),
        ),
        ("json", image("Bad Image!")),
        (
            "merge",
            json!({
                "metadata": {"resourceVersion": "1"},
                "spec": {"template": {"spec": {"timeoutSeconds": 100}}},
            }),
        ),
        ("merge", traffic(json!([{"revisionName": "web-00001", "percent": 95}]))),
        ("merge", traffic(json!([{"latestRevision": false, "percent": 100}]))),
        ("merge", json!({"spec": {"template": {"metadata": {"name": "other-x"}}}})),
        ("strategic", json!({"spec": {"template": {"spec": {"timeoutSeconds": 100}}}})),
        ("merge", json!({"spec": {"template": {"spec": {"nosuchField": 1}}}})),
    ];
    let mut said = String::new();
    for (kind, body) in cases {
        let ran = room.patch(kind, &body).await;
        said += &format!(
            "{kind} {body}\n{} {}{}\n",
            ran.exit,
            ran.stdout,
            without_warning(&ran.stderr)
        );
    }
    expect![[r#"
        json [{"op":"test","path":"/metadata/generation","value":7}]
        exit code 1 The request is invalid: the server rejected our request due to an error in our request

        json [{"op":"replace","path":"/spec/template/spec/containers/7/image","value":"x"}]
        exit code 1 The request is invalid: the server rejected our request due to an error in our request

        json [{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"Bad Image!"}]
        exit code 1 Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: Failed to parse image reference: spec.template.spec.containers[0].image
        image: "Bad Image!", error: could not parse reference: Bad Image!

        merge {"metadata":{"resourceVersion":"1"},"spec":{"template":{"spec":{"timeoutSeconds":100}}}}
        exit code 1 Error from server (Conflict): Operation cannot be fulfilled on services.serving.knative.dev "web": the object has been modified; please apply your changes to the latest version and try again

        merge {"spec":{"traffic":[{"percent":95,"revisionName":"web-00001"}]}}
        exit code 1 Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: Traffic targets sum to 95, want 100: spec.traffic

        merge {"spec":{"traffic":[{"latestRevision":false,"percent":100}]}}
        exit code 1 Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: may not set revisionName "" when latestRevision is false: spec.traffic[0].latestRevision

        merge {"spec":{"template":{"metadata":{"name":"other-x"}}}}
        exit code 1 Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: invalid value: "other-x" must have prefix "web-": spec.template.metadata.name

        strategic {"spec":{"template":{"spec":{"timeoutSeconds":100}}}}
        exit code 1 error: application/strategic-merge-patch+json is not supported by serving.knative.dev/v1, Kind=Service: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml

        merge {"spec":{"template":{"spec":{"nosuchField":1}}}}
        exit code 0 service.serving.knative.dev/web patched (no change)
        Warning: unknown field "spec.template.spec.nosuchField"

    "#]].assert_eq(&said);
    assert_eq!(room.service().await["metadata"]["generation"], 1);
}

#[tokio::test]
async fn an_unknown_field_in_a_manifest_is_refused() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    let manifest = json!({
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": "other", "namespace": "web"},
        "spec": {"template": {"spec": {"contaners": [], "containers": [{"image": V1}]}}},
    });
    let path = room.file("unknown.json", &manifest.to_string());
    let refused = room.kubectl(&["apply", "-f", &path]).await;
    assert_eq!(refused.exit, Exit::Code(1));
    assert!(
        refused
            .stderr
            .contains("strict decoding error: unknown field \"spec.template.spec.contaners\""),
        "{}",
        refused.stderr
    );
}

#[tokio::test]
async fn waiting_for_what_never_comes_times_out() {
    let room = SandboxHarness::open_with(kubectls().swap_remove(0), |timings| {
        timings.start_pod = Duration::from_secs(3600)
    });
    let folder = room.manifests("web", V1, "hi");
    room.succeed(&["apply", "-f", &folder]).await;
    let waited = room
        .kubectl(&["wait", "--for=condition=Ready", "ksvc/web", "-n", "web", "--timeout=1s"])
        .await;
    assert_eq!(waited.exit, Exit::Code(1));
    assert_eq!(waited.stderr, "error: timed out waiting for the condition on services/web\n");
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    let mut said = String::new();
    for words in [
        &["get", "ksvc", "nosuch", "-n", "web"][..],
        &["get", "ksvc", "web", "-n", "nosuch"],
        &["get", "ksvc", "-n", "nosuch"],
    ] {
        let ran = room.kubectl(words).await;
        said += &format!("{}\n{}: {}{}", words.join(" "), ran.exit, ran.stdout, ran.stderr);
    }
    expect![[r#"
        get ksvc nosuch -n web
        exit code 1: Error from server (NotFound): services.serving.knative.dev "nosuch" not found
        get ksvc web -n nosuch
        exit code 1: Error from server (NotFound): namespaces "nosuch" not found
        get ksvc -n nosuch
        exit code 0: No resources found in nosuch namespace.
    "#]]
    .assert_eq(&said);
}

#[tokio::test]
async fn the_limited_caller_may_deploy_its_own_service_and_nothing_else() {
    let room = SandboxHarness::open();
    let name = "game-2048-dev";
    let folder = room.manifests(name, V1, "hi");
    room.succeed(&["apply", "-f", &folder]).await;
    let mut said = String::new();
    for words in [
        &["get", "ksvc", name, "-n", name, "-o", "name"][..],
        &["auth", "can-i", "patch", "ksvc/game-2048-dev", "-n", name],
        &["auth", "can-i", "patch", "ksvc/other", "-n", name],
        &["get", "pods", "-n", "default"],
        &["delete", "ksvc", name, "-n", name],
        &["get", "secrets", "-n", name],
    ] {
        let ran = room.limited_kubectl(words).await;
        said += &format!("{}\n{}: {}{}", words.join(" "), ran.exit, ran.stdout, ran.stderr);
    }
    expect![[r#"
        get ksvc game-2048-dev -n game-2048-dev -o name
        exit code 0: service.serving.knative.dev/game-2048-dev
        auth can-i patch ksvc/game-2048-dev -n game-2048-dev
        exit code 0: yes
        auth can-i patch ksvc/other -n game-2048-dev
        exit code 1: no
        get pods -n default
        exit code 1: Error from server (Forbidden): pods is forbidden: User "system:serviceaccount:webhook-system:boathook" cannot list resource "pods" in API group "" in the namespace "default"
        delete ksvc game-2048-dev -n game-2048-dev
        exit code 1: Error from server (Forbidden): services.serving.knative.dev "game-2048-dev" is forbidden: User "system:serviceaccount:webhook-system:boathook" cannot delete resource "services" in API group "serving.knative.dev" in the namespace "game-2048-dev"
        get secrets -n game-2048-dev
        exit code 1: Error from server (Forbidden): secrets is forbidden: User "system:serviceaccount:webhook-system:boathook" cannot list resource "secrets" in API group "" in the namespace "game-2048-dev"
    "#]].assert_eq(&said);
}
