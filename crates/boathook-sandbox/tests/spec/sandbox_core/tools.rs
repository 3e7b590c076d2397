//! kubectl and crictl: their words and exit codes.

use boathook_sandbox::{Behaviour, Kind};
use expect_test::expect;
use serde_json::{Value, json};

use super::stand::{REPOSITORY, Stand, deployer, image, pass, transcript};

async fn lines(stand: &Stand, commands: &[&str]) -> String {
    let mut said = String::new();
    for command in commands {
        said += &format!("$ {command}\n{}\n", transcript(&stand.run(command).await));
    }
    said
}

#[tokio::test(start_paused = true)]
async fn kubectl_says_what_is_not_there() {
    let stand = Stand::serving().await;
    let commands = [
        "kubectl get ksvc nosuch -n fa -o json",
        "kubectl get ksvc nosuch -n fa -o json --ignore-not-found",
        "kubectl get ksvc hello -n nosuchns -o json",
        "kubectl patch ksvc nosuch -n fa --type json -p []",
        "kubectl get namespace nosuchns -o json",
        "kubectl get revisions -n nosuchns -o json",
        "kubectl get nonsense -n fa -o json",
        "kubectl delete revision nosuch -n fa",
        "kubectl logs nosuch -n fa -c user-container --previous --tail=5",
    ];
    expect![[r#"
        $ kubectl get ksvc nosuch -n fa -o json
        Error from server (NotFound): services.serving.knative.dev "nosuch" not found
        (exit code 1)
        $ kubectl get ksvc nosuch -n fa -o json --ignore-not-found

        $ kubectl get ksvc hello -n nosuchns -o json
        Error from server (NotFound): namespaces "nosuchns" not found
        (exit code 1)
        $ kubectl patch ksvc nosuch -n fa --type json -p []
        Error from server (NotFound): services.serving.knative.dev "nosuch" not found
        (exit code 1)
        $ kubectl get namespace nosuchns -o json
        Error from server (NotFound): namespaces "nosuchns" not found
        (exit code 1)
        $ kubectl get revisions -n nosuchns -o json
        {
            "apiVersion": "v1",
            "items": [],
            "kind": "List",
            "metadata": {
                "resourceVersion": ""
            }
        }
        $ kubectl get nonsense -n fa -o json
        error: the server doesn't have a resource type "nonsense"
        (exit code 1)
        $ kubectl delete revision nosuch -n fa
        Error from server (NotFound): revisions.serving.knative.dev "nosuch" not found
        (exit code 1)
        $ kubectl logs nosuch -n fa -c user-container --previous --tail=5
        Error from server (NotFound): pods "nosuch" not found
        (exit code 1)
    "#]]
    .assert_eq(&lines(&stand, &commands).await);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_verb_or_flag_is_an_error() {
    let stand = Stand::serving().await;
    let commands = [
        "kubectl get ksvc hello -n fa -o json --out-put-watch",
        "kubectl patch ksvc hello -n fa -x",
        "kubectl explode ksvc hello",
        "kubectl get ksvc hello -n fa -o",
        "kubectl get ksvc hello -n fa -o yaml",
        "crictl push -- image",
        "crictl pull --nosuch -- image",
    ];
    expect![[r#"
        $ kubectl get ksvc hello -n fa -o json --out-put-watch
        error: unknown flag: --out-put-watch
        See 'kubectl get --help' for usage.
        (exit code 1)
        $ kubectl patch ksvc hello -n fa -x
        error: unknown shorthand flag: 'x' in -x
        See 'kubectl patch --help' for usage.
        (exit code 1)
        $ kubectl explode ksvc hello
        error: unknown command "explode" for "kubectl"
        (exit code 1)
        $ kubectl get ksvc hello -n fa -o
        error: flag needs an argument: -o
        See 'kubectl get --help' for usage.
        (exit code 1)
        $ kubectl get ksvc hello -n fa -o yaml
        error: this kubectl prints JSON only: -o json
        (exit code 1)
        $ crictl push -- image
        No help topic for 'push'
        (exit code 1)
        $ crictl pull --nosuch -- image
        flag provided but not defined: unknown flag: --nosuch
        (exit code 1)
    "#]]
    .assert_eq(&lines(&stand, &commands).await);
}

#[tokio::test(start_paused = true)]
async fn flags_may_stand_anywhere_and_in_either_form() {
    let stand = Stand::serving().await;
    let first = stand.run("kubectl get ksvc hello -n fa -o json").await.stdout.text().into_owned();
    for other in [
        "k3s kubectl -n=fa get -ojson ksvc/hello",
        "/usr/local/bin/kubectl --kubeconfig /etc/k --request-timeout=30s get --output json \
         services.serving.knative.dev hello --namespace fa",
        "kubectl --namespace=fa get --output=json -- ksvc hello",
    ] {
        assert_eq!(stand.run(other).await.stdout.text(), first, "{other}");
    }
    assert!(
        first.starts_with(
            "{\n    \"apiVersion\": \"serving.knative.dev/v1\",\n    \"kind\": \"Service\","
        ),
        "{first}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_is_a_plain_list() {
    let stand = Stand::serving().await;
    let list = stand
        .run("kubectl get revisions -n fa -l serving.knative.dev/service=hello,!nosuch -o json")
        .await;
    let list: Value = serde_json::from_str(&list.stdout.text()).unwrap();
    assert_eq!(
        (&list["kind"], &list["apiVersion"], &list["metadata"]),
        (&json!("List"), &json!("v1"), &json!({"resourceVersion": ""}))
    );
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let none = stand.run("kubectl get pods -n fa -l a=b -o json").await;
    let none: Value = serde_json::from_str(&none.stdout.text()).unwrap();
    assert_eq!(none["items"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn the_documented_role_is_enough_and_no_more() {
    let mut stand = Stand::serving().await;
    stand.tools = stand.tools.as_caller(deployer("fa", "hello"));
    let commands = [
        "kubectl get namespace fa -o json --ignore-not-found",
        "kubectl patch ksvc hello -n fa --type json -p \
         [{\"op\":\"test\",\"path\":\"/metadata/generation\",\"value\":1}]",
        "kubectl patch ksvc other -n fa --type json -p []",
        "kubectl delete ksvc hello -n fa",
        "kubectl get revisions -A -o json",
        "kubectl get pods nosuch -n fa -o json",
        "kubectl auth can-i patch ksvc/hello -n fa",
        "kubectl auth can-i patch services.serving.knative.dev -n fa",
        "kubectl auth can-i list pods -n fa",
        "kubectl auth can-i get pods --subresource=log -n fa",
        "kubectl auth can-i get secrets -n fa",
        "kubectl auth can-i get namespaces/fa",
    ];
    let said = lines(&stand, &commands[1..]).await;
    assert!(stand.run(commands[0]).await.is_success());
    expect![[r#"
        $ kubectl patch ksvc hello -n fa --type json -p [{"op":"test","path":"/metadata/generation","value":1}]
        service.serving.knative.dev/hello patched (no change)
        $ kubectl patch ksvc other -n fa --type json -p []
        Error from server (Forbidden): services.serving.knative.dev "other" is forbidden: User "system:serviceaccount:webhook-system:boathook" cannot get resource "services" in API group "serving.knative.dev" in the namespace "fa"
        (exit code 1)
        $ kubectl delete ksvc hello -n fa
        Error from server (Forbidden): services.serving.knative.dev "hello" is forbidden: User "system:serviceaccount:webhook-system:boathook" cannot delete resource "services" in API group "serving.knative.dev" in the namespace "fa"
        (exit code 1)
        $ kubectl get revisions -A -o json
        Error from server (Forbidden): revisions.serving.knative.dev is forbidden: User "system:serviceaccount:webhook-system:boathook" cannot list resource "revisions" in API group "serving.knative.dev" at the cluster scope
        (exit code 1)
        $ kubectl get pods nosuch -n fa -o json
        Error from server (NotFound): pods "nosuch" not found
        (exit code 1)
        $ kubectl auth can-i patch ksvc/hello -n fa
        yes
        $ kubectl auth can-i patch services.serving.knative.dev -n fa
        no
        (exit code 1)
        $ kubectl auth can-i list pods -n fa
        yes
        $ kubectl auth can-i get pods --subresource=log -n fa
        yes
        $ kubectl auth can-i get secrets -n fa
        no
        (exit code 1)
        $ kubectl auth can-i get namespaces/fa
        no
        Warning: resource 'namespaces' is not namespace scoped
        (exit code 1)
    "#]].assert_eq(&said);
}

#[tokio::test(start_paused = true)]
async fn the_last_words_of_a_crashed_container_can_be_read() {
    let stand = Stand::serving().await;
    stand.cluster.publish(REPOSITORY, "bad", Behaviour::crash("bad", 3, "one\ntwo\nthree"));
    stand.steer(json!([image("bad")])).await;
    pass(3_000).await;
    let pod =
        stand.names(Kind::Pod).into_iter().find(|pod| pod.starts_with("hello-00002")).unwrap();
    let other =
        stand.names(Kind::Pod).into_iter().find(|pod| pod.starts_with("hello-00001")).unwrap();
    assert_eq!(
        transcript(
            &stand
                .run(&format!("kubectl logs {pod} -n fa -c user-container --previous --tail=2"))
                .await
        ),
        "two\nthree"
    );
    let none = transcript(
        &stand.run(&format!("kubectl logs {other} -n fa -c user-container --previous")).await,
    );
    assert!(
        none.starts_with(
            "Error from server (BadRequest): previous terminated container \"user-container\" in \
             pod"
        ),
        "{none}",
    );
}

#[tokio::test(start_paused = true)]
async fn kubectl_names_its_version() {
    let stand = Stand::new();
    expect![[r#"
        {
          "clientVersion": {
            "gitVersion": "v1.32.0",
            "major": "1",
            "minor": "32",
            "platform": "linux/amd64"
          },
          "kustomizeVersion": "v5.5.0"
        }"#]]
    .assert_eq(&transcript(&stand.run("kubectl version --client -o json").await));
}

#[tokio::test(start_paused = true)]
async fn a_patch_can_print_the_object() {
    let stand = Stand::serving().await;
    let patch = json!([image("v2")]).to_string();
    let list = [
        "kubectl",
        "patch",
        "ksvc",
        "hello",
        "-n",
        "fa",
        "--type",
        "json",
        "-p",
        &patch,
        "-o",
        "json",
        "--field-manager",
        "boathook",
    ];
    let object: Value = serde_json::from_str(&stand.run_list(&list).await.stdout.text()).unwrap();
    assert_eq!(object["metadata"]["generation"], 2);
    assert_eq!(object["status"]["observedGeneration"], 1);
}

#[tokio::test(start_paused = true)]
async fn crictl_says_the_id_of_the_config_and_inspecti_the_digest() {
    let stand = Stand::new();
    let digest = stand.cluster.publish(REPOSITORY, "v3", Behaviour::good("v3"));
    let pulled = transcript(&stand.run(&format!("crictl pull -- {REPOSITORY}:v3")).await);
    assert!(
        pulled.starts_with("Image is up to date for sha256:") && !pulled.contains(&digest),
        "{pulled}"
    );
    assert_eq!(
        transcript(
            &stand
                .run(&format!("k3s crictl --runtime-endpoint unix:///x pull {REPOSITORY}@{digest}"))
                .await
        ),
        pulled
    );
    let inspected = stand.run(&format!("crictl inspecti -o json {REPOSITORY}:v3")).await;
    let inspected: Value = serde_json::from_str(&inspected.stdout.text()).unwrap();
    assert_eq!(inspected["status"]["repoDigests"], json!([format!("{REPOSITORY}@{digest}")]));
    assert_eq!(inspected["status"]["repoTags"], json!([format!("{REPOSITORY}:v3")]));
}

#[tokio::test(start_paused = true)]
async fn crictl_says_why_it_pulled_nothing() {
    let stand = Stand::new();
    stand.cluster.publish(REPOSITORY, "noblob", Behaviour::layer_missing("noblob"));
    let commands = [
        "crictl pull -- registry.test/hello:nosuch",
        "crictl pull -- registry.test/hello:noblob",
        "crictl pull -- registry.invalid/hello:v1",
        "crictl pull -- registry.test/hello:v1 registry.test/hello:v2",
        "crictl pull -h",
        "crictl inspecti -o json registry.test/hello:v1",
    ];
    expect![[r#"
        $ crictl pull -- registry.test/hello:nosuch
        E1122 18:51:22.000000    3592 remote_image.go:250] "PullImage from image service failed" err="rpc error: code = NotFound desc = failed to pull and unpack image \"registry.test/hello:nosuch\": failed to resolve image: registry.test/hello:nosuch: not found" image="registry.test/hello:nosuch"
        time="2026-11-22T18:51:22Z" level=error msg="pulling image: rpc error: code = NotFound desc = failed to pull and unpack image \"registry.test/hello:nosuch\": failed to resolve image: registry.test/hello:nosuch: not found"
        (exit code 1)
        $ crictl pull -- registry.test/hello:noblob
        E1122 18:51:22.000000    3592 remote_image.go:250] "PullImage from image service failed" err="rpc error: code = NotFound desc = failed to pull and unpack image \"registry.test/hello:noblob\": failed to copy: httpReadSeeker: failed open: could not fetch content descriptor sha256:284079de8baa9360e71bbe051fe13594f46329304133f12ec8f0d5113df97b4e (application/vnd.oci.image.layer.v1.tar+gzip) from remote: not found" image="registry.test/hello:noblob"
        time="2026-11-22T18:51:22Z" level=error msg="pulling image: rpc error: code = NotFound desc = failed to pull and unpack image \"registry.test/hello:noblob\": failed to copy: httpReadSeeker: failed open: could not fetch content descriptor sha256:284079de8baa9360e71bbe051fe13594f46329304133f12ec8f0d5113df97b4e (application/vnd.oci.image.layer.v1.tar+gzip) from remote: not found"
        (exit code 1)
        $ crictl pull -- registry.invalid/hello:v1
        E1122 18:51:22.000000    3592 remote_image.go:250] "PullImage from image service failed" err="rpc error: code = Unknown desc = failed to pull and unpack image \"registry.invalid/hello:v1\": failed to resolve image: failed to do request: Head \"https://registry.invalid/v2/hello/manifests/v1\": dial tcp: lookup registry.invalid on 127.0.0.53:53: no such host" image="registry.invalid/hello:v1"
        time="2026-11-22T18:51:22Z" level=error msg="pulling image: rpc error: code = Unknown desc = failed to pull and unpack image \"registry.invalid/hello:v1\": failed to resolve image: failed to do request: Head \"https://registry.invalid/v2/hello/manifests/v1\": dial tcp: lookup registry.invalid on 127.0.0.53:53: no such host"
        (exit code 1)
        $ crictl pull -- registry.test/hello:v1 registry.test/hello:v2
        NAME:
           crictl pull - Pull an image from a registry

        USAGE:
           crictl pull [command options] NAME[:TAG|@DIGEST]
        $ crictl pull -h
        NAME:
           crictl pull - Pull an image from a registry

        USAGE:
           crictl pull [command options] NAME[:TAG|@DIGEST]
        $ crictl inspecti -o json registry.test/hello:v1
        time="2026-11-22T18:51:22Z" level=error msg="no such image \"registry.test/hello:v1\" present"
        (exit code 1)
    "#]].assert_eq(&lines(&stand, &commands).await);
}

#[tokio::test(start_paused = true)]
async fn the_logs_of_a_selector_name_their_pod_as_those_of_the_real_kubectl_do() {
    let stand = Stand::serving().await;
    let commands = [
        "kubectl logs -n fa -l serving.knative.dev/revision=hello-00001 --prefix --tail=5 --max-log-requests=50",
        "kubectl logs -n fa -l serving.knative.dev/revision=hello-00009 --prefix",
        "kubectl logs -n fa -l serving.knative.dev/revision=hello-00001 -c nosuch",
        "kubectl logs -n fa",
    ];
    expect![[r#"
        $ kubectl logs -n fa -l serving.knative.dev/revision=hello-00001 --prefix --tail=5 --max-log-requests=50
        [pod/hello-00001-deployment-45ab85c67d-6efcf/user-container] listening
        $ kubectl logs -n fa -l serving.knative.dev/revision=hello-00009 --prefix
        No resources found in fa namespace.
        $ kubectl logs -n fa -l serving.knative.dev/revision=hello-00001 -c nosuch
        Error from server (BadRequest): container nosuch is not valid for pod hello-00001-deployment-45ab85c67d-6efcf
        (exit code 1)
        $ kubectl logs -n fa
        error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.
        (exit code 1)
    "#]].assert_eq(&lines(&stand, &commands).await);
}
