//! The real kubectl hears of the sandbox's admission what it heard on a real cluster.

use boathook_process::Exit;
use boathook_sandbox::harness::SandboxHarness;
use serde_json::{Value, json};

use crate::admission_recordings::{Recorded, manifests, pick, without_random_ends};

/// Manifests of every kind of answer: taken and completed; refused by kubectl, by strict decoding,
/// by what Go reads, by the schema, by Knative's validation, by the pod of a dry run, and by the
/// namespace.
const SAMPLE: [&str; 22] = [
    "minimal",
    "cpu-limit-number",
    "volume-projected",
    "restricted-by-hand",
    "generate-name",
    "annotation-bool",
    "api-version-v1beta1",
    "stdin-tty",
    "two-mistakes",
    "traffic-percent-fraction",
    "label-number",
    "memory-128MB",
    "containers-missing",
    "env-twice",
    "name-upper-case",
    "service-label-bad-value",
    "volume-pvc",
    "traffic-percent-negative",
    "two-ports",
    "service-account-missing",
    "startup-success-threshold-2",
    "namespace-absent",
];

#[tokio::test]
async fn the_real_kubectl_hears_what_it_heard_on_a_real_cluster() {
    let room = SandboxHarness::open();
    room.succeed(&["create", "namespace", "rec-adm"]).await;
    let recorded = manifests();
    for name in SAMPLE {
        let Recorded { manifest, exit, stderr, object, .. } =
            recorded.iter().find(|recorded| recorded.name == name).unwrap();
        let file = room.file(&format!("{name}.yaml"), manifest);
        let ran = room.kubectl(&["create", "--dry-run=server", "-o", "json", "-f", &file]).await;
        let said = without_random_ends(&ran.stderr).replace(&file, &format!("{name}.yaml"));
        assert_eq!(said, without_random_ends(stderr), "{name}");
        assert_eq!(ran.exit == Exit::Code(0), *exit == 0, "{name}");
        if let Some(object) = object {
            let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
            let seen = json!({
                "metadata": pick(&shown["metadata"], &object["metadata"]),
                "spec": shown["spec"],
            });
            assert_eq!(seen, *object, "{name}");
        }
    }
}

#[tokio::test]
async fn the_status_is_read_and_written_apart_from_the_rest() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    let shown: Value = serde_json::from_str(
        &room
            .succeed(&["get", "ksvc", "web", "-n", "web", "--subresource=status", "-o", "json"])
            .await,
    )
    .unwrap();
    assert_eq!(shown["status"]["url"], "http://web.web.sandbox.test");
    let change = json!({
        "status": {"url": "http://elsewhere"},
        "spec": {"template": {"spec": {"timeoutSeconds": 7}}},
    })
    .to_string();
    let words = ["patch", "ksvc", "web", "-n", "web", "--type=merge", "-p", &change];
    room.succeed(&[&words[..], &["--subresource=status"]].concat()).await;
    let service = room.service().await;
    assert_eq!(
        (&service["status"]["url"], &service["metadata"]["generation"]),
        (&json!("http://elsewhere"), &json!(1))
    );
    assert_eq!(service["spec"]["template"]["spec"]["timeoutSeconds"], 300);
    room.succeed(&words).await;
    room.wait_ready().await;
    let service = room.service().await;
    assert_eq!(
        (&service["status"]["url"], &service["metadata"]["generation"]),
        (&json!("http://web.web.sandbox.test"), &json!(2))
    );
}
