//! What boathook's account may do in a cluster: enough for every rollout, nothing that none needs,
//! and the same everywhere.

use std::{fs, os::unix::fs::PermissionsExt as _};

use boathook_sandbox::harness::SandboxHarness;
use expect_test::expect;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::listening::{Ran, shell};

#[tokio::test]
async fn the_account_may_not_do_anything_else() {
    let room = SandboxHarness::open();
    let name = "game-2048-dev";
    room.succeed(&["create", "namespace", name]).await;
    room.succeed(&["create", "namespace", "other"]).await;
    let questions = [
        "get ksvc/game-2048-dev -n game-2048-dev",
        "create ksvc -n game-2048-dev",
        "get namespaces/game-2048-dev -n game-2048-dev",
        "delete ksvc/game-2048-dev -n game-2048-dev",
        "update ksvc/game-2048-dev -n game-2048-dev",
        "list ksvc -n game-2048-dev",
        "watch ksvc -n game-2048-dev",
        "list ksvc -n other",
        "patch ksvc/other -n game-2048-dev",
        "patch ksvc/game-2048-dev -n other",
        "create ksvc -n other",
        "list revisions -A",
        "patch revisions -n game-2048-dev",
        "get secrets -n game-2048-dev",
        "list secrets -n game-2048-dev",
        "get configmaps -n game-2048-dev",
        "create pods -n game-2048-dev",
        "create pods --subresource=exec -n game-2048-dev",
        "delete pods -n game-2048-dev",
        "get pods -n game-2048-dev",
        "list namespaces",
        "get namespaces/other -n other",
        "create namespaces",
        "delete namespaces/game-2048-dev -n game-2048-dev",
        "create serviceaccounts --subresource=token -n game-2048-dev",
        "* * -n game-2048-dev",
    ];
    let mut answers = String::new();
    for question in questions {
        let words: Vec<&str> = ["auth", "can-i"].into_iter().chain(question.split(' ')).collect();
        answers += &format!("{} {question}\n", room.limited_kubectl(&words).await.stdout.trim());
    }
    expect![[r#"
        yes get ksvc/game-2048-dev -n game-2048-dev
        yes create ksvc -n game-2048-dev
        yes get namespaces/game-2048-dev -n game-2048-dev
        no delete ksvc/game-2048-dev -n game-2048-dev
        no update ksvc/game-2048-dev -n game-2048-dev
        yes list ksvc -n game-2048-dev
        yes watch ksvc -n game-2048-dev
        no list ksvc -n other
        no patch ksvc/other -n game-2048-dev
        no patch ksvc/game-2048-dev -n other
        no create ksvc -n other
        no list revisions -A
        no patch revisions -n game-2048-dev
        no get secrets -n game-2048-dev
        no list secrets -n game-2048-dev
        no get configmaps -n game-2048-dev
        no create pods -n game-2048-dev
        no create pods --subresource=exec -n game-2048-dev
        no delete pods -n game-2048-dev
        yes get pods -n game-2048-dev
        no list namespaces
        no get namespaces/other -n other
        no create namespaces
        no delete namespaces/game-2048-dev -n game-2048-dev
        no create serviceaccounts --subresource=token -n game-2048-dev
        no * * -n game-2048-dev
    "#]]
    .assert_eq(&answers);
}

#[tokio::test]
async fn rbac_prints_the_roles_for_what_stands_in_the_manifests() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    fs::create_dir_all(path.join("of-shop")).unwrap();
    fs::write(path.join("default.yaml"), "{}\n").unwrap();
    fs::write(path.join("staging.yaml"), "manifests: of-shop\n").unwrap();
    let object = |api, kind, name| {
        format!(
            "apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\n---\n"
        )
    };
    let manifests = [
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n".to_owned(),
        object("serving.knative.dev/v1", "Service", "cart"),
        object("serving.knative.dev/v1", "Service", "till"),
        object("v1", "ConfigMap", "settings"),
    ];
    fs::write(path.join("of-shop/shop.yaml"), manifests.concat()).unwrap();
    let printed = shell(&format!("boathook rbac --config {}", path.display()), &[]).await;
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    expect![[r##"
        # Made by `boathook rbac`; what the account of boathook may do, and why.
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata:
          name: boathook
          namespace: "shop"
        rules:
          # The first deployment of a service creates it; Kubernetes cannot limit `create` to a name.
          - apiGroups: ["serving.knative.dev"]
            resources: ["services"]
            verbs: ["create"]
          # Template and traffic are set by one patch, which begins with what is there.
          - apiGroups: ["serving.knative.dev"]
            resources: ["services"]
            resourceNames: ["cart", "till"]
            verbs: ["get", "patch"]
          # All deployments of a namespace share one watch, which no name can limit; they wait until their changes have taken effect.
          # Optional. Without it: boathook reads each service that it waits for twice a second instead.
          - apiGroups: ["serving.knative.dev"]
            resources: ["services"]
            verbs: ["list", "watch"]
          # The new revision is found by its label, and looked at while it becomes ready.
          - apiGroups: ["serving.knative.dev"]
            resources: ["revisions"]
            verbs: ["get", "list"]
          # All deployments of a namespace share one watch.
          # Optional. Without it: boathook reads revisions one by one instead.
          - apiGroups: ["serving.knative.dev"]
            resources: ["revisions"]
            verbs: ["watch"]
          # A revision that never became ready is removed.
          # Optional. Without it: A revision that never became ready stays there, and its pods go on restarting.
          - apiGroups: ["serving.knative.dev"]
            resources: ["revisions"]
            verbs: ["delete"]
          # A crash is seen in the pods; Knative itself reports it after ten minutes.
          - apiGroups: [""]
            resources: ["pods"]
            verbs: ["list"]
          # A crash is seen at once.
          # Optional. Without it: boathook reads the pods that it waits for twice a second instead.
          - apiGroups: [""]
            resources: ["pods"]
            verbs: ["watch"]
          # `kubectl logs` gets the pod before its log.
          # Optional. Without it: The record lacks the last output of a container that crashed, and `boathook logs` is refused.
          - apiGroups: [""]
            resources: ["pods"]
            verbs: ["get"]
          # The last output of a container that crashed goes into the record, and `boathook logs` prints what an application logs.
          # Optional. Without it: The record lacks the last output of a container that crashed, and `boathook logs` is refused.
          - apiGroups: [""]
            resources: ["pods/log"]
            verbs: ["get"]
          # Only events say why a pod cannot be created or a volume cannot be mounted.
          # Optional. Without it: Where only events name the cause, a deployment waits until its deadline and does not name it.
          - apiGroups: [""]
            resources: ["events"]
            verbs: ["list"]
          # All deployments of a namespace share one watch.
          # Optional. Without it: boathook reads events each time it looks for a cause.
          - apiGroups: [""]
            resources: ["events"]
            verbs: ["watch"]
          # The namespace is only looked at; the installer applies it.
          # Optional. Without it: The Namespace in the manifests is left out of the apply.
          - apiGroups: [""]
            resources: ["namespaces"]
            resourceNames: ["shop"]
            verbs: ["get"]
          # It stands in the manifests, and is applied with them.
          - apiGroups: [""]
            resources: ["configmaps"]
            verbs: ["get", "create", "patch"]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata:
          name: boathook
          namespace: "shop"
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: Role
          name: boathook
        subjects:
          - kind: ServiceAccount
            name: boathook
            namespace: webhook-system
    "##]]
    .assert_eq(&printed.stdout);

    fs::write(
        path.join("staging.yaml"),
        "manifests: of-shop\nallow: {services: [cart, till], namespaces: [shop]}\nservices: {shop/cart: {rollback: {created: delete}}}\n",
    )
    .unwrap();
    let claim = object("v1", "PersistentVolumeClaim", "disk");
    fs::write(path.join("of-shop/disk.yaml"), claim).unwrap();
    let printed = shell(&format!("boathook rbac --config {}", path.display()), &[]).await;
    let deletes = printed.stdout.split("  # What a failed ").skip(1).collect::<String>();
    expect![[r#"
        deployment created is deleted, as `rollback: {created: delete}` says.
          # Optional. Without it: It stays, and the deployment's reason names it.
          - apiGroups: [""]
            resources: ["configmaps"]
            verbs: ["delete"]
    "#]]
    .assert_eq(deletes.split("---").next().unwrap());
    fs::remove_file(path.join("of-shop/disk.yaml")).unwrap();

    fs::write(
        path.join("staging.yaml"),
        "manifests: of-shop\nallow: {services: [cart, till], namespaces: [shop]}\nservices: {shop/cart: {before: [job/migrate]}}\n",
    )
    .unwrap();
    fs::write(path.join("of-shop/job.yaml"), object("batch/v1", "Job", "migrate")).unwrap();
    let printed = shell(&format!("boathook rbac --config {}", path.display()), &[]).await;
    let jobs = printed.stdout.split("  # A Job of ").skip(1).collect::<String>();
    expect![[r#"
        `before` or `after` is created once in a deployment, read until it ends, and deleted if it does not, or by a later deployment.
          - apiGroups: ["batch"]
            resources: ["jobs"]
            verbs: ["create", "get", "list", "delete"]
    "#]]
    .assert_eq(jobs.split("  # It stands").next().unwrap());
    assert_eq!(printed.stdout.matches("\"jobs\"").count(), 1, "{}", printed.stdout);
    fs::remove_file(path.join("of-shop/job.yaml")).unwrap();
    fs::write(path.join("staging.yaml"), "manifests: of-shop\n").unwrap();

    fs::write(path.join("of-shop/shop.yaml"), manifests.concat().replace(", namespace: shop", ""))
        .unwrap();
    let refused = shell(&format!("boathook rbac --config {}", path.display()), &[]).await;
    assert_eq!(refused.code, 1);
    expect![[r#"
        error: DIR/of-shop names no namespace in Service/cart; write metadata.namespace, or name the namespace without `*` in allow.namespaces, so that the role can be limited to it
    "#]]
    .assert_eq(&said(&refused.stderr).replace(path.to_str().unwrap(), "DIR"));
}

/// What a command said, without the note that the cluster could not be asked.
fn said(stderr: &str) -> String {
    stderr
        .lines()
        .filter(|line| !line.contains("the cluster could not be asked for its kinds"))
        .map(|line| format!("{line}\n"))
        .collect()
}

const ODD_KINDS: &str = "
apiVersion: v1
kind: Endpoints
metadata: {name: elsewhere, namespace: shop}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: way-in, namespace: shop}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: first}
---
apiVersion: example.dev/v1
kind: Sheep
metadata: {name: dolly, namespace: shop}
";

/// `boathook rbac` for these manifests, with a kubectl that answers what the script says.
async fn rbac_with(kubectl: &str, manifests: &str, staging: &str) -> (Vec<Value>, Ran) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    fs::create_dir_all(path.join("of-shop")).unwrap();
    fs::write(path.join("kubectl"), format!("#!/bin/sh\n{kubectl}\n")).unwrap();
    fs::set_permissions(path.join("kubectl"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(
        path.join("default.yaml"),
        format!("tools: {{kubectl: [{}], kubeconfig: null}}\n", path.join("kubectl").display()),
    )
    .unwrap();
    fs::write(path.join("staging.yaml"), format!("manifests: of-shop\n{staging}\n")).unwrap();
    fs::write(path.join("of-shop/shop.yaml"), manifests).unwrap();
    let printed = shell(&format!("boathook rbac --config {}", path.display()), &[]).await;
    let objects = serde_yaml::Deserializer::from_str(&printed.stdout)
        .map(|one| Value::deserialize(one).unwrap());
    (objects.filter(|object| object.is_object()).collect(), printed)
}

/// The resources of the roles of a kind that are applied with the manifests.
fn applied(objects: &[Value], kind: &str) -> Vec<String> {
    let roles = objects.iter().filter(|object| object["kind"] == kind);
    let rules = roles
        .flat_map(|role| role["rules"].as_array().unwrap())
        .filter(|rule| rule["verbs"] == json!(["get", "create", "patch"]));
    rules
        .map(|rule| {
            format!(
                "{}.{}",
                rule["resources"][0].as_str().unwrap(),
                rule["apiGroups"][0].as_str().unwrap()
            )
        })
        .collect()
}

#[tokio::test]
async fn rbac_asks_the_cluster_how_it_calls_its_kinds_and_which_belong_to_no_namespace() {
    let table = "cat <<END
endpoints          ep    v1                            true   Endpoints
gateways           gtw   gateway.networking.k8s.io/v1  true   Gateway
priorityclasses    pc    scheduling.k8s.io/v1          false  PriorityClass
flock                    example.dev/v1                false  Sheep
END";
    let (objects, printed) = rbac_with(table, ODD_KINDS, "").await;
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""));
    assert_eq!(applied(&objects, "Role"), ["endpoints.", "gateways.gateway.networking.k8s.io"]);
    assert_eq!(
        applied(&objects, "ClusterRole"),
        ["flock.example.dev", "priorityclasses.scheduling.k8s.io"]
    );
    let binding = objects.iter().find(|object| object["kind"] == "ClusterRoleBinding").unwrap();
    assert_eq!(
        binding["roleRef"],
        json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "boathook"})
    );
    assert_eq!(binding["metadata"], json!({"name": "boathook"}));
}

#[tokio::test]
async fn rbac_follows_the_conventions_of_kubernetes_where_the_cluster_cannot_be_asked_and_says_so()
{
    let (objects, printed) =
        rbac_with("echo 'The connection to the server was refused' >&2; exit 1", ODD_KINDS, "")
            .await;
    assert_eq!(printed.code, 0);
    assert!(
        printed.stderr.contains("the cluster could not be asked for its kinds"),
        "{}",
        printed.stderr
    );
    assert!(printed.stderr.contains("was refused"), "{}", printed.stderr);
    assert_eq!(
        applied(&objects, "Role"),
        ["endpoints.", "sheeps.example.dev", "gateways.gateway.networking.k8s.io"]
    );
    assert_eq!(applied(&objects, "ClusterRole"), ["priorityclasses.scheduling.k8s.io"]);
}

#[tokio::test]
async fn rbac_refuses_a_kind_that_the_cluster_does_not_serve() {
    let (_, printed) = rbac_with("echo 'configmaps cm v1 true ConfigMap'", ODD_KINDS, "").await;
    assert_eq!(printed.code, 1);
    assert!(
        printed
            .stderr
            .contains("holds Endpoints/elsewhere of v1, which the cluster does not serve"),
        "{}",
        printed.stderr
    );
}

#[tokio::test]
async fn rbac_takes_what_names_no_namespace_to_those_that_requests_may_name() {
    let manifests = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n---\n\
                     apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: cart}\n";
    let table = "printf 'configmaps cm v1 true ConfigMap\\nservices ksvc serving.knative.dev/v1 \
                 true Service\\n'";
    let (objects, printed) =
        rbac_with(table, manifests, "allow: {namespaces: [shop, 'team-*', tills]}").await;
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    let of_roles: Vec<&Value> = objects
        .iter()
        .filter(|object| object["kind"] == "Role")
        .map(|role| &role["metadata"]["namespace"])
        .collect();
    assert_eq!(of_roles, ["shop", "tills"]);
    assert_eq!(applied(&objects, "Role"), ["configmaps.", "configmaps."]);
}
