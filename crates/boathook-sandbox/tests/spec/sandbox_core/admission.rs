//! What the webhooks complete, and what they refuse, in their own words.

use boathook_sandbox::Kind;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::stand::{Stand, image, pass, traffic, transcript};

async fn expect_merge(stand: &Stand, spec: Value, expected: Expect) {
    expected.assert_eq(&stand.patch("merge", &json!({"spec": spec})).await);
}

#[tokio::test(start_paused = true)]
async fn traffic_that_cannot_be_is_refused() {
    let stand = Stand::serving().await;
    let cases = [
        json!([{"latestRevision": false, "percent": 90}, {"latestRevision": true, "percent": 10}]),
        json!([{"revisionName": "hello-00001", "latestRevision": true, "percent": 100}]),
        json!([
            {"revisionName": "hello-00001", "percent": 90},
            {"latestRevision": true, "percent": 5},
        ]),
        json!([{"revisionName": "hello-00001"}]),
        json!([{"revisionName": "hello-00001", "percent": 101}]),
        json!([
            {"revisionName": "hello-00001", "percent": 50, "tag": "a"},
            {"latestRevision": true, "percent": 50, "tag": "a"},
        ]),
        json!([{"revisionName": "hello-00001", "percent": 100, "tag": "Bad_Tag"}]),
        json!([
            {"revisionName": "hello-00001", "percent": 99.5},
            {"latestRevision": true, "percent": 0.5},
        ]),
    ];
    let mut said = String::new();
    for case in cases {
        said += &format!("{}\n", stand.patch("merge", &json!({"spec": {"traffic": case}})).await);
    }
    expect![[r#"
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: may not set revisionName "" when latestRevision is false: spec.traffic[0].latestRevision
        (exit code 1)
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: may not set revisionName "hello-00001" when latestRevision is true: spec.traffic[0].latestRevision
        (exit code 1)
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: Traffic targets sum to 95, want 100: spec.traffic
        (exit code 1)
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: Traffic targets sum to 0, want 100: spec.traffic
        (exit code 1)
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: Traffic targets sum to 101, want 100: spec.traffic
        expected 0 <= 101 <= 100: spec.traffic[0].percent
        (exit code 1)
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: Multiple definitions for "a": spec.traffic[0].tag, spec.traffic[1].tag
        (exit code 1)
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: invalid value: not a DNS 1035 label: [a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')]: spec.traffic.tag[0]
        (exit code 1)
        Error from server (BadRequest): admission webhook "webhook.serving.knative.dev" denied the request: mutation failed: cannot decode incoming new object: json: cannot unmarshal number 99.5 into Go struct field Service.spec.traffic.0.percent of type int64
        (exit code 1)
    "#]].assert_eq(&said);
    assert_eq!(stand.ksvc()["metadata"]["generation"], 1);
}

#[tokio::test(start_paused = true)]
async fn traffic_without_a_name_means_the_latest() {
    let stand = Stand::serving().await;
    expect_merge(
        &stand,
        json!({"traffic": [{"percent": 90}, {"latestRevision": true, "percent": 10}]}),
        expect!["service.serving.knative.dev/hello patched"],
    )
    .await;
    assert_eq!(stand.ksvc()["spec"]["traffic"][0], json!({"latestRevision": true, "percent": 90}));
    expect_merge(
        &stand,
        json!({"traffic": []}),
        expect!["service.serving.knative.dev/hello patched"],
    )
    .await;
    assert_eq!(stand.ksvc()["spec"]["traffic"], json!([{"latestRevision": true, "percent": 100}]));
}

#[tokio::test(start_paused = true)]
async fn templates_that_cannot_be_are_refused() {
    let stand = Stand::serving().await;
    let container = |container: Value| json!({"template": {"spec": {"containers": [container]}}});
    expect_merge(&stand, container(json!({"image": ""})), expect![[r#"
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: missing field(s): spec.template.spec.containers[0].image
        (exit code 1)"#]]).await;
    expect_merge(&stand, container(json!({"image": "Bad Image!"})), expect![[r#"
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: Failed to parse image reference: spec.template.spec.containers[0].image
        image: "Bad Image!", error: could not parse reference: Bad Image!
        (exit code 1)"#]]).await;
    expect_merge(&stand, json!({"template": {"spec": {"containers": []}}}), expect![[r#"
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: missing field(s): spec.template.spec.containers
        (exit code 1)"#]]).await;
    expect_merge(&stand, json!({"template": {"metadata": {"name": "other-x"}}}), expect![[r#"
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: invalid value: "other-x" must have prefix "hello-": spec.template.metadata.name
        (exit code 1)"#]]).await;
    expect_merge(&stand, json!({"template": {"spec": {"initContainers": [{"image": "a"}]}}}), expect![[r#"
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: must not set the field(s): spec.template.spec.initContainers
        pod spec support for init-containers is off, but found 1 init containers: 
        (exit code 1)"#]]).await;
    let volumes = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    expect_merge(&stand, json!({"template": {"spec": {"volumes": volumes}}}), expect![[r#"
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: Persistent volume claim support is disabled, but found persistent volume claim data: 
        Persistent volume write support is disabled, but found persistent volume claim data that is not read-only: 
        must not set the field(s): spec.template.spec.volumes[0].persistentVolumeClaim
        volume with name "data" not mounted: spec.template.spec.volumes[0].name
        (exit code 1)"#]]).await;
    let two = json!([{"image": "a", "name": "a"}, {"image": "b", "name": "b"}]);
    expect_merge(&stand, json!({"template": {"spec": {"containers": two}}}), expect![[r#"
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: missing field(s): spec.template.spec.containers[*].ports
        (exit code 1)"#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_named_template_may_not_change_under_its_name() {
    let stand = Stand::serving().await;
    stand
        .steer(json!([
            image("v2"),
            {"op": "add", "path": "/spec/template/metadata/name", "value": "hello-rel2"},
        ]))
        .await;
    stand.until_ready().await;
    expect![[r#"
        Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: Saw the following changes without a name change (-old +new): spec.template.metadata.name
        {*v1.RevisionTemplateSpec}.Spec.PodSpec.Containers[0].Image:
        	-: "registry.test/hello:v2"
        	+: "registry.test/hello:v1"
        (exit code 1)"#]].assert_eq(&stand.patch("json", &json!([image("v1")])).await);
}

#[tokio::test(start_paused = true)]
async fn every_write_of_a_service_warns() {
    let stand = Stand::serving().await;
    let patch = json!([image("v2")]).to_string();
    let run = stand
        .run_list(&["kubectl", "patch", "ksvc", "hello", "-n", "fa", "--type=json", "-p", &patch])
        .await;
    expect![[r#"
        Warning: Kubernetes default value is insecure, Knative may default this to secure in a future release: spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation, spec.template.spec.containers[0].securityContext.capabilities, spec.template.spec.containers[0].securityContext.runAsNonRoot, spec.template.spec.containers[0].securityContext.seccompProfile
    "#]].assert_eq(&run.stderr.text());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_field_in_a_patch_is_dropped_with_a_warning() {
    let stand = Stand::serving().await;
    expect_merge(
        &stand,
        json!({"template": {"spec": {"nosuchField": 1}}}),
        expect![[r#"
        service.serving.knative.dev/hello patched (no change)
        Warning: unknown field "spec.template.spec.nosuchField""#]],
    )
    .await;
    expect_merge(
        &stand,
        json!({"tempLate": {}}),
        expect![[r#"
        service.serving.knative.dev/hello patched (no change)
        Warning: unknown field "spec.tempLate""#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn patches_that_do_not_fit_are_refused() {
    let stand = Stand::serving().await;
    let test = |path: &str, value: Value| {
        json!([
            {"op": "test", "path": path, "value": value},
            image("v2"),
        ])
    };
    let mut said = Vec::new();
    said.push(stand.patch("json", &test("/metadata/generation", json!(7))).await);
    said.push(stand.patch("json", &test("/metadata/resourceVersion", json!("1"))).await);
    said.push(stand.patch(
        "json",
        &json!([{"op": "replace", "path": "/spec/template/spec/containers/7/image", "value": "x"}]),
    ).await);
    let stale = json!({
        "metadata": {"resourceVersion": "1"},
        "spec": {"template": {"spec": {"timeoutSeconds": 100}}},
    });
    said.push(stand.patch("merge", &stale).await);
    said.push(stand.patch("strategic", &json!({"spec": {}})).await);
    said.push(transcript(
        &stand
            .run_list(&[
                "kubectl",
                "patch",
                "ksvc",
                "hello",
                "-n",
                "fa",
                "--type",
                "merge",
                "-p",
                "{bad json",
            ])
            .await,
    ));
    said.push(stand.patch("json", &json!([image("v1")])).await);
    said.push(stand.patch("json", &test("/metadata/generation", json!(1))).await);
    expect![[r#"
        The request is invalid: the server rejected our request due to an error in our request
        (exit code 1)
        The request is invalid: the server rejected our request due to an error in our request
        (exit code 1)
        The request is invalid: the server rejected our request due to an error in our request
        (exit code 1)
        Error from server (Conflict): Operation cannot be fulfilled on services.serving.knative.dev "hello": the object has been modified; please apply your changes to the latest version and try again
        (exit code 1)
        error: application/strategic-merge-patch+json is not supported by serving.knative.dev/v1, Kind=Service: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml
        (exit code 1)
        Error from server (BadRequest): error decoding patch: key must be a string at line 1 column 2
        (exit code 1)
        service.serving.knative.dev/hello patched (no change)
        service.serving.knative.dev/hello patched"#]].assert_eq(&said.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_merge_patch_of_the_containers_loses_what_it_does_not_name() {
    let stand = Stand::serving().await;
    let containers = json!([{"image": "registry.test/hello:v2"}]);
    stand
        .patch("merge", &json!({"spec": {"template": {"spec": {"containers": containers}}}}))
        .await;
    let container = stand.until_ready().await["spec"]["template"]["spec"]["containers"][0].clone();
    expect![[r#"
        {
          "image": "registry.test/hello:v2",
          "name": "user-container",
          "readinessProbe": {
            "successThreshold": 1,
            "tcpSocket": {
              "port": 0
            }
          },
          "resources": {}
        }"#]]
    .assert_eq(&format!("{container:#}"));
}

#[tokio::test(start_paused = true)]
async fn only_a_change_of_the_spec_counts_as_a_generation() {
    let stand = Stand::serving().await;
    let said = stand.patch("merge", &json!({"metadata": {"annotations": {"x": "y"}}})).await;
    assert_eq!(said, "service.serving.knative.dev/hello patched");
    assert_eq!(stand.ksvc()["metadata"]["generation"], 1);
    stand
        .cluster
        .edit_as(
            "eve",
            "fa",
            "hello",
            json!({"spec": {"template": {"spec": {"timeoutSeconds": 10}}}}),
        )
        .unwrap();
    let ksvc = stand.ksvc();
    assert_eq!(ksvc["metadata"]["generation"], 2);
    assert_eq!(ksvc["metadata"]["annotations"]["serving.knative.dev/lastModifier"], "eve");
    assert_eq!(ksvc["metadata"]["annotations"]["serving.knative.dev/creator"], "admin");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_goes_through_admission_and_keeps_nothing() {
    let stand = Stand::serving().await;
    let patch = |patch: Value| patch.to_string();
    let dry = [
        "kubectl",
        "patch",
        "ksvc",
        "hello",
        "-n",
        "fa",
        "--type",
        "json",
        "--dry-run=server",
        "-p",
    ];
    let good = stand.run_list(&[&dry[..], &[&patch(json!([image("v2")]))]].concat()).await;
    assert_eq!(transcript(&good), "service.serving.knative.dev/hello patched");
    let bad = stand
        .run_list(&[&dry[..], &[&patch(json!([traffic(json!([{"percent": 5}]))]))]].concat())
        .await;
    assert!(transcript(&bad).contains("Traffic targets sum to 5, want 100"));
    pass(5000).await;
    assert_eq!(stand.names(Kind::Revision), ["hello-00001"]);
}

#[tokio::test(start_paused = true)]
async fn objects_of_another_shape_are_refused_whatever_they_are() {
    let stand = Stand::serving().await;
    let mut said = Vec::new();
    for (path, value) in [
        ("/spec", json!(5)),
        ("/spec/template", json!([])),
        ("/spec/template/metadata/labels", json!("text")),
        ("/spec/template/spec/containers", json!({"image": "a"})),
        ("/spec/template/spec/containers/0", json!("text")),
        ("/spec/template/spec/containers/0/ports", json!([8080])),
        ("/spec/traffic", json!({"percent": 100})),
        ("/spec/traffic/0", json!(100)),
        ("/metadata/labels", json!("text")),
        ("/metadata", json!("text")),
        ("", json!(null)),
    ] {
        said.push(stand.patch("json", &json!([{"op": "add", "path": path, "value": value}])).await);
    }
    expect![[r#"
        Error from server (BadRequest): admission webhook "webhook.serving.knative.dev" denied the request: mutation failed: cannot decode incoming new object: json: cannot unmarshal number into Go struct field Service.spec of type v1.ServiceSpec
        (exit code 1)
        Error from server (BadRequest): admission webhook "webhook.serving.knative.dev" denied the request: mutation failed: cannot decode incoming new object: json: cannot unmarshal array into Go struct field Service.spec.template of type v1.RevisionTemplateSpec
        (exit code 1)
        Error from server (BadRequest): admission webhook "webhook.serving.knative.dev" denied the request: mutation failed: cannot decode incoming new object: json: cannot unmarshal string into Go struct field Service.spec.template.metadata.labels of type map[string]string
        (exit code 1)
        Error from server (BadRequest): admission webhook "webhook.serving.knative.dev" denied the request: mutation failed: cannot decode incoming new object: json: cannot unmarshal object into Go struct field Service.spec.template.spec.containers of type []v1.Container
        (exit code 1)
        Error from server (BadRequest): admission webhook "webhook.serving.knative.dev" denied the request: mutation failed: cannot decode incoming new object: json: cannot unmarshal string into Go struct field Service.spec.template.spec.containers.0 of type v1.Container
        (exit code 1)
        Error from server (BadRequest): admission webhook "webhook.serving.knative.dev" denied the request: mutation failed: cannot decode incoming new object: json: cannot unmarshal number into Go struct field Service.spec.template.spec.containers.0.ports.0 of type v1.ContainerPort
        (exit code 1)
        Error from server (BadRequest): admission webhook "webhook.serving.knative.dev" denied the request: mutation failed: cannot decode incoming new object: json: cannot unmarshal object into Go struct field Service.spec.traffic of type []v1.TrafficTarget
        (exit code 1)
        Error from server (BadRequest): admission webhook "webhook.serving.knative.dev" denied the request: mutation failed: cannot decode incoming new object: json: cannot unmarshal number into Go struct field Service.spec.traffic.0 of type v1.TrafficTarget
        (exit code 1)
        Error from server (BadRequest): Service in version "v1" cannot be handled as a Service: json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string
        (exit code 1)
        The request is invalid: the server rejected our request due to an error in our request
        (exit code 1)
        The request is invalid: the server rejected our request due to an error in our request
        (exit code 1)"#]].assert_eq(&said.join("\n"));
    assert_eq!(stand.ksvc()["metadata"]["generation"], 1);
    let deadline = json!({"serving.knative.dev/progress-deadline": "2562047h"});
    stand
        .steer(json!([
            image("v2"),
            {"op": "add", "path": "/spec/template/metadata/annotations", "value": deadline},
        ]))
        .await;
    stand.until_ready().await;
}

#[tokio::test(start_paused = true)]
async fn a_name_must_be_one_and_an_object_belongs_where_it_says() {
    let stand = Stand::serving().await;
    let create = |name: &str, namespace: &str| {
        let object = json!({"metadata": {"name": name, "namespace": namespace}, "data": {}});
        let options = boathook_sandbox::WriteOptions::default();
        stand.cluster.create(
            &boathook_sandbox::Caller::admin(),
            Kind::ConfigMap,
            Some("fa"),
            object,
            &options,
        )
    };
    assert!(
        create("Bad_Name", "fa").unwrap_err().message.contains("a lowercase RFC 1123 subdomain")
    );
    assert!(create("", "fa").unwrap_err().message.contains("name or generateName is required"));
    assert!(create("good", "other").unwrap_err().message.contains("does not match the namespace"));
    assert!(create("good", "fa").is_ok());
    assert_eq!(create("good", "fa").unwrap_err().reason, "AlreadyExists");
}
