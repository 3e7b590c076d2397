//! What becomes of the manifests: what is applied, what is left out, and what the new template
//! holds.

use std::sync::Arc;

use boathook::{
    cluster::{ApiResources, Reads},
    plan::Settings,
};
use boathook_core::{
    deployment::{ExternalId, Namespace, ServiceName},
    objects::Document,
    permissions::Grant,
    record::{DeploymentEvent, Event, Outcome},
};
use boathook_sandbox::{Behaviour, Caller, FakeApiServer, FakeTools, Kind};
use boathook_testing::{
    rollout_harness::{Harness, REPOSITORY, RolloutResult, manifest, request, settings},
    samples,
};
use expect_test::expect;
use serde_json::{Value, json};

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: game\n";

fn notes(result: &RolloutResult) -> String {
    let planned = result.records.iter().find_map(|record| match &record.event {
        Event::Deployment(DeploymentEvent::Planned { plan }) => {
            Some(plan.notes.iter().map(ToString::to_string).collect::<Vec<_>>())
        }
        _ => None,
    });
    planned
        .into_iter()
        .flatten()
        .chain(result.outcome.findings.notes.clone())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The template that the first patch of a deployment set.
fn template(result: &RolloutResult) -> Value {
    let patch: Value = serde_json::from_str(&result.patches()[0]).unwrap();
    patch[1]["value"].clone()
}

fn containers(more: &str) -> String {
    manifest("hi").replace(
        "          ports: [{containerPort: 8080}]\n          env: [{name: GREETING, value: hi}]\n",
        more,
    )
}

/// boathook's role without what `lacks` picks.
fn role_without(lacks: impl Fn(&str, &str) -> bool) -> Caller {
    let namespace = Namespace::parse("game").unwrap();
    let mut rules = Grant::one(namespace.clone(), ServiceName::parse("game").unwrap()).rules();
    rules.iter_mut().for_each(|rule| rule.verbs.retain(|verb| !lacks(verb, &rule.resource)));
    Caller::limited("boathook", namespace, rules)
}

fn acting_as(harness: &mut Harness, caller: Caller) {
    let api_server = FakeApiServer::new(harness.cluster.clone()).as_caller(caller.clone());
    harness.engine.reads = Reads::new(Arc::new(api_server));
    harness.engine.runner = Arc::new(FakeTools::new(harness.cluster.clone()).as_caller(caller));
}

#[tokio::test(start_paused = true)]
async fn of_several_containers_the_one_with_ports_gets_the_image() {
    let harness = Harness::new();
    harness.manifest(
        "10-game.yaml",
        &containers(&format!(
            "          name: log\n        - image: {REPOSITORY}:placeholder\n          name: \
             game\n          ports: [{{containerPort: 8080}}]\n"
        ))
        .replacen(&format!("{REPOSITORY}:placeholder"), "registry.example/log:1", 1),
    );
    harness.cluster.publish("registry.example/log", "1", Behaviour::good("log"));
    harness.deploy("1").await;
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    let containers = template(&result)["spec"]["containers"].clone();
    assert_eq!(containers[0]["image"], "registry.example/log:1");
    assert!(
        containers[1]["image"].as_str().unwrap().starts_with(&format!("{REPOSITORY}@sha256:")),
        "{containers:#}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_configured_container_gets_the_image_and_must_be_there() {
    let result = Harness::with(Settings { container: Some("game".to_owned()), ..settings() })
        .deploy("1")
        .await;
    assert_eq!(result.end(), Outcome::Failed);
    expect![
        "the manifest of game/game has no container for the image: the configured container `game` \
         is not there; the service was not changed"
    ]
    .assert_eq(result.reason());
    let harness = Harness::with(Settings { container: Some("game".to_owned()), ..settings() });
    harness.manifest(
        "10-game.yaml",
        &manifest("hi").replace("          ports", "          name: game\n          ports"),
    );
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn several_containers_that_could_take_the_image_are_refused() {
    let harness = Harness::new();
    harness.manifest(
        "10-game.yaml",
        &containers(&format!(
            "          name: a\n        - image: {REPOSITORY}:1\n          name: b\n"
        )),
    );
    let result = harness.deploy("1").await;
    assert_eq!(result.end(), Outcome::Failed);
    expect![
        "the manifest of game/game has no container for the image: several containers could take \
         it; give one of them `ports`, or name it in the config; the service was not changed"
    ]
    .assert_eq(result.reason());
}

#[tokio::test(start_paused = true)]
async fn traffic_and_a_fixed_revision_name_in_the_manifest_are_dropped_and_said_so() {
    let harness = Harness::new();
    let text = manifest("hi").replace(
        "  template:\n",
        "  traffic: [{latestRevision: true, percent: 100}]\n  template:\n    metadata: {name: \
         game-fixed}\n",
    );
    harness.manifest("10-game.yaml", &text);
    harness.deploy("1").await;
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        `traffic` in the manifest was dropped: boathook steers traffic
        the fixed revision name in the manifest was dropped: such a template can be deployed only once
        nothing to apply: all that the manifests hold is as it was last applied"#]]
    .assert_eq(&notes(&result));
    assert_eq!(harness.revisions(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_kubectl_would_read_otherwise_is_refused() {
    let refused = async |spoil: fn(&Harness)| {
        let harness = Harness::new();
        spoil(&harness);
        let result = harness.deploy("1").await;
        result.assert_end(Outcome::Failed);
        result.reason().replace(harness.directory().to_str().unwrap(), "manifests/staging")
    };
    let reasons = [
        refused(|harness| std::fs::create_dir(harness.directory().join("more")).unwrap()).await,
        refused(|harness| harness.manifest("20-more.yaml", "kind: [")).await,
        refused(|harness| harness.manifest("20-more.yaml", "just text\n")).await,
        refused(|harness| {
            harness.manifest(
                "20-keys.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  on: a\n  y: b\n",
            )
        })
        .await,
        refused(|harness| {
            harness.manifest(
                "20-infinite.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: .inf}\n",
            )
        })
        .await,
        refused(|harness| {
            harness.manifest(
                "20-null.yaml",
                "---\n# one\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n\
                 data: {~: a}\n",
            )
        })
        .await,
        refused(|harness| {
            harness.manifest(
                "20-label.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {on: 1}}\n",
            )
        })
        .await,
        refused(|harness| harness.manifest("20-deep.yaml", &"- ".repeat(200))).await,
        refused(|harness| {
            harness.manifest("20-json.json", "{\"kind\": \"ConfigMap\",\n \"metadata\": nothing}")
        })
        .await,
        refused(|harness| {
            harness
                .manifest("10-game.yaml", &manifest("hi").replace("name: game\n", "name: other\n"))
        })
        .await,
        refused(|harness| harness.manifest("20-again.yaml", &manifest("hi"))).await,
        refused(|harness| std::fs::remove_dir_all(harness.directory()).unwrap()).await,
    ];
    expect![[r#"
        manifests/staging/more is not deployable: it is a folder, and kubectl apply -f does not read subfolders; move its files up, or name it in a kustomization.yaml; the service was not changed
        manifests/staging/20-more.yaml does not parse: line 2, column 1: did not find expected node content while parsing a flow node; the service was not changed
        manifests/staging/20-more.yaml does not parse: a document is a text, and not an object with apiVersion, kind and metadata; the service was not changed
        manifests/staging/20-keys.yaml does not parse: line 6, column 3: the keys `on` and `y` are both "true" to kubectl; write one of them, in quotes where it is a text; the service was not changed
        manifests/staging/20-infinite.yaml does not parse: line 4, column 11: JSON has neither `.inf` nor `.nan`; put it in quotes where it is a text; the service was not changed
        manifests/staging/20-null.yaml does not parse: line 7, column 8: a key is null; put it in quotes, or write the text that stands before the `:`; the service was not changed
        manifests/staging/20-label.yaml does not parse: ConfigMap/a: metadata.labels.true is a number, and kubectl takes a text only; put it in quotes; the service was not changed
        manifests/staging/20-deep.yaml does not parse: line 1, column 201: values lie more than 100 deep in each other; the service was not changed
        manifests/staging/20-json.json does not parse: an object has no apiVersion; the service was not changed
        manifests/staging holds no Knative service `game/game`; it holds game/other; the service was not changed
        manifests/staging holds the Knative service `game/game` 2 times; the service was not changed
        failed to read manifests/staging: No such file or directory (os error 2); the service was not changed"#]].assert_eq(&reasons.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn an_object_without_a_namespace_goes_where_the_service_is_and_one_with_another_stays_there()
{
    let harness = Harness::new();
    harness.manifest("01-other.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n");
    harness.manifest(
        "20-words.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: words}\n---\napiVersion: v1\n\
         kind: Secret\nmetadata: {name: key, namespace: ''}\n",
    );
    harness.manifest(
        "30-there.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: there, namespace: other}\n",
    );
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    assert!(
        result
            .changes()
            .contains(&"kubectl apply -f manifests/staging --field-manager boathook".to_owned()),
        "{}",
        result.timeline()
    );
    let is_there = |kind, namespace, name| {
        harness.cluster.get(&Caller::admin(), kind, Some(namespace), name).is_ok()
    };
    assert!(
        is_there(Kind::ConfigMap, "game", "words")
            && is_there(Kind::Secret, "game", "key")
            && is_there(Kind::ConfigMap, "other", "there")
    );
    assert!(!is_there(Kind::ConfigMap, "default", "words"));
}

#[test]
fn kinds_that_live_in_no_namespace_are_known_and_get_none() {
    let kind = |api_version: &str, kind: &str| {
        Document(json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}}))
    };
    // What `boathook rbac` goes by where no API server answers.
    let is_namespaced = |api_version: &str, kind: &str| {
        ApiResources::default().find(api_version, kind).unwrap().is_namespaced
    };
    for (api_version, name) in [
        ("rbac.authorization.k8s.io/v1", "ClusterRole"),
        ("v1", "PersistentVolume"),
        ("v1", "ComponentStatus"),
        ("storage.k8s.io/v1", "StorageClass"),
        ("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass"),
        ("external-secrets.io/v1", "ClusterSecretStore"),
        ("internal.apiserver.k8s.io/v1alpha1", "StorageVersion"),
    ] {
        assert!(kind(api_version, name).is_cluster_scoped(), "{name}");
        assert!(!is_namespaced(api_version, name), "{name}");
    }
    for (api_version, name) in [
        ("rbac.authorization.k8s.io/v1", "Role"),
        ("v1", "ConfigMap"),
        ("example.com/v1", "ClusterRole"),
        ("v1", "Endpoints"),
    ] {
        assert!(!kind(api_version, name).is_cluster_scoped(), "{name}");
        assert!(is_namespaced(api_version, name), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_service_of_the_folder_is_left_alone() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.manifest("20-other.yaml", &manifest("hi").replace("name: game\n", "name: other\n"));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        Knative service other was left out of the apply: it is deployed by its own requests
        nothing to apply: all that the manifests hold is as it was last applied"#]]
    .assert_eq(&notes(&result));
    assert!(
        harness.cluster.writes().iter().all(|write| !write.contains("other")),
        "{:#?}",
        harness.cluster.writes()
    );
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_differs_is_left_out_and_an_apply_of_nothing_is_skipped() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.manifest("00-namespace.yaml", &format!("{NAMESPACE}  labels: {{team: blue}}\n"));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        namespace game was left out of the apply: it exists and differs from what was last applied; setup.sh applies namespaces
        nothing to apply: all that the manifests hold exists and is left alone"#]]
    .assert_eq(&notes(&result));
    assert!(result.changes().iter().all(|line| !line.contains("apply")), "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_stands_twice_is_deployed_as_kubectl_reads_it_and_its_lost_entry_is_named() {
    let harness = Harness::new();
    let twice = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: game, namespace: game}\ndata:\n  \
                 motto: first\n  motto: last\n---\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: \
                 more, namespace: game}\ndata:\n  motto: a\n  \"motto\": b\n---\n\
                 apiVersion: v1\nkind: ConfigMap\nmetadata: {name: merged, namespace: game}\ndata: {<<: \
                 {x: a}, <<: {y: b}, x: c}\n";
    harness.manifest("20-settings.yaml", twice);
    harness.manifest(
        "30-settings.json",
        r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "json", "namespace": "game"},
            "data": {"motto": "first", "motto": "last"}}"#,
    );
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    let directory = harness.directory().display().to_string();
    expect![[r#"
        DIR/20-settings.yaml: line 6, column 3: `motto` stands here a second time; kubectl keeps this entry, and drops the one of line 5 in silence
        DIR/20-settings.yaml: line 13, column 3: `motto` stands here a second time; kubectl keeps this entry, and drops the one of line 12 in silence
        DIR/30-settings.json: line 2, column 40: `motto` stands here a second time; kubectl keeps this entry, and drops the one of line 2 in silence"#]]
    .assert_eq(&notes(&result).replace(&directory, "DIR"));
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_may_not_be_read_is_left_out() {
    let mut harness = Harness::new();
    harness.deploy("1").await;
    acting_as(&mut harness, role_without(|_, resource| resource == "namespaces"));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        namespace game was left out of the apply: it may not be read
        nothing to apply: all that the manifests hold exists and is left alone"#]]
    .assert_eq(&notes(&result));
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_nobody_made_is_named() {
    let harness = Harness::new();
    std::fs::remove_file(harness.directory().join("00-namespace.yaml")).unwrap();
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Failed);
    assert!(result.reason().contains(r#"namespaces "game" not found"#), "{}", result.reason());
}

#[tokio::test(start_paused = true)]
async fn the_documented_role_is_enough() {
    let mut harness = Harness::new();
    harness.deploy("1").await;
    acting_as(&mut harness, samples::deployer("game", "game"));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn the_senders_words_are_annotations_and_the_label_is_boathooks_own() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let mut request = request("2", "x");
    request.deployment_id = ExternalId::parse("feature/x-1 (a re-run)").unwrap();
    request.triggered_by = Some("Jäne <jane@example.com>".to_owned());
    let result = harness.deploy_request(request).await;
    result.assert_end(Outcome::Succeeded);
    let metadata = template(&result)["metadata"].clone();
    assert_eq!(
        metadata["labels"],
        json!({"boathook.dev/deployment": result.records[0].deployment.as_str()})
    );
    expect![[r#"{"boathook.dev/commit":"4f2a9c1","boathook.dev/deployment-id":"feature/x-1 (a re-run)","boathook.dev/triggered-by":"Jäne <jane@example.com>"}"#]]
        .assert_eq(&metadata["annotations"].to_string());
}

#[tokio::test(start_paused = true)]
async fn service_links_are_off_unless_the_manifest_says_otherwise() {
    let harness = Harness::new();
    harness.deploy("1").await;
    assert_eq!(template(&harness.deploy("2").await)["spec"]["enableServiceLinks"], false);
    harness.manifest(
        "10-game.yaml",
        &manifest("hi").replace("    spec:\n", "    spec:\n      enableServiceLinks: true\n"),
    );
    assert_eq!(template(&harness.deploy("1").await)["spec"]["enableServiceLinks"], true);
}

#[tokio::test(start_paused = true)]
async fn every_patch_begins_with_a_test_of_the_generation_that_was_looked_at() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let result = harness.deploy("2").await;
    let patches: Vec<Value> =
        result.patches().iter().map(|patch| serde_json::from_str(patch).unwrap()).collect();
    let tests: Vec<&Value> = patches.iter().map(|patch| &patch[0]).collect();
    expect![[r#"
        {"op":"test","path":"/metadata/generation","value":2}
        {"op":"test","path":"/metadata/generation","value":3}
        {"op":"test","path":"/metadata/generation","value":4}
        {"op":"test","path":"/metadata/generation","value":5}"#]]
    .assert_eq(&tests.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_revision_that_may_not_be_deleted_is_noted_and_left() {
    let mut harness = Harness::new();
    harness.deploy("1").await;
    acting_as(
        &mut harness,
        role_without(|verb, resource| verb == "delete" || resource == "pods/log"),
    );
    let result = harness.deploy("crash").await;
    result.assert_end(Outcome::RolledBack);
    expect![[r#"
        nothing to apply: all that the manifests hold is as it was last applied
        reading its log was left out: it is not permitted
        deleting revision game-00002, which never became ready, was left out: it is not permitted
        http://game.game.example.test/ answers again"#]]
    .assert_eq(&notes(&result));
    harness.assert_back_on("game-00001");
}

#[tokio::test(start_paused = true)]
async fn more_than_a_hundred_objects_are_applied_in_their_order() {
    let harness = Harness::new();
    let map = |number: usize| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: map-{number:03}, namespace: \
             game}}\n"
        )
    };
    harness.manifest("05-maps.yaml", &(0..105).map(map).collect::<Vec<_>>().join("---\n"));
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    let version = |number: usize| -> u64 {
        let map = harness
            .cluster
            .get(&Caller::admin(), Kind::ConfigMap, Some("game"), &format!("map-{number:03}"))
            .unwrap();
        map["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap()
    };
    let versions: Vec<u64> = (0..105).map(version).collect();
    assert!(versions.is_sorted(), "{versions:?}");
}
