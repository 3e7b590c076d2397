//! Which write makes a revision, which adopts one, and which makes none.

use boathook_sandbox::{Caller, Kind, ObjectName};
use expect_test::expect;
use serde_json::{Value, json};

use super::stand::{REPOSITORY, Stand, condition, condition_text, image, pass, service, traffic};

fn template(value: Value) -> Value {
    json!({"op": "replace", "path": "/spec/template", "value": value})
}

/// The template that rolls back to a revision, with or without the keys that belong to Knative.
fn template_of(revision: &Value, with_knatives_keys: bool) -> Value {
    let keep = |all: &Value| -> Value {
        let all = all.as_object().cloned().unwrap_or_default();
        all.into_iter()
            .filter(|(key, _)| with_knatives_keys || !key.starts_with("serving.knative.dev/"))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let metadata = &revision["metadata"];
    json!({
        "metadata": {
            "name": metadata["name"],
            "labels": keep(&metadata["labels"]),
            "annotations": keep(&metadata["annotations"]),
        },
        "spec": revision["spec"],
    })
}

#[tokio::test(start_paused = true)]
async fn the_whole_template_with_a_label_makes_one_revision_that_carries_the_label() {
    let stand = Stand::serving().await;
    let mut wanted = stand.ksvc()["spec"]["template"].clone();
    wanted["metadata"]["labels"] = json!({"boathook.dev/deployment": "102-1"});
    stand.steer(json!([template(wanted.clone())])).await;
    stand.until_ready().await;
    assert_eq!(stand.names(Kind::Revision), ["hello-00001", "hello-00002"]);
    let labels = &stand.object(Kind::Revision, "hello-00002")["metadata"]["labels"];
    assert_eq!(labels["boathook.dev/deployment"], "102-1");
    assert_eq!(
        stand.patch("json", &json!([template(wanted)])).await,
        "service.serving.knative.dev/hello patched (no change)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_template_without_service_links_is_another_one() {
    let stand = Stand::serving().await;
    let mut wanted = service("v1")["spec"]["template"].clone();
    wanted["spec"]["containers"][0]["name"] = json!("user-container");
    stand.steer(json!([template(wanted)])).await;
    stand.until_ready().await;
    assert_eq!(stand.names(Kind::Revision), ["hello-00001", "hello-00002"]);
}

#[tokio::test(start_paused = true)]
async fn a_moved_tag_deploys_nothing_without_a_change_in_the_template() {
    let stand = Stand::serving().await;
    let old = stand.object(Kind::Revision, "hello-00001")["status"]["containerStatuses"].clone();
    let digest =
        stand.cluster.publish(REPOSITORY, "v1", boathook_sandbox::Behaviour::good("v1-moved"));
    assert!(stand.run(&format!("crictl pull {REPOSITORY}:v1")).await.is_success());
    assert_eq!(
        stand.patch("json", &json!([image("v1")])).await,
        "service.serving.knative.dev/hello patched (no change)"
    );
    pass(5000).await;
    assert_eq!(stand.object(Kind::Revision, "hello-00001")["status"]["containerStatuses"], old);

    let label = json!({"op": "add", "path": "/spec/template/metadata/labels", "value": {"a": "b"}});
    stand.steer(json!([label])).await;
    stand.until_ready().await;
    let new = stand.object(Kind::Revision, "hello-00002");
    assert_eq!(
        new["status"]["containerStatuses"][0]["imageDigest"],
        format!("{REPOSITORY}@{digest}")
    );
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1-moved rev=hello-00002");
}

#[tokio::test(start_paused = true)]
async fn an_old_revision_is_adopted_again_by_its_name() {
    let stand = Stand::serving().await;
    stand.steer(json!([image("v2")])).await;
    stand.until_ready().await;
    let stable = stand.object(Kind::Revision, "hello-00001");
    let back = json!([
        template(template_of(&stable, false)),
        traffic(json!([{"revisionName": "hello-00001", "percent": 100}]))
    ]);
    stand.steer(back.clone()).await;
    let ksvc = stand.until_ready().await;
    assert_eq!(ksvc["status"]["latestReadyRevisionName"], "hello-00001");
    assert_eq!(stand.names(Kind::Revision), ["hello-00001", "hello-00002"]);
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
    assert_eq!(
        stand.patch("json", &back).await,
        "service.serving.knative.dev/hello patched (no change)"
    );
}

#[tokio::test(start_paused = true)]
async fn adopting_with_knatives_own_keys_is_refused_the_second_time() {
    let stand = Stand::serving().await;
    stand.steer(json!([image("v2")])).await;
    stand.until_ready().await;
    pass(3000).await;
    let back = |stand: &Stand| {
        let stable = stand.object(Kind::Revision, "hello-00001");
        json!([
            template(template_of(&stable, true)),
            traffic(json!([{"revisionName": "hello-00001", "percent": 100}]))
        ])
    };
    stand.steer(back(&stand)).await;
    stand.until_ready().await;
    let second = stand.patch("json", &back(&stand)).await;
    assert!(second.contains("Saw the following changes without a name change"), "{second}");
    assert!(second.contains("routingState"), "{second}");
}

#[tokio::test(start_paused = true)]
async fn a_taken_name_moves_no_traffic() {
    let stand = Stand::serving().await;
    let named = |tag: &str, name: &str| {
        json!([
            image(tag),
            {"op": "add", "path": "/spec/template/metadata/name", "value": name},
        ])
    };
    stand.steer(named("v2", "hello-rel2")).await;
    stand.until_ready().await;
    stand.steer(named("v1", "hello-rel3")).await;
    stand.until_ready().await;
    stand.steer(named("v1", "hello-rel2")).await;
    let ksvc = stand.until("a refusal", |ksvc| condition(ksvc, "Ready") == "False").await;
    expect![[r#"
        False RevisionFailed: Revision creation failed with message: revisions.serving.knative.dev "hello-rel2" already exists.
        False RevisionNameTaken: The revision name "hello-rel2" is taken by a conflicting Revision, so traffic will not be migrated
    "#]]
    .assert_eq(&format!(
        "{}\n{}\n",
        condition_text(&ksvc, "ConfigurationsReady"),
        condition_text(&ksvc, "Ready"),
    ));
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-rel3");
}

#[tokio::test(start_paused = true)]
async fn a_label_that_kubernetes_forbids_makes_no_revision() {
    let stand = Stand::serving().await;
    for value in ["feature/x-1", &"x".repeat(64)] {
        let before = stand.names(Kind::Revision);
        stand
            .steer(json!([{
                "op": "add",
                "path": "/spec/template/metadata/labels",
                "value": {"boathook.dev/deployment": value},
            }]))
            .await;
        let ksvc = stand
            .until("a refusal", |ksvc| condition(ksvc, "ConfigurationsReady") == "False")
            .await;
        assert!(
            condition_text(&ksvc, "ConfigurationsReady")
                .starts_with("False RevisionFailed: Revision creation failed with message: ")
        );
        assert!(
            condition_text(&ksvc, "ConfigurationsReady")
                .contains(&format!("metadata.labels: Invalid value: \"{value}\""))
        );
        assert_eq!(stand.names(Kind::Revision), before);
        stand.steer(json!([{"op": "remove", "path": "/spec/template/metadata/labels"}])).await;
        stand.until_ready().await;
    }
}

#[tokio::test(start_paused = true)]
async fn knative_notes_on_a_revision_whether_a_route_names_it() {
    let stand = Stand::serving().await;
    stand.put_beside("v2").await;
    let state = |name: &str| {
        let revision = stand.object(Kind::Revision, name);
        let labels = &revision["metadata"]["labels"];
        let annotations = &revision["metadata"]["annotations"];
        format!(
            "{} {}",
            labels["serving.knative.dev/routingState"], annotations["serving.knative.dev/routes"]
        )
    };
    assert_eq!(state("hello-00001"), "\"active\" \"hello\"");
    assert_eq!(state("hello-00002"), "\"pending\" null");
    stand.steer(json!([traffic(json!([{"revisionName": "hello-00002", "percent": 100}]))])).await;
    stand.until_ready().await;
    assert_eq!(state("hello-00001"), "\"reserve\" null");
    assert_eq!(state("hello-00002"), "\"active\" \"hello\"");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_revision_comes_back_only_where_the_template_wants_it() {
    let stand = Stand::serving().await;
    stand.put_beside("v2").await;
    let delete = "delete revision hello-00002 -n fa --ignore-not-found --wait=false";
    assert_eq!(
        super::stand::transcript(&stand.kubectl(delete).await),
        "revision.serving.knative.dev \"hello-00002\" deleted"
    );
    pass(3000).await;
    assert_eq!(stand.names(Kind::Revision), ["hello-00001", "hello-00002"]);

    let stable = stand.object(Kind::Revision, "hello-00001");
    stand.steer(json!([template(template_of(&stable, false))])).await;
    stand.until_ready().await;
    stand.kubectl(delete).await;
    pass(3000).await;
    assert_eq!(stand.names(Kind::Revision), ["hello-00001"]);
    assert_eq!(stand.names(Kind::Pod).len(), 1);
    assert_eq!(super::stand::transcript(&stand.kubectl(delete).await), "");
}

#[tokio::test(start_paused = true)]
async fn garbage_collection_takes_what_no_traffic_names() {
    let stand = Stand::serving().await;
    for tag in ["v2", "v1", "v2"] {
        stand.steer(json!([image(tag)])).await;
        stand.until_ready().await;
    }
    stand
        .steer(json!([traffic(json!([
            {"revisionName": "hello-00002", "percent": 0},
            {"latestRevision": true, "percent": 100},
        ]))]))
        .await;
    stand.until_ready().await;
    stand.cluster.collect_garbage("fa");
    assert_eq!(stand.names(Kind::Revision), ["hello-00002", "hello-00004"]);
}

#[tokio::test(start_paused = true)]
async fn deleting_the_service_or_its_namespace_takes_everything_with_it() {
    let stand = Stand::serving().await;
    stand.cluster.delete(&Caller::admin(), Kind::Service, Some("fa"), "hello").unwrap();
    for kind in [Kind::Service, Kind::Revision, Kind::Configuration, Kind::Route, Kind::Pod] {
        assert_eq!(stand.names(kind), Vec::<String>::new(), "{kind}");
    }
    assert_eq!(stand.ask("hello.fa.example.test").await, "404");
    stand.kubectl("apply -f m").await;
    stand.until_ready().await;
    stand.cluster.delete(&Caller::admin(), Kind::Namespace, None, "fa").unwrap();
    pass(100_000).await;
    assert_eq!(stand.names(Kind::Revision), Vec::<String>::new());
    assert_eq!(ObjectName::new("fa", "hello").to_string(), "fa/hello");
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_is_going_has_services_that_seem_well_and_answer_nobody() {
    let stand = Stand::serving().await;
    stand.cluster.delete(&Caller::admin(), Kind::Namespace, None, "fa").unwrap();
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
    pass(6_000).await;
    assert_eq!(condition(&stand.ksvc(), "Ready"), "True");
    assert_eq!(stand.ask("hello.fa.example.test").await, "no answer within 2000 ms");
    stand.write(
        "n/other.yaml",
        &json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "late", "namespace": "fa"},
        }),
    );
    let refused = stand.kubectl("apply -f n").await;
    let why = "configmaps \"late\" is forbidden: unable to create new content in namespace fa \
               because it is being terminated";
    assert!(refused.stderr.text().contains(why), "{}", refused.stderr.text());
    pass(90_000).await;
    assert_eq!(stand.ask("hello.fa.example.test").await, "404");
}
