//! `boathook check` on what goes wrong with real manifests: what it can know before a deployment,
//! and what the cluster shows of the last one.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use boathook_sandbox::{
    Caller, Kind, WriteOptions,
    harness::{V1, V2},
};
use expect_test::{Expect, expect};
use regex::Regex;
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::{Value, json};

use crate::support::{
    check_harness::{CheckHarness, SERVICE},
    listening::shell,
};

const FOLDER: &str = "manifests-game-2048-dev";

/// Creates an object in the service's namespace.
fn create(harness: &CheckHarness, kind: Kind, name: &str, mut object: Value) {
    object["apiVersion"] = json!(kind.api_version());
    object["kind"] = json!(kind.name());
    object["metadata"] = json!({"name": name, "namespace": SERVICE});
    let cluster = &harness.room.sandbox.cluster;
    let options = WriteOptions::default();
    cluster.create(&Caller::admin(), kind, Some(SERVICE), object, &options).unwrap();
}

/// Plants something as the administrator, whose account may look at everything, and compares all
/// that is not well then.
async fn found(plant: impl AsyncFnOnce(&CheckHarness), expected: Expect) {
    let harness = CheckHarness::open().await;
    harness.default_with("kubeconfig.limited", "kubeconfig");
    plant(&harness).await;
    expected.assert_eq(&complaints(&harness).await.concat());
}

/// All that is not well, beside the administrator's account; the names of pods are left out.
async fn complaints(harness: &CheckHarness) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    for line in harness.complaints().await.lines() {
        match blocks.last_mut() {
            Some(block) if line.starts_with(' ') => *block = format!("{block}{line}\n"),
            _ => blocks.push(format!("{line}\n")),
        }
    }
    blocks.retain(|block| {
        !block.contains("may everything in the whole cluster")
            && !block.contains("may do everything")
    });
    let pods = Regex::new("-deployment-[0-9a-z]+-[0-9a-z]+").unwrap();
    blocks.iter().map(|block| pods.replace_all(block, "-deployment-POD").into_owned()).collect()
}

/// The lines of a report that are well and speak of this.
async fn well(harness: &CheckHarness, of: &str) -> String {
    let report = harness.check("").await.stdout;
    let report = harness.plain(&report);
    report
        .lines()
        .filter(|line| line.starts_with("ok ") && line.contains(of))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// The service's manifest with something else in it.
fn manifest_with(harness: &CheckHarness, part: &str, instead: &str) {
    let file = harness.path().join(FOLDER).join("10-service.yaml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(part), "{text}");
    fs::write(&file, text.replace(part, instead)).unwrap();
}

/// A service that takes a variable from each of a Secret and a ConfigMap, and a volume from a claim
/// and an optional Secret.
fn needs_much(harness: &CheckHarness) {
    let env = "env:\n            - {name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: \
               password}}}\n            - {name: MODE, valueFrom: {configMapKeyRef: {name: modes, \
               key: mode}}}\n            - {name: MAYBE, valueFrom: {secretKeyRef: {name: extras, \
               key: x, optional: true}}}";
    manifest_with(harness, "env:", env);
}

#[tokio::test]
async fn a_secret_and_a_config_map_that_nobody_has_are_named_with_what_makes_them() {
    found(
        async |harness| needs_much(harness),
        expect![[r#"
            error references: development: Service/game-2048-dev needs ConfigMap/modes in the namespace game-2048-dev, and it is neither in DIR/manifests-game-2048-dev nor in the cluster
              -> create it: kubectl create configmap modes -n game-2048-dev --from-literal=KEY=VALUE; or correct the name in DIR/manifests-game-2048-dev
            error references: development: Service/game-2048-dev needs Secret/db in the namespace game-2048-dev, and it is neither in DIR/manifests-game-2048-dev nor in the cluster
              -> create it: kubectl create secret generic db -n game-2048-dev --from-literal=KEY=VALUE; or correct the name in DIR/manifests-game-2048-dev
        "#]],
    )
    .await;
}

#[tokio::test]
async fn what_the_folder_or_the_cluster_has_is_not_missing() {
    found(
        async |harness| {
            needs_much(harness);
            let secret =
                "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: game-2048-dev}\n\
                 data: {password: b3Blbi1zZXNhbWUtNDI=}\n";
            harness.room.succeed(&[
                "apply",
                "-f",
                &harness.room.file("sandbox/db.yaml", secret),
            ]).await;
            harness
                .file(
                    &format!("{FOLDER}/05-modes.yaml"),
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: modes}\n\
                     data: {mode: fast}\n",
                );
        },
        expect![""],
    )
    .await;
}

#[tokio::test]
async fn a_key_that_a_secret_or_a_config_map_lacks_is_named_and_no_value_is_read() {
    found(
        async |harness| {
            needs_much(harness);
            let volume = "    spec:\n      volumes:\n        - {name: a, secret: {secretName: db, \
                          items: [{key: tls.crt, path: a}]}}\n        - {name: b, secret: \
                          {secretName: db, optional: true, items: [{key: not-asked-for, path: \
                          b}]}}\n      containers:";
            manifest_with(harness, "    spec:\n      containers:", volume);
            let secret =
                "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: game-2048-dev}\n\
                 data: {passwort: b3Blbi1zZXNhbWUtNDI=}\n";
            harness.room.succeed(&[
                "apply",
                "-f",
                &harness.room.file("sandbox/db.yaml", secret),
            ]).await;
            harness.file(
                &format!("{FOLDER}/05-modes.yaml"),
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: modes}\ndata: {mod: fast}\n",
            );
            assert!(!harness.check("--json").await.stdout.contains("b3Blbi1zZXNhbWUtNDI="));
        },
        expect![[r#"
            error references: development: Service/game-2048-dev needs mode of ConfigMap/modes in the namespace game-2048-dev, which has no such key
              -> add the key, or correct it in DIR/manifests-game-2048-dev; see those that are there: kubectl describe configmap modes -n game-2048-dev
            error references: development: Service/game-2048-dev needs password, tls.crt of Secret/db in the namespace game-2048-dev, which has no such key
              -> add the key, or correct it in DIR/manifests-game-2048-dev; see those that are there: kubectl describe secret db -n game-2048-dev
            error dry run: development: game-2048-dev/game-2048-dev: Set the new template, traffic staying where it is: `KUBECTL patch ksvc game-2048-dev -n game-2048-dev --type json --field-manager boathook -o json --dry-run=server ...` failed (exit code 1 after N ms): Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: volume with name "a" not mounted: spec.template.spec.volumes[0].name; volume with name "b" not mounted: spec.template.spec.volumes[1].name
              -> correct it in DIR/manifests-game-2048-dev, and look again: kubectl apply --dry-run=server -f DIR/manifests-game-2048-dev
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_pull_secret_that_nobody_has_is_a_warning_with_the_command_that_makes_it() {
    found(
        async |harness| {
            manifest_with(
                harness,
                "    spec:\n      containers:",
                "    spec:\n      imagePullSecrets: [{name: registry}]\n      containers:",
            );
        },
        expect![[r#"
            warning references: development: Service/game-2048-dev needs Secret/registry in the namespace game-2048-dev, and it is neither in DIR/manifests-game-2048-dev nor in the cluster
              -> create it: kubectl create secret docker-registry registry -n game-2048-dev --docker-server=REGISTRY --docker-username=USER --docker-password=PASSWORD; or correct the name in DIR/manifests-game-2048-dev
        "#]],
    )
    .await;
}

#[tokio::test]
async fn the_template_of_a_cron_job_is_looked_at_as_that_of_a_job_is() {
    let harness = CheckHarness::open().await;
    harness.default_with("kubeconfig.limited", "kubeconfig");
    let cron = "apiVersion: batch/v1\nkind: CronJob\n\
                metadata: {name: nightly, namespace: game-2048-dev}\n\
                spec:\n  schedule: '0 3 * * *'\n  jobTemplate:\n    spec:\n      \
                template:\n        spec:\n          restartPolicy: Never\n          \
                containers:\n            - {name: clean, image: 'ghcr.io/your-org/hello:v1', \
                envFrom: [{secretRef: {name: cleaner}}]}\n";
    harness.file(&format!("{FOLDER}/20-cron.yaml"), cron);
    // The sandbox serves no CronJobs, which another check says.
    let of_references: Vec<String> = complaints(&harness)
        .await
        .into_iter()
        .filter(|block| block.contains(" references: "))
        .collect();
    expect![[r#"
        error references: development: CronJob/nightly needs Secret/cleaner in the namespace game-2048-dev, and it is neither in DIR/manifests-game-2048-dev nor in the cluster
          -> create it: kubectl create secret generic cleaner -n game-2048-dev --from-literal=KEY=VALUE; or correct the name in DIR/manifests-game-2048-dev
    "#]].assert_eq(&of_references.concat());
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_reported_before_a_deployment_and_one_with_room_is_not() {
    let harness = CheckHarness::open().await;
    harness.default_with("kubeconfig.limited", "kubeconfig");
    for (name, hard, used) in [
        (
            "few",
            json!({"pods": "4", "requests.cpu": "500m", "services": "1"}),
            json!({"pods": "4", "requests.cpu": "500m", "services": "1"}),
        ),
        ("roomy", json!({"pods": "9"}), json!({"pods": "1"})),
        (
            "lowered",
            json!({"pods": "5", "memory": "2G", "cpu": "2"}),
            json!({"pods": "8", "memory": "2000Mi", "cpu": "1999m"}),
        ),
    ] {
        let status = json!({"hard": hard, "used": used});
        create(&harness, Kind::ResourceQuota, name, json!({"status": status}));
    }
    let found = complaints(&harness).await.into_iter().filter(|block| block.contains(" quota: "));
    expect![[r#"
        warning quota: the quota few of game-2048-dev is used up: pods (4 of 4), requests.cpu (500m of 500m)
          -> raise it, or free what uses it: kubectl describe quota few -n game-2048-dev
        warning quota: the quota lowered of game-2048-dev is used up: memory (2000Mi of 2G), pods (8 of 5)
          -> raise it, or free what uses it: kubectl describe quota lowered -n game-2048-dev
    "#]]
    .assert_eq(&found.collect::<String>());
}

#[tokio::test]
async fn what_names_no_namespace_is_looked_for_where_the_folders_services_are_and_nowhere_else() {
    let harness = CheckHarness::open().await;
    harness.default_with("kubeconfig.limited", "kubeconfig");
    harness.development_with("namespaces: [game-2048-dev]", "namespaces: [game-2048-dev, tools]");
    let mapping = "apiVersion: serving.knative.dev/v1beta1\nkind: DomainMapping\n\
                   metadata: {name: game.example.test}\n\
                   spec: {ref: {kind: Service, name: game-2048-dev, apiVersion: \
                   serving.knative.dev/v1}}\n";
    let cron = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\n\
                spec:\n  schedule: '0 3 * * *'\n  jobTemplate:\n    spec:\n      \
                template:\n        spec:\n          restartPolicy: Never\n          \
                containers:\n            - {name: clean, image: 'ghcr.io/your-org/hello:v1', \
                envFrom: [{secretRef: {name: cleaner}}]}\n";
    harness.file(&format!("{FOLDER}/20-mapping.yaml"), mapping);
    harness.file(&format!("{FOLDER}/30-cron.yaml"), cron);
    let found = complaints(&harness)
        .await
        .into_iter()
        .filter(|block| block.contains(" domain: ") || block.contains(" references: "));
    expect![[r#"
        error references: development: CronJob/nightly needs Secret/cleaner in the namespace game-2048-dev, and it is neither in DIR/manifests-game-2048-dev nor in the cluster
          -> create it: kubectl create secret generic cleaner -n game-2048-dev --from-literal=KEY=VALUE; or correct the name in DIR/manifests-game-2048-dev
    "#]].assert_eq(&found.collect::<String>());
}

#[tokio::test]
async fn a_service_that_names_no_namespace_is_looked_at_in_each_one_that_requests_can_name() {
    let harness = CheckHarness::open().await;
    harness.default_with("kubeconfig.limited", "kubeconfig");
    harness.development_with(
        "namespaces: [game-2048-dev]",
        "namespaces: [game-2048-dev, 'any-*', shop]",
    );
    manifest_with(&harness, "  namespace: game-2048-dev\n", "  namespace: ''\n");
    let report = harness.check("").await.stdout;
    let report = harness.plain(&report);
    let of_checks = |line: &&str| {
        ["service", "url", "dry run"]
            .iter()
            .any(|check| line[..line.len().min(24)].trim_end().ends_with(check))
    };
    let result: String = report.lines().filter(of_checks).map(|line| format!("{line}\n")).collect();
    expect![[r#"
        warning  public url     http://ADDRESS/health does not answer here: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111)
        ok       service        game-2048-dev/game-2048-dev is ready
        ok       service        shop/game-2048-dev does not exist yet; its first deployment makes it
        ok       url            development: http://game-2048-dev.game-2048-dev.sandbox.test/ through INGRESS is well within N ms
        ok       url            development: http://game-2048-dev.shop.sandbox.test/ through INGRESS: the ingress answers
        ok       dry run        development: game-2048-dev/game-2048-dev can be deployed
        error    dry run        development: shop/game-2048-dev: Apply manifests/development: `KUBECTL apply -f manifests/development --field-manager boathook --dry-run=server` failed (exit code 1 after N ms): Error from server (NotFound): error when creating "manifests/development/00000-service-game-2048-dev.json": namespaces "shop" not found
    "#]].assert_eq(&result);
}

#[tokio::test]
async fn a_right_that_deployments_can_do_without_is_a_warning_that_says_what_is_missing_then() {
    let harness = CheckHarness::open().await;
    let deny = r#"awk '
        /"resource": / { resource = $2 } /"verb": / { asked = $2 " " resource }
        asked ~ /"list" "events"|"get" "pods"|"delete" "revisions"/ { sub(/"allowed": true/, "\"allowed\": false") }
        { print }'"#;
    let denied = format!("case \"$*\" in create*) KUBECTL \"$@\" | {deny}; exit;; esac");
    harness.program("few-rights", &format!("{denied}\nexec KUBECTL \"$@\""));
    harness.default_with("kubectl: [KUBECTL]", "kubectl: [DIR/few-rights]");
    let report = harness.check("--json").await;
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    let findings = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["check"] == "permissions");
    let result: String = findings
        .map(|finding| format!("{} {}: {}\n", finding["severity"], finding["seen"], finding["why"]))
        .collect();
    expect![[r#"
        "warning" "not allowed in game-2048-dev: delete revisions.serving.knative.dev": "deployments go on without it. A revision that never became ready stays there, and its pods go on restarting."
        "warning" "not allowed in game-2048-dev: get pods": "deployments go on without it. The record lacks the last output of a container that crashed, and `boathook logs` is refused."
        "warning" "not allowed in game-2048-dev: get pods/log": "deployments go on without it. The record lacks the last output of a container that crashed, and `boathook logs` is refused."
        "warning" "not allowed in game-2048-dev: list events": "deployments go on without it. Where only events name the cause, a deployment waits until its deadline and does not name it."
    "#]].assert_eq(&result);
}

#[tokio::test]
async fn a_claim_and_a_service_account_of_another_workload_are_looked_for_too() {
    found(
        async |harness| {
            let deployment = "apiVersion: apps/v1\nkind: Deployment\n\
                              metadata: {name: db, namespace: game-2048-dev}\n\
                              spec:\n  selector: {matchLabels: {app: db}}\n  template:\n    \
                              metadata: {labels: {app: db}}\n    spec:\n      serviceAccountName: \
                              keeper\n      containers: [{name: db, image: \
                              'ghcr.io/your-org/hello:v1'}]\n      volumes: [{name: data, \
                              persistentVolumeClaim: {claimName: data}}]\n";
            harness.file(&format!("{FOLDER}/20-db.yaml"), deployment);
        },
        expect![[r#"
            error references: development: Deployment/db needs PersistentVolumeClaim/data in the namespace game-2048-dev, and it is neither in DIR/manifests-game-2048-dev nor in the cluster
              -> create it: kubectl apply -n game-2048-dev -f FILE, with the PersistentVolumeClaim data; or correct the name in DIR/manifests-game-2048-dev
            error references: development: Deployment/db needs ServiceAccount/keeper in the namespace game-2048-dev, and it is neither in DIR/manifests-game-2048-dev nor in the cluster
              -> create it: kubectl create serviceaccount keeper -n game-2048-dev; or correct the name in DIR/manifests-game-2048-dev
        "#]],
    )
    .await;
}

#[tokio::test]
async fn what_the_role_does_not_allow_to_look_at_is_said_to_be_unknown() {
    let harness = CheckHarness::open().await;
    needs_much(&harness);
    assert_eq!(harness.complaints().await, "");
    expect![[r#"
        ok       references     development: Service/game-2048-dev needs ConfigMap/modes, Secret/db; boathook's role does not allow it to look whether that is there: kubectl get -n game-2048-dev configmap/modes secret/db
    "#]]
    .assert_eq(&well(&harness, "references").await);
}

#[tokio::test]
async fn a_plain_service_of_the_same_name_is_named_in_the_folder_and_in_the_cluster() {
    let plain = "apiVersion: v1\nkind: Service\nmetadata: {name: game-2048-dev, namespace: \
                 game-2048-dev}\nspec: {ports: [{port: 80}]}\n";
    found(
        async |harness| {
            harness.room.succeed(&["delete", "ksvc", SERVICE, "-n", SERVICE]).await;
            let file = harness.room.file("sandbox/plain.yaml", plain);
            let free = |services: &Value| services["items"].as_array().is_some_and(Vec::is_empty);
            harness.room.object_until(&["services", "-n", SERVICE], free).await;
            harness.room.succeed(&["apply", "-f", &file]).await;
        },
        expect![[r#"
            error name: development: a plain Service has the name game-2048-dev/game-2048-dev
              -> see what uses it, and delete or rename it: kubectl get service game-2048-dev -n game-2048-dev -o yaml
        "#]],
    )
    .await;
    found(
        async |harness| harness.file(&format!("{FOLDER}/20-plain.yaml"), plain),
        expect![[r#"
            error name: development: DIR/manifests-game-2048-dev holds a plain Service and a Knative service of the name game-2048-dev/game-2048-dev
              -> rename or remove the plain Service game-2048-dev; Knative needs none beside it
        "#]],
    )
    .await;
}

#[tokio::test]
async fn whether_a_name_is_taken_is_said_to_be_unknown_where_the_role_does_not_tell() {
    let harness = CheckHarness::open().await;
    harness.room.succeed(&["delete", "ksvc", SERVICE, "-n", SERVICE]).await;
    expect![[r#"
        ok       name           development: boathook's role does not allow it to look whether a plain Service has the name game-2048-dev/game-2048-dev: kubectl get service game-2048-dev -n game-2048-dev
    "#]]
    .assert_eq(&well(&harness, "plain Service").await);
}

#[tokio::test]
async fn a_change_of_who_can_reach_the_service_is_named_before_it_is_deployed() {
    found(
        async |harness| {
            let labels = "  labels: {networking.knative.dev/visibility: cluster-local}\nspec:\n  template:";
            manifest_with(harness, "spec:\n  template:", labels);
            harness.development_with(
                "ingress_address: 'INGRESS'}",
                "ingress_address: 'INGRESS', cluster_local: {ingress_address: 'INGRESS', scheme: \
                 http}}",
            );
        },
        expect![[r#"
            warning dry run: development: game-2048-dev/game-2048-dev: visibility changes from public to cluster-local, before the new revision is there: from then on only requests from inside the cluster are answered, those from outside get 404; a rollback makes it public again
              -> where that is not wanted, correct the label networking.knative.dev/visibility in DIR/manifests-game-2048-dev
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_tag_that_names_a_deleted_revision_is_named_before_a_deployment_removes_it() {
    found(
        async |harness| {
            let second = format!("{SERVICE}-00002");
            let folder = harness.room.manifests(SERVICE, V2, "hi");
            harness.room.succeed(&["apply", "-f", &folder]).await;
            let ready = |service: &Value| service["status"]["latestReadyRevisionName"] == second.as_str();
            harness.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], ready).await;
            let traffic = format!(
                r#"{{"spec":{{"traffic":[{{"revisionName":"{second}","percent":100}},{{"revisionName":"{SERVICE}-00001","tag":"old","percent":0}}]}}}}"#
            );
            harness.room.succeed(&[
                "patch",
                "ksvc",
                SERVICE,
                "-n",
                SERVICE,
                "--type",
                "merge",
                "-p",
                &traffic,
            ]).await;
            let tagged = |service: &Value| service["status"]["traffic"].to_string().contains("\"tag\":\"old\"");
            harness.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], tagged).await;
            harness.room.succeed(&[
                "delete",
                "revision",
                &format!("{SERVICE}-00001"),
                "-n",
                SERVICE,
            ]).await;
            let missing = |service: &Value| service["status"]["conditions"].to_string().contains("RevisionMissing");
            harness.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], missing).await;
        },
        expect![[r#"
            warning service: game-2048-dev/game-2048-dev is not ready: Ready=False (RevisionMissing: Revision "game-2048-dev-00001" referenced in traffic not found.)
              -> kubectl describe ksvc,revision,pod -n game-2048-dev; boathook list --service game-2048-dev
            warning dry run: development: game-2048-dev/game-2048-dev: game-2048-dev-00001 was deleted and loses its tag (old): Knative changes no traffic that names a revision which cannot serve
              -> set the tag on another revision: kubectl edit ksvc game-2048-dev -n game-2048-dev
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_visibility_that_hides_nothing_is_named_for_knative_takes_it_in_silence() {
    let wrong = "  labels: {networking.knative.dev/visibility: private}\nspec:\n  template:";
    found(
        async |harness| manifest_with(harness, "spec:\n  template:", wrong),
        expect![[r#"
            warning visibility: development: Service/game-2048-dev has the label networking.knative.dev/visibility: private
              -> write networking.knative.dev/visibility: cluster-local under metadata.labels in DIR/manifests-game-2048-dev, or remove the label
        "#]],
    )
    .await;
    let on_template = "  template:\n    metadata: {labels: {networking.knative.dev/visibility: \
                       cluster-local}}\n    spec:";
    found(
        async |harness| manifest_with(harness, "  template:\n    spec:", on_template),
        expect![[r#"
            warning visibility: development: Service/game-2048-dev has the label networking.knative.dev/visibility on its template
              -> write networking.knative.dev/visibility: cluster-local under metadata.labels in DIR/manifests-game-2048-dev, or remove the label
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_container_that_keeps_its_image_and_one_that_nobody_has_are_named() {
    found(
        async |harness| {
            let job = "apiVersion: batch/v1\nkind: Job\n\
                       metadata: {name: migrate, namespace: game-2048-dev}\n\
                       spec:\n  template:\n    spec:\n      restartPolicy: Never\n      \
                       containers: [{name: migrate, image: 'ghcr.io/your-org/hello:v1'}]\n";
            harness.file(&format!("{FOLDER}/20-job.yaml"), job);
            harness.development_with("manifests:", "containers: [web, worker]\nmanifests:");
        },
        expect![[r#"
            warning dry run: development: game-2048-dev/game-2048-dev: container migrate of Job/migrate keeps ghcr.io/your-org/hello:v1: `containers` in the config does not name it
              -> where that is not wanted, name the container under `containers` in development.yaml and give it the deployed repository in DIR/manifests-game-2048-dev
            warning dry run: development: game-2048-dev/game-2048-dev: manifests/development has no container web, which `containers` in the config names
              -> correct `containers` in development.yaml, or the name in DIR/manifests-game-2048-dev
            warning dry run: development: game-2048-dev/game-2048-dev: manifests/development has no container worker, which `containers` in the config names
              -> correct `containers` in development.yaml, or the name in DIR/manifests-game-2048-dev
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_cluster_local_service_without_the_gateways_address_is_reported_which_setting_names_it() {
    found(
        async |harness| {
            let labels = "  labels: {networking.knative.dev/visibility: cluster-local}\nspec:\n  template:";
            manifest_with(harness, "spec:\n  template:", labels);
            let folder = harness.path().join(FOLDER).display().to_string();
            harness.room.succeed(&["apply", "-f", &folder]).await;
            let local = |service: &Value| service["status"]["url"].as_str().is_some_and(|url| url.contains(".svc.cluster.local"));
            harness.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], local).await;
            harness.development_with(
                "ingress_address: 'INGRESS'}",
                "ingress_address: 'INGRESS', cluster_local: {ingress_address: null, scheme: http}}",
            );
        },
        expect![[r#"
            error url: development: game-2048-dev.game-2048-dev.svc.cluster.local does not resolve: ...
              -> in development.yaml name the gateway inside the cluster: url: {cluster_local: {ingress_address: "IP:80", scheme: http}} (kubectl get svc -A | grep -i internal)
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_path_of_one_service_that_the_application_does_not_answer_is_reported() {
    found(
        async |harness| {
            let control = harness.room.sandbox.home.control;
            let image = "ghcr.io/your-org/hello:half";
            let published = shell(
                &format!("boathook-sandbox image --control {control} {image}=bad-path:/api/health"),
                &[],
            ).await;
            assert_eq!(published.code, 0, "{}", published.transcript());
            let folder = harness.room.manifests(SERVICE, image, "hi");
            harness.room.succeed(&["apply", "-f", &folder]).await;
            let ready = |service: &Value| service["status"]["latestReadyRevisionName"] == format!("{SERVICE}-00002");
            harness.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], ready).await;
            harness.room.succeed(&[
                "wait",
                "--for=condition=Ready",
                &format!("ksvc/{SERVICE}"),
                "-n",
                SERVICE,
                "--timeout=30s",
            ]).await;
            let services = "services: [game-2048-dev]}\nservices: {game-2048-dev: {health: {path: \
                            [/, /api/health]}}}";
            harness.development_with("services: [game-2048-dev]}", services);
        },
        expect![[r#"
            error url: development: http://game-2048-dev.game-2048-dev.sandbox.test through INGRESS: /api/health answered 503, expected 200
              -> curl -i http://game-2048-dev.game-2048-dev.sandbox.test; see `health` in development.yaml, and kubectl logs of the service
        "#]],
    )
    .await;
}

/// Applies the service with another image or manifest, and waits until its newest revision is said
/// to have failed.
async fn fails(harness: &CheckHarness, image: &str, part: &str, instead: &str) {
    let folder = harness.room.manifests(SERVICE, image, "hi");
    manifest_with(harness, part, instead);
    harness.room.succeed(&["apply", "-f", &folder]).await;
    let newest = |service: &Value| {
        service["status"]["latestCreatedRevisionName"] == format!("{SERVICE}-00002")
    };
    harness.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], newest).await;
}

#[tokio::test]
async fn why_the_newest_revision_did_not_come_up_is_reported_with_what_to_do() {
    found(
        async |harness| {
            let volume = "    spec:\n      volumes: [{name: keys, secret: {secretName: \
                          gone}}]\n      containers:\n        - volumeMounts: [{name: keys, \
                          mountPath: /keys}]\n          image:";
            fails(harness, V2, "    spec:\n      containers:\n        - image:", volume).await;
            let result = |events: &Value| events.to_string().contains("secret \\\"gone\\\" not found");
            harness.room.object_until(&["events", "-n", SERVICE], result).await;
            harness.room.manifests(SERVICE, V1, "hi");
        },
        expect![[r#"
            warning service: game-2048-dev/game-2048-dev is not ready: Ready=Unknown; game-2048-dev-00002: the pod does not start: FailedMount: MountVolume.SetUp failed for volume "keys" : secret "gone" not found
              -> create it in the service's namespace, or correct its name or key in the manifest
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_quota_that_leaves_no_room_for_the_newest_revision_is_reported() {
    found(
        async |harness| {
            let quota = "apiVersion: v1\nkind: ResourceQuota\n\
                         metadata: {name: few, namespace: game-2048-dev}\n\
                         spec: {hard: {pods: '1'}}\n";
            harness.room.succeed(&[
                "apply",
                "-f",
                &harness.room.file("sandbox/quota.yaml", quota),
            ]).await;
            fails(harness, V2, "hi", "hi").await;
            let result = |service: &Value| service["status"].to_string().contains("exceeded quota");
            harness.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], result).await;
        },
        expect![[r#"
            warning service: game-2048-dev/game-2048-dev is not ready: Ready=False (RevisionFailed: Revision "game-2048-dev-00002" failed with message: pods "game-2048-dev-00002-deployment-POD" is forbidden: exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1.); game-2048-dev-00002: the pod cannot be created: pods "game-2048-dev-00002-deployment-POD" is forbidden: exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1
              -> raise the namespace's ResourceQuota, or free what uses it up; the old revision's pods count while both run
        "#]],
    )
    .await;
}

#[tokio::test]
async fn what_the_api_server_forbids_for_another_reason_than_a_role_is_reported() {
    found(
        async |harness| {
            let refusal = "Error from server (Forbidden): deployments.apps \\\"x\\\" is forbidden: \
                           unable to create new content in namespace game-2048-dev because it is \
                           being terminated";
            harness.program(
                "ending",
                &format!("case \"$*\" in *--dry-run=server*) echo \"{refusal}\" >&2; exit 1;; \
                          esac\nKUBECTL \"$@\""),
            );
            let text = fs::read_to_string(harness.path().join("default.yaml")).unwrap();
            let kubectl = harness.room.kubectl.display().to_string();
            harness.file(
                "default.yaml",
                &text.replace(&format!("kubectl: [{kubectl}]"), "kubectl: [DIR/ending]"),
            );
        },
        expect![[r#"
            error dry run: development: game-2048-dev/game-2048-dev: Set the new template, traffic staying where it is: `DIR/ending patch ksvc game-2048-dev -n game-2048-dev --type json --field-manager boathook -o json ...` failed (exit code 1 after N ms): Error from server (Forbidden): deployments.apps "x" is forbidden: unable to create new content in namespace game-2048-dev because it is being terminated
              -> correct it in DIR/manifests-game-2048-dev, and look again: kubectl apply --dry-run=server -f DIR/manifests-game-2048-dev
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_registry_that_refuses_the_image_is_reported_with_whose_credentials_count() {
    found(
        async |harness| {
            let image = "ghcr.io/your-org/hello:private";
            fails(harness, image, "hi", "hi").await;
            let failed = |service: &Value| service["status"].to_string().contains("Unable to fetch image");
            harness.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], failed).await;
            let said = "Unable to fetch image \"ghcr.io/your-org/hello:private\": failed to resolve \
                        image to digest: GET https://ghcr.io/v2/: unexpected status code 401 \
                        Unauthorized";
            let cluster = &harness.room.sandbox.cluster;
            let revision = format!("{SERVICE}-00002");
            cluster.fail_revision(SERVICE, &revision, "ContainerMissing", said);
            let shown = |service: &Value| service["status"].to_string().contains("401");
            harness.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], shown).await;
        },
        expect![[r#"
            warning service: game-2048-dev/game-2048-dev is not ready: Ready=False (RevisionFailed: Revision "game-2048-dev-00002" failed with message: Unable to fetch image "ghcr.io/your-org/hello:private": failed to resolve image to digest: GET https://ghcr.io/v2/: unexpected status code 401 Unauthorized.); game-2048-dev-00002: revision game-2048-dev-00002: Ready=False (ContainerMissing: Unable to fetch image "ghcr.io/your-org/hello:private": failed to resolve image to digest: GET https://ghcr.io/v2/: unexpected status code 401 Unauthorized)
              -> correct the registry's credentials: imagePullSecrets of the service account, or those of the node
        "#]],
    )
    .await;
}

#[tokio::test]
async fn short_values_of_a_secret_in_the_manifests_are_named_and_not_shown() {
    found(
        async |harness| {
            let secret = "apiVersion: v1\nkind: Secret\n\
                          metadata: {name: db, namespace: game-2048-dev}\n\
                          stringData: {pin: '4711', password: a-long-one-indeed}\n\
                          data: {code: enp6}\n";
            harness.file(&format!("{FOLDER}/05-db.yaml"), secret);
        },
        expect![[r#"
            warning manifests: development: Secret/db has values of fewer than 8 bytes: code, pin
              -> make them longer where they are secrets; else put them into a ConfigMap in DIR/manifests-game-2048-dev
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_domain_that_two_namespaces_want_and_one_that_is_taken_are_named() {
    let harness = CheckHarness::open().await;
    harness.default_with("kubeconfig.limited", "kubeconfig");
    let mapping = |namespace: &str| {
        format!(
            "apiVersion: serving.knative.dev/v1beta1\nkind: DomainMapping\n\
             metadata: {{name: play.example.com, namespace: {namespace}}}\n\
             spec: {{ref: {{apiVersion: serving.knative.dev/v1, kind: Service, name: \
             game-2048-dev}}}}\n"
        )
    };
    harness.file(&format!("{FOLDER}/20-domain.yaml"), &mapping(SERVICE));
    harness.file("manifests-other/20-domain.yaml", &mapping("other"));
    harness.file("other", "9b7a26534f0c8d1e and other bytes");
    harness.file(
        "staging.yaml",
        "secrets: [{id: ci, file: DIR/other}]\nmanifests: DIR/manifests-other\n\
         allow: {images: ['ghcr.io/your-org/*'], namespaces: [other], services: ['*']}\n\
         url: {scheme: http, domain: sandbox.test, ingress_address: 'INGRESS'}",
    );
    let message = "namespace game-2048-dev does not own ClusterDomainClaim for play.example.com";
    let event = json!({"type": "Warning", "reason": "InternalError", "message": message,
        "involvedObject": {"kind": "DomainMapping", "name": "play.example.com"}});
    create(&harness, Kind::Event, "play", event);
    let result: Vec<String> = complaints(&harness)
        .await
        .into_iter()
        .filter(|block| block.contains(" domain: "))
        .collect();
    expect![[r#"
        warning domain: development: domain play.example.com: namespace game-2048-dev does not own ClusterDomainClaim for play.example.com
          -> delete the other mapping of this domain, or take another domain (the mapping stands in DIR/manifests-game-2048-dev)
        error domain: the domain play.example.com is mapped in several namespaces: game-2048-dev (development), other (staging)
          -> give each DomainMapping a domain of its own, or deploy these environments to clusters of their own
    "#]]
    .assert_eq(&result.concat());
}

#[tokio::test]
async fn a_folder_is_built_by_kustomize_once_however_much_is_asked_of_it() {
    let harness = CheckHarness::open().await;
    harness.file(
        &format!("{FOLDER}/kustomization.yaml"),
        "resources: [00-namespace.yaml, 10-service.yaml]",
    );
    harness.program("counted", "echo \"$1\" >>DIR/runs; exec KUBECTL \"$@\"");
    harness.default_with("kubectl: [KUBECTL]", "kubectl: [DIR/counted]");
    assert_eq!(harness.complaints().await, "");
    let runs = fs::read_to_string(harness.path().join("runs")).unwrap();
    assert_eq!(runs.lines().filter(|verb| *verb == "kustomize").count(), 1, "{runs}");
}

#[tokio::test]
async fn the_image_service_and_containerd_are_asked_where_the_runtime_is_unless_configured_otherwise()
 {
    let harness = CheckHarness::open().await;
    harness.program(
        "crictl",
        "env | grep -E '^(CONTAINER|IMAGE)' | sort >DIR/seen; exec DIR/sandbox/bin/crictl \"$@\"",
    );
    let mut seen = Vec::new();
    for variables in [
        "CONTAINER_RUNTIME_ENDPOINT: 'unix:///run/other.sock'",
        "CONTAINER_RUNTIME_ENDPOINT: 'unix:///run/other.sock', IMAGE_SERVICE_ENDPOINT: \
         'unix:///run/images.sock'",
        "CONTAINER_RUNTIME_ENDPOINT: 'unix:///run/other.sock', CONTAINERD_ADDRESS: \
         /run/containerd.sock",
        "CONTAINER_RUNTIME_ENDPOINT: 'tcp://127.0.0.1:9'",
    ] {
        harness.default_with(
            "DIR/sandbox/bin/crictl]",
            &format!("DIR/crictl]\n  environment: {{{variables}}}"),
        );
        harness.check("").await;
        seen.push(fs::read_to_string(harness.path().join("seen")).unwrap());
    }
    expect![[r#"
        CONTAINERD_ADDRESS=/run/other.sock
        CONTAINER_RUNTIME_ENDPOINT=unix:///run/other.sock
        IMAGE_SERVICE_ENDPOINT=unix:///run/other.sock

        CONTAINERD_ADDRESS=/run/images.sock
        CONTAINER_RUNTIME_ENDPOINT=unix:///run/other.sock
        IMAGE_SERVICE_ENDPOINT=unix:///run/images.sock

        CONTAINERD_ADDRESS=/run/containerd.sock
        CONTAINER_RUNTIME_ENDPOINT=unix:///run/other.sock
        IMAGE_SERVICE_ENDPOINT=unix:///run/other.sock

        CONTAINER_RUNTIME_ENDPOINT=tcp://127.0.0.1:9
        IMAGE_SERVICE_ENDPOINT=tcp://127.0.0.1:9
    "#]]
    .assert_eq(&seen.join("\n"));
}

/// TLS in front of an address, for each connection that comes; gives where it listens, and the
/// certificate to trust.
fn tls_in_front_of(behind: SocketAddr, host: &str, protocol: &str) -> (SocketAddr, String) {
    let made = rcgen::generate_simple_self_signed(vec![host.to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    let mut config =
        config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        while let Ok((client, _)) = listener.accept() {
            let server = TcpStream::connect(behind).unwrap();
            let tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), client);
            thread::spawn(move || carry(tls, server));
        }
    });
    (address, made.cert.pem())
}

/// Carries bytes in both directions until one side ends.
fn carry(mut tls: StreamOwned<ServerConnection, TcpStream>, mut server: TcpStream) {
    tls.sock.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    server.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    while copy(&mut tls, &mut server) && copy(&mut server, &mut tls) {}
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> bool {
    let mut bytes = [0; 16 << 10];
    match from.read(&mut bytes) {
        Ok(0) => false,
        Ok(read) => to.write_all(&bytes[..read]).and_then(|()| to.flush()).is_ok(),
        Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_by_grpc_is_asked_over_tls_and_a_gateway_that_speaks_no_http_2_is_reported() {
    let harness = CheckHarness::open().await;
    let control = harness.room.sandbox.home.control;
    let image = "ghcr.io/your-org/hello:grpc";
    let published =
        shell(&format!("boathook-sandbox image --control {control} {image}=grpc:orders.v1"), &[])
            .await;
    assert_eq!(published.code, 0, "{}", published.transcript());
    let folder = harness.room.manifests(SERVICE, image, "hi");
    harness.room.succeed(&["apply", "-f", &folder]).await;
    let ready = |service: &Value| {
        service["status"]["latestReadyRevisionName"] == format!("{SERVICE}-00002")
    };
    harness.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], ready).await;
    harness
        .room
        .succeed(&[
            "wait",
            "--for=condition=Ready",
            &format!("ksvc/{SERVICE}"),
            "-n",
            SERVICE,
            "--timeout=30s",
        ])
        .await;
    let mut result = String::new();
    for protocol in ["h2", "http/1.1"] {
        let host = format!("{SERVICE}.{SERVICE}.sandbox.test");
        let (address, certificate) =
            tls_in_front_of(harness.room.sandbox.home.ingress, &host, protocol);
        harness.file("trusted.pem", &certificate);
        let url = format!(
            "url: {{scheme: https, domain: sandbox.test, ingress_address: '{address}'}}\n\
             health: {{grpc: {{service: orders.v1}}}}"
        );
        harness.development_with(
            "url: {scheme: http, domain: sandbox.test, ingress_address: 'INGRESS'}",
            &url,
        );
        let trusted = harness.path().join("trusted.pem").display().to_string();
        let report = shell(
            &format!("boathook check --config {}", harness.path().display()),
            &[("SSL_CERT_FILE", &trusted)],
        )
        .await;
        let report = harness.plain(&report.stdout).replace(&address.to_string(), "GATEWAY");
        result += &report
            .lines()
            .filter(|line| line.contains("  url  "))
            .map(|line| format!("{line}\n"))
            .collect::<String>();
    }
    expect![[r#"
        ok       url            development: gRPC health of orders.v1 at https://game-2048-dev.game-2048-dev.sandbox.test through GATEWAY is well within N ms
        error    url            development: gRPC health of orders.v1 at https://game-2048-dev.game-2048-dev.sandbox.test through GATEWAY: TLS failed: received fatal alert: NoApplicationProtocol
    "#]].assert_eq(&result);
}

#[tokio::test]
async fn approvers_that_this_machine_does_not_know_are_named() {
    found(
        async |harness| {
            let approvers = "approval: {approvers: {count: 2, users: [root, nobody-at-all], groups: \
                             [root, no-such-group]}}\nsecrets:";
            harness.development_with("secrets:", approvers);
        },
        expect![[r#"
            warning approvers: approvers in development names the user nobody-at-all, which is not in this machine's files
              -> correct approval.approvers in development.yaml, or create the user; then boathook reload
            warning approvers: approvers in development names the group no-such-group, which is not in this machine's files
              -> correct approval.approvers in development.yaml, or create the group; then boathook reload
        "#]],
    )
    .await;
}
