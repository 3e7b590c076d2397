//! Events: what the cluster's parts say of an object that no status says.

use boathook_sandbox::{Behaviour, Caller, Kind, Selector};
use expect_test::expect;
use serde_json::{Value, json};

use super::stand::{REPOSITORY, Stand, pass, service, transcript};

/// A stand whose service wants a Secret that is not there.
async fn without_secret() -> Stand {
    let stand = Stand::new();
    stand.write(
        "m/00-ns.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
    );
    let mut manifest = service("v1");
    manifest["spec"]["template"]["spec"]["volumes"] =
        json!([{"name": "key", "secret": {"secretName": "signing-key"}}]);
    manifest["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] =
        json!([{"name": "key", "mountPath": "/etc/key"}]);
    stand.write("m/10-hello.yaml", &manifest);
    assert!(stand.kubectl("apply -f m").await.is_success());
    pass(4_600).await;
    stand
}

fn events(stand: &Stand, fields: &str) -> Vec<Value> {
    let selector = Selector::everything().with_fields(Kind::Event, fields).unwrap();
    let list = stand.cluster.list(&Caller::admin(), Kind::Event, Some("fa"), &selector).unwrap();
    list["items"].as_array().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn a_mount_that_fails_stands_in_no_status_but_in_one_event_that_counts() {
    let stand = without_secret().await;
    let pod = stand.all(Kind::Pod).remove(0);
    let states: Vec<_> = pod["status"]["containerStatuses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["state"].clone())
        .collect();
    assert_eq!(
        states,
        [
            json!({"waiting": {"reason": "ContainerCreating"}}),
            json!({"waiting": {"reason": "ContainerCreating"}})
        ]
    );
    let found = events(&stand, "type=Warning,involvedObject.kind=Pod");
    assert_eq!(found.len(), 1, "{found:#?}");
    let event = &found[0];
    assert_eq!(event["reason"], "FailedMount");
    assert_eq!(
        event["message"],
        "MountVolume.SetUp failed for volume \"key\" : secret \"signing-key\" not found"
    );
    assert_eq!(event["involvedObject"]["name"], pod["metadata"]["name"]);
    assert_eq!(event["involvedObject"]["uid"], pod["metadata"]["uid"]);
    assert!(event["count"].as_u64().unwrap() >= 3, "{event:#}");
    let name = pod["metadata"]["name"].as_str().unwrap();
    assert!(event["metadata"]["name"].as_str().unwrap().starts_with(&format!("{name}.")));
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_comes_later_is_seen_at_the_next_try() {
    let stand = without_secret().await;
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "signing-key", "namespace": "fa"},
        "data": {},
    });
    stand.write("s/secret.yaml", &secret);
    assert!(stand.kubectl("apply -f s").await.is_success());
    pass(1_000).await;
    assert_ne!(super::stand::condition(&stand.ksvc(), "Ready"), "True");
    pass(8_000).await;
    assert_eq!(super::stand::condition(&stand.ksvc(), "Ready"), "True");
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_fails_begins_with_the_kubelets_word_that_it_pulls() {
    let stand = Stand::new();
    stand.write(
        "m/00-ns.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
    );
    let image = format!("{REPOSITORY}@sha256:{}", "c".repeat(64));
    let mut manifest = service("v1");
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
    stand.write("m/10-hello.yaml", &manifest);
    assert!(stand.kubectl("apply -f m").await.is_success());
    pass(4_600).await;
    let pulls = events(&stand, "reason=Pulling,type=Normal");
    let messages: Vec<_> = pulls.iter().map(|event| event["message"].as_str().unwrap()).collect();
    assert_eq!(messages, [format!("Pulling image \"{image}\"")]);
}

#[tokio::test(start_paused = true)]
async fn events_are_chosen_by_their_fields_and_by_no_others() {
    let stand = without_secret().await;
    let pod = stand.names(Kind::Pod).remove(0);
    assert_eq!(events(&stand, &format!("involvedObject.name={pod},type!=Normal")).len(), 1);
    assert_eq!(events(&stand, "reason=FailedMount").len(), 1);
    assert_eq!(events(&stand, "involvedObject.kind=Revision,type=Warning"), Vec::<Value>::new());
    let line = "get events -n fa --field-selector type=Warning -o json";
    let printed: Value = serde_json::from_str(&stand.kubectl(line).await.stdout.text()).unwrap();
    assert_eq!(printed["items"][0]["kind"], "Event");
    let said = |line: &'static str| async { transcript(&stand.kubectl(line).await) };
    expect![[r#"
        Error from server (BadRequest): field label not supported: message
        (exit code 1)"#]]
    .assert_eq(&said("get events -n fa --field-selector message=x -o json").await);
    expect![[r#"
        Error from server (BadRequest): field label not supported: type
        (exit code 1)"#]]
    .assert_eq(&said("get pods -n fa --field-selector type=Warning -o json").await);
}

#[tokio::test(start_paused = true)]
async fn a_watch_of_events_hears_of_new_ones_and_of_counts() {
    let stand = Stand::serving().await;
    let selector = Selector::everything().with_fields(Kind::Event, "type=Warning").unwrap();
    let mut watch =
        stand.cluster.watch(&Caller::admin(), Kind::Event, Some("fa"), selector, None).unwrap();
    stand.cluster.publish(REPOSITORY, "bad", Behaviour::without_command("bad"));
    stand.steer(json!([super::stand::image("bad")])).await;
    let mut reasons = Vec::new();
    while reasons.len() < 3 {
        let event = watch.next().await.unwrap();
        reasons.push(format!(
            "{} {}",
            event.event.as_str(),
            event.object["reason"].as_str().unwrap()
        ));
    }
    assert_eq!(reasons, ["ADDED Failed", "ADDED Failed", "ADDED Unhealthy"]);
}

#[tokio::test(start_paused = true)]
async fn a_service_of_which_all_is_well_has_no_warning() {
    let stand = Stand::serving().await;
    assert_eq!(events(&stand, "type=Warning"), Vec::<Value>::new());
    let reasons: Vec<_> = events(&stand, "involvedObject.kind=Revision")
        .iter()
        .map(|event| event["reason"].clone())
        .collect();
    assert_eq!(reasons, ["RevisionReady"]);
}

#[tokio::test(start_paused = true)]
async fn the_kubelet_stops_reporting_on_a_pod_of_which_it_reported_much() {
    let stand = Stand::serving().await;
    stand.cluster.publish(REPOSITORY, "bad", Behaviour::never_ready("bad"));
    stand.steer(json!([super::stand::image("bad")])).await;
    pass(300_000).await;
    let unhealthy = events(&stand, "reason=Unhealthy");
    assert_eq!(unhealthy.len(), 1);
    assert!(unhealthy[0]["count"].as_u64().unwrap() < 25, "{unhealthy:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_sidecar_without_its_config_map_waits_alone_and_the_pod_is_not_ready() {
    let stand = Stand::new();
    stand.write(
        "m/00-ns.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
    );
    let mut manifest = service("v1");
    let from = json!([{
        "name": "MODE",
        "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}},
    }]);
    let sidecar = json!({"name": "sidecar", "image": format!("{REPOSITORY}:v2"), "env": from});
    manifest["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap().push(sidecar);
    stand.write("m/10-hello.yaml", &manifest);
    let applied = stand.kubectl("apply -f m").await;
    assert!(applied.is_success(), "{}", applied.stderr.text());
    pass(3_000).await;
    let pod = stand.all(Kind::Pod).remove(0);
    let states = pod["status"]["containerStatuses"].as_array().unwrap().iter().map(|one| {
        let reason = one["state"]["waiting"]["reason"].as_str().unwrap_or("running");
        format!("{} {reason}", one["name"].as_str().unwrap())
    });
    let states: Vec<_> = states.collect();
    assert_eq!(
        states,
        ["queue-proxy running", "sidecar CreateContainerConfigError", "user-container-0 running"]
    );
    assert_eq!(
        events(&stand, "reason=Failed")[0]["message"],
        "Error: configmap \"settings\" not found"
    );
    assert_ne!(super::stand::condition(&stand.ksvc(), "Ready"), "True");
}
