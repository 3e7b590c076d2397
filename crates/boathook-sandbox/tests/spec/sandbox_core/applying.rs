//! `kubectl apply`, with its traps.

use boathook_sandbox::{Caller, Kind};
use expect_test::{Expect, expect};
use serde_json::json;

use super::stand::{Stand, deployer, pass, service, transcript};

async fn expect_apply(stand: &Stand, folder: &str, expected: Expect) {
    expected.assert_eq(&transcript(
        &stand.kubectl(&format!("apply -f {folder} --field-manager boathook")).await,
    ));
}

#[tokio::test(start_paused = true)]
async fn applying_the_same_again_says_configured_and_changes_nothing() {
    let stand = Stand::serving().await;
    expect_apply(
        &stand,
        "m",
        expect![[r#"
        namespace/fa unchanged
        service.serving.knative.dev/hello configured"#]],
    )
    .await;
    pass(5000).await;
    assert_eq!(stand.ksvc()["metadata"]["generation"], 1);
    assert_eq!(stand.names(Kind::Revision), ["hello-00001"]);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_sorts_behind_its_service_fails_once() {
    let stand = Stand::new();
    stand.write("m/10-hello.yaml", &service("v1"));
    stand.write(
        "m/20-ns.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
    );
    expect_apply(
        &stand,
        "m",
        expect![[r#"
        namespace/fa created
        Error from server (NotFound): error when creating "m/10-hello.yaml": namespaces "fa" not found
        (exit code 1)"#]],
    )
    .await;
    expect_apply(
        &stand,
        "m",
        expect![[r#"
        service.serving.knative.dev/hello created
        namespace/fa unchanged"#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_bad_file_does_not_keep_the_others_back() {
    let stand = Stand::serving().await;
    let mut bad = service("v1");
    bad["metadata"]["name"] = json!("bad");
    bad["spec"]["template"]["spec"]["containers"][0]["image"] = json!("Bad Image!");
    stand.write("m/05-bad.yaml", &bad);
    let mut misspelt = service("v1");
    misspelt["metadata"]["name"] = json!("misspelt");
    misspelt["spec"]["template"]["spec"]["contaners"] = json!([]);
    stand.write("m/06-misspelt.yaml", &misspelt);
    stand.write(
        "m/07-unknown.yaml",
        &json!({
            "apiVersion": "serving.knative.dev/v9",
            "kind": "Service",
            "metadata": {"name": "u"},
        }),
    );
    stand.write("m/kustomization.yaml", &json!({"resources": ["10-hello.yaml"]}));
    stand.write_text("m/08-text.yaml", "a: b\nc: [\n");
    stand.write_text("m/sub/99-below.yaml", "not read");
    stand.write_text("m/notes.txt", "not read either");
    expect_apply(&stand, "m", expect![[r#"
        namespace/fa unchanged
        service.serving.knative.dev/hello configured
        Error from server (BadRequest): error when creating "m/05-bad.yaml": admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: Failed to parse image reference: spec.template.spec.containers[0].image
        image: "Bad Image!", error: could not parse reference: Bad Image!
        Error from server (BadRequest): error when creating "m/06-misspelt.yaml": Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.template.spec.contaners"
        error: resource mapping not found for name: "u" namespace: "" from "m/07-unknown.yaml": no matches for kind "Service" in version "serving.knative.dev/v9"
        ensure CRDs are installed first
        error: error parsing m/08-text.yaml: error converting YAML to JSON: yaml: did not find expected node content at line 3 column 1, while parsing a flow node
        error: unable to decode "m/kustomization.yaml": Object 'Kind' is missing in '{"resources":["10-hello.yaml"]}'
        (exit code 1)"#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_is_missing_or_empty_is_an_error() {
    let stand = Stand::new();
    expect_apply(
        &stand,
        "nosuchdir",
        expect![[r#"
        error: the path "nosuchdir" does not exist
        (exit code 1)"#]],
    )
    .await;
    stand.write_text("empty/readme.txt", "");
    expect_apply(
        &stand,
        "empty",
        expect![[r#"
        error: error reading [empty]: recognized file extensions are [.json .yaml .yml]
        (exit code 1)"#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_file_may_hold_several_documents() {
    let stand = Stand::new();
    stand.write_text(
        "m/all.yaml",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: fa}\n---\n---\napiVersion: v1\n\
         kind: ConfigMap\nmetadata: {name: c, namespace: fa}\ndata: {a: b}\n",
    );
    expect_apply(
        &stand,
        "m",
        expect![[r#"
        namespace/fa created
        configmap/c created"#]],
    )
    .await;
    expect_apply(
        &stand,
        "m/all.yaml",
        expect![[r#"
        namespace/fa unchanged
        configmap/c unchanged"#]],
    )
    .await;
    stand.write_text(
        "m/all.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: fa}\ndata: {c: d}\n",
    );
    expect_apply(&stand, "m", expect!["configmap/c configured"]).await;
    assert_eq!(stand.object(Kind::ConfigMap, "c")["data"], json!({"c": "d"}));
}

#[tokio::test(start_paused = true)]
async fn applying_goes_back_to_the_image_of_the_manifest_and_leaves_pinned_traffic() {
    let stand = Stand::serving().await;
    stand.put_beside("v2").await;
    stand.kubectl("apply -f m").await;
    let ksvc = stand.until_ready().await;
    assert_eq!(
        ksvc["spec"]["template"]["spec"]["containers"][0]["image"],
        "registry.test/hello:v1"
    );
    assert_eq!(
        ksvc["spec"]["traffic"],
        json!([{"latestRevision": false, "percent": 100, "revisionName": "hello-00001"}])
    );
    assert_eq!(stand.names(Kind::Revision), ["hello-00001", "hello-00002", "hello-00003"]);
}

#[tokio::test(start_paused = true)]
async fn traffic_in_the_manifest_sends_everybody_to_the_candidate() {
    let stand = Stand::serving().await;
    let mut manifest = service("v1");
    manifest["spec"]["traffic"] = json!([{"latestRevision": true, "percent": 100}]);
    stand.write("m/10-hello.yaml", &manifest);
    stand.kubectl("apply -f m").await;
    stand.put_beside("v2").await;
    stand.kubectl("apply -f m").await;
    assert_eq!(stand.ksvc()["spec"]["traffic"], json!([{"latestRevision": true, "percent": 100}]));
}

#[tokio::test(start_paused = true)]
async fn a_template_with_a_fixed_name_cannot_be_applied_twice() {
    let stand = Stand::serving().await;
    let mut manifest = service("v1");
    manifest["spec"]["template"]["metadata"] = json!({"name": "hello-fixed"});
    stand.write("m/10-hello.yaml", &manifest);
    stand.kubectl("apply -f m").await;
    stand.until_ready().await;
    let second = transcript(&stand.kubectl("apply -f m").await);
    assert!(second.contains("Saw the following changes without a name change"), "{second}");
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_nobody_applied_is_patched_with_a_warning() {
    let stand = Stand::new();
    let fa = json!({"metadata": {"name": "fa"}});
    stand
        .cluster
        .create(
            &Caller::admin(),
            Kind::Namespace,
            None,
            fa,
            &boathook_sandbox::WriteOptions::default(),
        )
        .unwrap();
    stand.write(
        "m/00-ns.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
    );
    expect_apply(&stand, "m", expect![[r#"
        namespace/fa configured
        Warning: resource namespaces/fa is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically."#]]).await;
    expect_apply(&stand, "m", expect!["namespace/fa unchanged"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_role_that_lacks_a_verb_is_reported_which() {
    let mut stand = Stand::serving().await;
    stand.tools = stand.tools.as_caller(deployer("fa", "other"));
    expect_apply(&stand, "m", expect![[r#"
        namespace/fa unchanged
        Error from server (Forbidden): error when retrieving current configuration of:
        Resource: "serving.knative.dev/v1, Resource=services", GroupVersionKind: "serving.knative.dev/v1, Kind=Service"
        Name: "hello", Namespace: "fa"
        from server for: "m/10-hello.yaml": services.serving.knative.dev "hello" is forbidden: User "system:serviceaccount:webhook-system:boathook" cannot get resource "services" in API group "serving.knative.dev" in the namespace "fa"
        (exit code 1)"#]]).await;
    stand.tools = stand.tools.as_caller(deployer("elsewhere", "hello"));
    expect_apply(&stand, "m/00-ns.yaml", expect![[r#"
        Error from server (Forbidden): error when retrieving current configuration of:
        Resource: "/v1, Resource=namespaces", GroupVersionKind: "/v1, Kind=Namespace"
        Name: "fa", Namespace: ""
        from server for: "m/00-ns.yaml": namespaces "fa" is forbidden: User "system:serviceaccount:webhook-system:boathook" cannot get resource "namespaces" in API group "" in the namespace "fa"
        (exit code 1)"#]]).await;
}
