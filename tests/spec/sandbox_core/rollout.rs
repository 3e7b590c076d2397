//! From a write to a revision that serves: what the status says on the way, and when.

use boathook::sandbox::Kind;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::stand::{Stand, image, pass, told, traffic};

/// The status of the service as one line.
fn line(ksvc: &Value) -> String {
    let status = &ksvc["status"];
    let name = |field: &str| status[field].as_str().unwrap_or("-").to_owned();
    let shares = status["traffic"].as_array().into_iter().flatten();
    let share = |target: &Value| format!("{}={}", target["revisionName"].as_str().unwrap_or_default(), target["percent"]);
    format!(
        "generation {} observed {} | {} | created {} ready {} | {}",
        ksvc["metadata"]["generation"],
        status["observedGeneration"],
        told(ksvc, "Ready"),
        name("latestCreatedRevisionName"),
        name("latestReadyRevisionName"),
        shares.map(share).collect::<Vec<_>>().join(" ")
    )
}

/// Each new status within two seconds, with the milliseconds since the write.
async fn timeline(stand: &Stand) -> String {
    let mut seen: Vec<String> = Vec::new();
    let mut lines = String::new();
    for step in 0..200 {
        let now = line(&stand.ksvc());
        if seen.last() != Some(&now) {
            lines += &format!("+{} {now}\n", step * 10);
            seen.push(now);
        }
        pass(10).await;
    }
    lines
}

async fn expect_timeline(patch: Value, expected: Expect) {
    let stand = Stand::serving().await;
    stand.steer(patch).await;
    expected.assert_eq(&timeline(&stand).await);
}

#[tokio::test(start_paused = true)]
async fn an_applied_service_becomes_ready_and_answers() {
    let stand = Stand::serving().await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
    assert_eq!(stand.names(Kind::Revision), ["hello-00001"]);
}

#[tokio::test(start_paused = true)]
async fn a_new_template_goes_through_the_recorded_states() {
    expect_timeline(json!([image("v2")]), expect![[r#"
        +0 generation 2 observed 1 | True :  | created hello-00001 ready hello-00001 | hello-00001=100
        +30 generation 2 observed 2 | Unknown OutOfDate: The Configuration is still working to reflect the latest desired specification. | created hello-00001 ready hello-00001 | hello-00001=100
        +90 generation 2 observed 2 | Unknown :  | created hello-00002 ready hello-00001 | hello-00001=100
        +760 generation 2 observed 2 | Unknown TrafficNotMigrated: Traffic is not yet migrated to the latest revision. | created hello-00002 ready hello-00002 | hello-00001=100
        +810 generation 2 observed 2 | Unknown IngressNotConfigured: Ingress has not yet been reconciled. | created hello-00002 ready hello-00002 | hello-00002=100
        +850 generation 2 observed 2 | Unknown Uninitialized: Waiting for load balancer to be ready | created hello-00002 ready hello-00002 | hello-00002=100
        +1040 generation 2 observed 2 | True :  | created hello-00002 ready hello-00002 | hello-00002=100
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_template_with_pinned_traffic_moves_nobody() {
    let pinned = traffic(json!([{"revisionName": "hello-00001", "percent": 100}]));
    expect_timeline(json!([image("v2"), pinned]), expect![[r#"
        +0 generation 2 observed 1 | True :  | created hello-00001 ready hello-00001 | hello-00001=100
        +30 generation 2 observed 2 | Unknown OutOfDate: The Route is still working to reflect the latest desired specification. | created hello-00001 ready hello-00001 | hello-00001=100
        +90 generation 2 observed 2 | Unknown OutOfDate: The Route is still working to reflect the latest desired specification. | created hello-00002 ready hello-00001 | hello-00001=100
        +140 generation 2 observed 2 | Unknown IngressNotConfigured: Ingress has not yet been reconciled. | created hello-00002 ready hello-00001 | hello-00001=100
        +180 generation 2 observed 2 | Unknown Uninitialized: Waiting for load balancer to be ready | created hello-00002 ready hello-00001 | hello-00001=100
        +370 generation 2 observed 2 | Unknown :  | created hello-00002 ready hello-00001 | hello-00001=100
        +760 generation 2 observed 2 | True :  | created hello-00002 ready hello-00002 | hello-00001=100
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_missing_revision_in_traffic_holds_everything_back() {
    let missing = traffic(json!([{"revisionName": "nosuch-00009", "percent": 100}]));
    expect_timeline(json!([missing]), expect![[r#"
        +0 generation 2 observed 1 | True :  | created hello-00001 ready hello-00001 | hello-00001=100
        +30 generation 2 observed 2 | Unknown OutOfDate: The Route is still working to reflect the latest desired specification. | created hello-00001 ready hello-00001 | hello-00001=100
        +80 generation 2 observed 2 | False RevisionMissing: Revision "nosuch-00009" referenced in traffic not found. | created hello-00001 ready hello-00001 | hello-00001=100
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_first_deployment_that_crashes_says_that_no_revision_is_there() {
    let stand = Stand::new();
    stand.cluster.publish(super::stand::REPOSITORY, "bad", boathook::sandbox::Behaviour::crash("bad", 3, "FATAL"));
    stand.write("m/00-ns.yaml", &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}));
    stand.write("m/10-hello.yaml", &super::stand::service("bad"));
    stand.kubectl("apply -f m").await;
    expect![[r#"
        +0 generation 1 observed null |  :  | created - ready - | 
        +30 generation 1 observed 1 | Unknown OutOfDate: The Route is still working to reflect the latest desired specification. | created - ready - | 
        +90 generation 1 observed 1 | Unknown OutOfDate: The Route is still working to reflect the latest desired specification. | created hello-00001 ready - | 
        +140 generation 1 observed 1 | Unknown RevisionMissing: Configuration "hello" is waiting for a Revision to become ready. | created hello-00001 ready - | 
    "#]].assert_eq(&timeline(&stand).await);
    assert_eq!(stand.ask("hello.fa.example.test").await, "404");
    assert!(stand.ksvc()["status"].get("traffic").is_none());

    stand.steer(json!([image("v1")])).await;
    stand.until_ready().await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00002");
}

#[tokio::test(start_paused = true)]
async fn the_service_looks_like_a_recorded_one() {
    let stand = Stand::serving().await;
    let mut ksvc = stand.ksvc();
    ksvc["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"].take();
    expect![[r#"
        {
          "apiVersion": "serving.knative.dev/v1",
          "kind": "Service",
          "metadata": {
            "annotations": {
              "kubectl.kubernetes.io/last-applied-configuration": null,
              "serving.knative.dev/creator": "admin",
              "serving.knative.dev/lastModifier": "admin"
            },
            "creationTimestamp": "2026-11-22T18:51:22Z",
            "generation": 1,
            "name": "hello",
            "namespace": "fa",
            "resourceVersion": "30",
            "uid": "443c35a6-18d1-4e39-a09f-f7de1dc342de"
          },
          "spec": {
            "template": {
              "metadata": {},
              "spec": {
                "containerConcurrency": 0,
                "containers": [
                  {
                    "env": [
                      {
                        "name": "GREETING",
                        "value": "hi"
                      }
                    ],
                    "image": "registry.test/hello:v1",
                    "name": "user-container",
                    "ports": [
                      {
                        "containerPort": 8080,
                        "protocol": "TCP"
                      }
                    ],
                    "readinessProbe": {
                      "failureThreshold": 3,
                      "httpGet": {
                        "path": "/healthz",
                        "port": 0
                      },
                      "periodSeconds": 5,
                      "successThreshold": 1,
                      "timeoutSeconds": 1
                    },
                    "resources": {
                      "limits": {
                        "memory": "128Mi"
                      },
                      "requests": {
                        "cpu": "25m",
                        "memory": "32Mi"
                      }
                    }
                  }
                ],
                "enableServiceLinks": false,
                "timeoutSeconds": 300
              }
            },
            "traffic": [
              {
                "latestRevision": true,
                "percent": 100
              }
            ]
          },
          "status": {
            "address": {
              "url": "http://hello.fa.svc.cluster.local"
            },
            "conditions": [
              {
                "lastTransitionTime": "2026-11-22T18:51:22Z",
                "status": "True",
                "type": "ConfigurationsReady"
              },
              {
                "lastTransitionTime": "2026-11-22T18:51:23Z",
                "status": "True",
                "type": "Ready"
              },
              {
                "lastTransitionTime": "2026-11-22T18:51:23Z",
                "status": "True",
                "type": "RoutesReady"
              }
            ],
            "latestCreatedRevisionName": "hello-00001",
            "latestReadyRevisionName": "hello-00001",
            "observedGeneration": 1,
            "traffic": [
              {
                "latestRevision": true,
                "percent": 100,
                "revisionName": "hello-00001"
              }
            ],
            "url": "http://hello.fa.example.test"
          }
        }"#]]
    .assert_eq(&format!("{ksvc:#}"));
}

#[tokio::test(start_paused = true)]
async fn the_revision_looks_like_a_recorded_one() {
    let stand = Stand::serving().await;
    expect![[r#"
        {
          "apiVersion": "serving.knative.dev/v1",
          "kind": "Revision",
          "metadata": {
            "annotations": {
              "serving.knative.dev/creator": "admin",
              "serving.knative.dev/routes": "hello",
              "serving.knative.dev/routingStateModified": "2026-11-22T18:51:22Z"
            },
            "creationTimestamp": "2026-11-22T18:51:22Z",
            "generation": 1,
            "labels": {
              "serving.knative.dev/configuration": "hello",
              "serving.knative.dev/configurationGeneration": "1",
              "serving.knative.dev/configurationUID": "55dffe2e-31e6-496b-ae44-1f5b37d285b6",
              "serving.knative.dev/routingState": "active",
              "serving.knative.dev/service": "hello",
              "serving.knative.dev/serviceUID": "443c35a6-18d1-4e39-a09f-f7de1dc342de"
            },
            "name": "hello-00001",
            "namespace": "fa",
            "ownerReferences": [
              {
                "apiVersion": "serving.knative.dev/v1",
                "blockOwnerDeletion": true,
                "controller": true,
                "kind": "Configuration",
                "name": "hello",
                "uid": "55dffe2e-31e6-496b-ae44-1f5b37d285b6"
              }
            ],
            "resourceVersion": "23",
            "uid": "9bf698c3-f4bb-43db-a3bc-f7a9355bedb0"
          },
          "spec": {
            "containerConcurrency": 0,
            "containers": [
              {
                "env": [
                  {
                    "name": "GREETING",
                    "value": "hi"
                  }
                ],
                "image": "registry.test/hello:v1",
                "name": "user-container",
                "ports": [
                  {
                    "containerPort": 8080,
                    "protocol": "TCP"
                  }
                ],
                "readinessProbe": {
                  "failureThreshold": 3,
                  "httpGet": {
                    "path": "/healthz",
                    "port": 0
                  },
                  "periodSeconds": 5,
                  "successThreshold": 1,
                  "timeoutSeconds": 1
                },
                "resources": {
                  "limits": {
                    "memory": "128Mi"
                  },
                  "requests": {
                    "cpu": "25m",
                    "memory": "32Mi"
                  }
                }
              }
            ],
            "enableServiceLinks": false,
            "timeoutSeconds": 300
          },
          "status": {
            "actualReplicas": 1,
            "conditions": [
              {
                "lastTransitionTime": "2026-11-22T18:51:22Z",
                "severity": "Info",
                "status": "True",
                "type": "Active"
              },
              {
                "lastTransitionTime": "2026-11-22T18:51:22Z",
                "status": "True",
                "type": "ContainerHealthy"
              },
              {
                "lastTransitionTime": "2026-11-22T18:51:22Z",
                "status": "True",
                "type": "Ready"
              },
              {
                "lastTransitionTime": "2026-11-22T18:51:22Z",
                "status": "True",
                "type": "ResourcesAvailable"
              }
            ],
            "containerStatuses": [
              {
                "imageDigest": "registry.test/hello@sha256:737edb9d700c567264b0b83d321ab112fc0593290b931e38bd7f2b6a3e222d86",
                "name": "user-container"
              }
            ],
            "desiredReplicas": 1,
            "observedGeneration": 1
          }
        }"#]]
    .assert_eq(&format!("{:#}", stand.object(Kind::Revision, "hello-00001")));
}

#[tokio::test(start_paused = true)]
async fn the_pod_looks_like_a_recorded_one() {
    let stand = Stand::serving().await;
    expect![[r#"
        {
          "apiVersion": "v1",
          "kind": "Pod",
          "metadata": {
            "annotations": {
              "kubectl.kubernetes.io/default-container": "user-container",
              "serving.knative.dev/creator": "admin"
            },
            "creationTimestamp": "2026-11-22T18:51:22Z",
            "generateName": "hello-00001-deployment-45ab85c67d-",
            "generation": 1,
            "labels": {
              "app": "hello-00001",
              "pod-template-hash": "45ab85c67d",
              "serving.knative.dev/configuration": "hello",
              "serving.knative.dev/configurationGeneration": "1",
              "serving.knative.dev/configurationUID": "55dffe2e-31e6-496b-ae44-1f5b37d285b6",
              "serving.knative.dev/revision": "hello-00001",
              "serving.knative.dev/revisionUID": "9bf698c3-f4bb-43db-a3bc-f7a9355bedb0",
              "serving.knative.dev/service": "hello",
              "serving.knative.dev/serviceUID": "443c35a6-18d1-4e39-a09f-f7de1dc342de"
            },
            "name": "hello-00001-deployment-45ab85c67d-6efcf",
            "namespace": "fa",
            "ownerReferences": [
              {
                "apiVersion": "apps/v1",
                "blockOwnerDeletion": true,
                "controller": true,
                "kind": "ReplicaSet",
                "name": "hello-00001-deployment-45ab85c67d",
                "uid": "9bf698c3-f4bb-43db-a3bc-f7a9355bedb0"
              }
            ],
            "resourceVersion": "22",
            "uid": "84a843fc-5019-48e5-a011-f1c231fa41cd"
          },
          "spec": {
            "containers": [
              {
                "env": [
                  {
                    "name": "GREETING",
                    "value": "hi"
                  },
                  {
                    "name": "K_REVISION",
                    "value": "hello-00001"
                  },
                  {
                    "name": "K_CONFIGURATION",
                    "value": "hello"
                  },
                  {
                    "name": "K_SERVICE",
                    "value": "hello"
                  }
                ],
                "image": "registry.test/hello@sha256:737edb9d700c567264b0b83d321ab112fc0593290b931e38bd7f2b6a3e222d86",
                "name": "user-container",
                "ports": [
                  {
                    "containerPort": 8080,
                    "protocol": "TCP"
                  }
                ],
                "readinessProbe": {
                  "failureThreshold": 3,
                  "httpGet": {
                    "path": "/healthz",
                    "port": 0
                  },
                  "periodSeconds": 5,
                  "successThreshold": 1,
                  "timeoutSeconds": 1
                },
                "resources": {
                  "limits": {
                    "memory": "128Mi"
                  },
                  "requests": {
                    "cpu": "25m",
                    "memory": "32Mi"
                  }
                }
              },
              {
                "image": "knative/queue-proxy",
                "name": "queue-proxy"
              }
            ],
            "enableServiceLinks": false,
            "nodeName": "sandbox",
            "restartPolicy": "Always"
          },
          "status": {
            "conditions": [
              {
                "lastProbeTime": null,
                "lastTransitionTime": "2026-11-22T18:51:22Z",
                "observedGeneration": 1,
                "status": "True",
                "type": "PodReadyToStartContainers"
              },
              {
                "lastProbeTime": null,
                "lastTransitionTime": "2026-11-22T18:51:22Z",
                "observedGeneration": 1,
                "status": "True",
                "type": "Initialized"
              },
              {
                "lastProbeTime": null,
                "lastTransitionTime": "2026-11-22T18:51:22Z",
                "observedGeneration": 1,
                "status": "True",
                "type": "Ready"
              },
              {
                "lastProbeTime": null,
                "lastTransitionTime": "2026-11-22T18:51:22Z",
                "observedGeneration": 1,
                "status": "True",
                "type": "ContainersReady"
              },
              {
                "lastProbeTime": null,
                "lastTransitionTime": "2026-11-22T18:51:22Z",
                "observedGeneration": 1,
                "status": "True",
                "type": "PodScheduled"
              }
            ],
            "containerStatuses": [
              {
                "image": "knative/queue-proxy",
                "imageID": "knative/queue-proxy",
                "lastState": {},
                "name": "queue-proxy",
                "ready": true,
                "restartCount": 0,
                "started": true,
                "state": {
                  "running": {
                    "startedAt": "2026-11-22T18:51:22Z"
                  }
                }
              },
              {
                "image": "registry.test/hello@sha256:737edb9d700c567264b0b83d321ab112fc0593290b931e38bd7f2b6a3e222d86",
                "imageID": "registry.test/hello@sha256:737edb9d700c567264b0b83d321ab112fc0593290b931e38bd7f2b6a3e222d86",
                "lastState": {},
                "name": "user-container",
                "ready": true,
                "restartCount": 0,
                "started": true,
                "state": {
                  "running": {
                    "startedAt": "2026-11-22T18:51:22Z"
                  }
                }
              }
            ],
            "hostIP": "10.98.0.1",
            "phase": "Running",
            "podIP": "10.99.0.3",
            "qosClass": "Burstable",
            "startTime": "2026-11-22T18:51:22Z"
          }
        }"#]]
    .assert_eq(&format!("{:#}", stand.all(Kind::Pod)[0]));
}
