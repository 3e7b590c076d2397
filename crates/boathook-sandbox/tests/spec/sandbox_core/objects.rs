//! The objects, beside those that were recorded.

use boathook_sandbox::Kind;
use expect_test::expect;
use serde_json::Value;

use super::stand::Stand;

/// Lines of JSON without the places that only hold brackets.
fn lines(value: &Value) -> String {
    fn walk(path: &str, value: &Value, lines: &mut Vec<String>) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                fields
                    .iter()
                    .for_each(|(field, inner)| walk(&format!("{path}.{field}"), inner, lines));
            }
            Value::Array(items) if !items.is_empty() => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(at, inner)| walk(&format!("{path}[{at}]"), inner, lines));
            }
            plain => lines.push(format!("{path}: {plain}")),
        }
    }
    let mut all = Vec::new();
    walk("", value, &mut all);
    all.join("\n")
}

#[tokio::test(start_paused = true)]
async fn the_service_looks_like_a_recorded_one() {
    let stand = Stand::serving().await;
    expect![[r#"
        .apiVersion: "serving.knative.dev/v1"
        .kind: "Service"
        .metadata.annotations.kubectl.kubernetes.io/last-applied-configuration: "{\"apiVersion\":\"serving.knative.dev/v1\",\"kind\":\"Service\",\"metadata\":{\"annotations\":{},\"name\":\"hello\",\"namespace\":\"fa\"},\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"env\":[{\"name\":\"GREETING\",\"value\":\"hi\"}],\"image\":\"registry.test/hello:v1\",\"ports\":[{\"containerPort\":8080}],\"readinessProbe\":{\"httpGet\":{\"path\":\"/healthz\"},\"periodSeconds\":5},\"resources\":{\"limits\":{\"memory\":\"128Mi\"},\"requests\":{\"cpu\":\"25m\",\"memory\":\"32Mi\"}}}]}}}}\n"
        .metadata.annotations.serving.knative.dev/creator: "admin"
        .metadata.annotations.serving.knative.dev/lastModifier: "admin"
        .metadata.creationTimestamp: "2026-11-22T18:51:22Z"
        .metadata.generation: 1
        .metadata.name: "hello"
        .metadata.namespace: "fa"
        .metadata.resourceVersion: "51"
        .metadata.uid: "443c35a6-18d1-4e39-a09f-f7de1dc342de"
        .spec.template.metadata: {}
        .spec.template.spec.containerConcurrency: 0
        .spec.template.spec.containers[0].env[0].name: "GREETING"
        .spec.template.spec.containers[0].env[0].value: "hi"
        .spec.template.spec.containers[0].image: "registry.test/hello:v1"
        .spec.template.spec.containers[0].name: "user-container"
        .spec.template.spec.containers[0].ports[0].containerPort: 8080
        .spec.template.spec.containers[0].ports[0].protocol: "TCP"
        .spec.template.spec.containers[0].readinessProbe.failureThreshold: 3
        .spec.template.spec.containers[0].readinessProbe.httpGet.path: "/healthz"
        .spec.template.spec.containers[0].readinessProbe.httpGet.port: 0
        .spec.template.spec.containers[0].readinessProbe.periodSeconds: 5
        .spec.template.spec.containers[0].readinessProbe.successThreshold: 1
        .spec.template.spec.containers[0].readinessProbe.timeoutSeconds: 1
        .spec.template.spec.containers[0].resources.limits.memory: "128Mi"
        .spec.template.spec.containers[0].resources.requests.cpu: "25m"
        .spec.template.spec.containers[0].resources.requests.memory: "32Mi"
        .spec.template.spec.enableServiceLinks: false
        .spec.template.spec.timeoutSeconds: 300
        .spec.traffic[0].latestRevision: true
        .spec.traffic[0].percent: 100
        .status.address.url: "http://hello.fa.svc.cluster.local"
        .status.conditions[0].lastTransitionTime: "2026-11-22T18:51:22Z"
        .status.conditions[0].status: "True"
        .status.conditions[0].type: "ConfigurationsReady"
        .status.conditions[1].lastTransitionTime: "2026-11-22T18:51:23Z"
        .status.conditions[1].status: "True"
        .status.conditions[1].type: "Ready"
        .status.conditions[2].lastTransitionTime: "2026-11-22T18:51:23Z"
        .status.conditions[2].status: "True"
        .status.conditions[2].type: "RoutesReady"
        .status.latestCreatedRevisionName: "hello-00001"
        .status.latestReadyRevisionName: "hello-00001"
        .status.observedGeneration: 1
        .status.traffic[0].latestRevision: true
        .status.traffic[0].percent: 100
        .status.traffic[0].revisionName: "hello-00001"
        .status.url: "http://hello.fa.example.test""#]].assert_eq(&lines(&stand.ksvc()));
}

#[tokio::test(start_paused = true)]
async fn the_revision_carries_the_spec_and_looks_like_a_recorded_one() {
    let stand = Stand::serving().await;
    let mut revision = stand.object(Kind::Revision, "hello-00001");
    assert_eq!(revision["spec"].take(), stand.ksvc()["spec"]["template"]["spec"]);
    expect![[r#"
        .apiVersion: "serving.knative.dev/v1"
        .kind: "Revision"
        .metadata.annotations.serving.knative.dev/creator: "admin"
        .metadata.annotations.serving.knative.dev/routes: "hello"
        .metadata.annotations.serving.knative.dev/routingStateModified: "2026-11-22T18:51:22Z"
        .metadata.creationTimestamp: "2026-11-22T18:51:22Z"
        .metadata.generation: 1
        .metadata.labels.serving.knative.dev/configuration: "hello"
        .metadata.labels.serving.knative.dev/configurationGeneration: "1"
        .metadata.labels.serving.knative.dev/configurationUID: "55dffe2e-31e6-496b-ae44-1f5b37d285b6"
        .metadata.labels.serving.knative.dev/routingState: "active"
        .metadata.labels.serving.knative.dev/service: "hello"
        .metadata.labels.serving.knative.dev/serviceUID: "443c35a6-18d1-4e39-a09f-f7de1dc342de"
        .metadata.name: "hello-00001"
        .metadata.namespace: "fa"
        .metadata.ownerReferences[0].apiVersion: "serving.knative.dev/v1"
        .metadata.ownerReferences[0].blockOwnerDeletion: true
        .metadata.ownerReferences[0].controller: true
        .metadata.ownerReferences[0].kind: "Configuration"
        .metadata.ownerReferences[0].name: "hello"
        .metadata.ownerReferences[0].uid: "55dffe2e-31e6-496b-ae44-1f5b37d285b6"
        .metadata.resourceVersion: "38"
        .metadata.uid: "9bf698c3-f4bb-43db-a3bc-f7a9355bedb0"
        .spec: null
        .status.actualReplicas: 1
        .status.conditions[0].lastTransitionTime: "2026-11-22T18:51:22Z"
        .status.conditions[0].severity: "Info"
        .status.conditions[0].status: "True"
        .status.conditions[0].type: "Active"
        .status.conditions[1].lastTransitionTime: "2026-11-22T18:51:22Z"
        .status.conditions[1].status: "True"
        .status.conditions[1].type: "ContainerHealthy"
        .status.conditions[2].lastTransitionTime: "2026-11-22T18:51:22Z"
        .status.conditions[2].status: "True"
        .status.conditions[2].type: "Ready"
        .status.conditions[3].lastTransitionTime: "2026-11-22T18:51:22Z"
        .status.conditions[3].status: "True"
        .status.conditions[3].type: "ResourcesAvailable"
        .status.containerStatuses[0].imageDigest: "registry.test/hello@sha256:737edb9d700c567264b0b83d321ab112fc0593290b931e38bd7f2b6a3e222d86"
        .status.containerStatuses[0].name: "user-container"
        .status.desiredReplicas: 1
        .status.observedGeneration: 1"#]].assert_eq(&lines(&revision));
}

#[tokio::test(start_paused = true)]
async fn the_pod_looks_like_a_recorded_one() {
    let stand = Stand::serving().await;
    let mut pod = stand.all(Kind::Pod)[0].clone();
    pod["spec"].take();
    expect![[r#"
        .apiVersion: "v1"
        .kind: "Pod"
        .metadata.annotations.kubectl.kubernetes.io/default-container: "user-container"
        .metadata.annotations.serving.knative.dev/creator: "admin"
        .metadata.creationTimestamp: "2026-11-22T18:51:22Z"
        .metadata.generateName: "hello-00001-deployment-45ab85c67d-"
        .metadata.generation: 1
        .metadata.labels.app: "hello-00001"
        .metadata.labels.pod-template-hash: "45ab85c67d"
        .metadata.labels.serving.knative.dev/configuration: "hello"
        .metadata.labels.serving.knative.dev/configurationGeneration: "1"
        .metadata.labels.serving.knative.dev/configurationUID: "55dffe2e-31e6-496b-ae44-1f5b37d285b6"
        .metadata.labels.serving.knative.dev/revision: "hello-00001"
        .metadata.labels.serving.knative.dev/revisionUID: "9bf698c3-f4bb-43db-a3bc-f7a9355bedb0"
        .metadata.labels.serving.knative.dev/service: "hello"
        .metadata.labels.serving.knative.dev/serviceUID: "443c35a6-18d1-4e39-a09f-f7de1dc342de"
        .metadata.name: "hello-00001-deployment-45ab85c67d-6efcf"
        .metadata.namespace: "fa"
        .metadata.ownerReferences[0].apiVersion: "apps/v1"
        .metadata.ownerReferences[0].blockOwnerDeletion: true
        .metadata.ownerReferences[0].controller: true
        .metadata.ownerReferences[0].kind: "ReplicaSet"
        .metadata.ownerReferences[0].name: "hello-00001-deployment-45ab85c67d"
        .metadata.ownerReferences[0].uid: "9bf698c3-f4bb-43db-a3bc-f7a9355bedb0"
        .metadata.resourceVersion: "37"
        .metadata.uid: "84a843fc-5019-48e5-a011-f1c231fa41cd"
        .spec: null
        .status.conditions[0].lastProbeTime: null
        .status.conditions[0].lastTransitionTime: "2026-11-22T18:51:22Z"
        .status.conditions[0].observedGeneration: 1
        .status.conditions[0].status: "True"
        .status.conditions[0].type: "PodReadyToStartContainers"
        .status.conditions[1].lastProbeTime: null
        .status.conditions[1].lastTransitionTime: "2026-11-22T18:51:22Z"
        .status.conditions[1].observedGeneration: 1
        .status.conditions[1].status: "True"
        .status.conditions[1].type: "Initialized"
        .status.conditions[2].lastProbeTime: null
        .status.conditions[2].lastTransitionTime: "2026-11-22T18:51:22Z"
        .status.conditions[2].observedGeneration: 1
        .status.conditions[2].status: "True"
        .status.conditions[2].type: "Ready"
        .status.conditions[3].lastProbeTime: null
        .status.conditions[3].lastTransitionTime: "2026-11-22T18:51:22Z"
        .status.conditions[3].observedGeneration: 1
        .status.conditions[3].status: "True"
        .status.conditions[3].type: "ContainersReady"
        .status.conditions[4].lastProbeTime: null
        .status.conditions[4].lastTransitionTime: "2026-11-22T18:51:22Z"
        .status.conditions[4].observedGeneration: 1
        .status.conditions[4].status: "True"
        .status.conditions[4].type: "PodScheduled"
        .status.containerStatuses[0].image: "knative/queue-proxy"
        .status.containerStatuses[0].imageID: "knative/queue-proxy"
        .status.containerStatuses[0].lastState: {}
        .status.containerStatuses[0].name: "queue-proxy"
        .status.containerStatuses[0].ready: true
        .status.containerStatuses[0].restartCount: 0
        .status.containerStatuses[0].started: true
        .status.containerStatuses[0].state.running.startedAt: "2026-11-22T18:51:22Z"
        .status.containerStatuses[1].image: "registry.test/hello@sha256:737edb9d700c567264b0b83d321ab112fc0593290b931e38bd7f2b6a3e222d86"
        .status.containerStatuses[1].imageID: "registry.test/hello@sha256:737edb9d700c567264b0b83d321ab112fc0593290b931e38bd7f2b6a3e222d86"
        .status.containerStatuses[1].lastState: {}
        .status.containerStatuses[1].name: "user-container"
        .status.containerStatuses[1].ready: true
        .status.containerStatuses[1].restartCount: 0
        .status.containerStatuses[1].started: true
        .status.containerStatuses[1].state.running.startedAt: "2026-11-22T18:51:22Z"
        .status.hostIP: "10.98.0.1"
        .status.phase: "Running"
        .status.podIP: "10.99.0.3"
        .status.qosClass: "Burstable"
        .status.startTime: "2026-11-22T18:51:22Z""#]]
    .assert_eq(&lines(&pod));
}

#[tokio::test(start_paused = true)]
async fn configuration_and_route_show_the_parts() {
    let stand = Stand::serving().await;
    expect![[r#"
        .conditions[0].lastTransitionTime: "2026-11-22T18:51:22Z"
        .conditions[0].status: "True"
        .conditions[0].type: "Ready"
        .latestCreatedRevisionName: "hello-00001"
        .latestReadyRevisionName: "hello-00001"
        .observedGeneration: 1"#]]
    .assert_eq(&lines(&stand.object(Kind::Configuration, "hello")["status"]));
    expect![[r#"
        .address.url: "http://hello.fa.svc.cluster.local"
        .conditions[0].lastTransitionTime: "2026-11-22T18:51:23Z"
        .conditions[0].status: "True"
        .conditions[0].type: "AllTrafficAssigned"
        .conditions[1].lastTransitionTime: "2026-11-22T18:51:23Z"
        .conditions[1].status: "True"
        .conditions[1].type: "IngressReady"
        .conditions[2].lastTransitionTime: "2026-11-22T18:51:23Z"
        .conditions[2].status: "True"
        .conditions[2].type: "Ready"
        .observedGeneration: 1
        .traffic[0].latestRevision: true
        .traffic[0].percent: 100
        .traffic[0].revisionName: "hello-00001"
        .url: "http://hello.fa.example.test""#]]
    .assert_eq(&lines(&stand.object(Kind::Route, "hello")["status"]));
}
