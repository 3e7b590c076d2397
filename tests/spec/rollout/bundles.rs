//! Manifests that requests bring: what a plan is made of, and what policy takes.

use std::sync::Arc;

use boathook::{
    bundles::{AcceptedManifests, BundlePolicy, KindName, NamePattern},
    cluster::Reads,
    journal::RedeployOrder,
    plan::Settings,
};
use boathook_core::{
    deployment::{Actor, ArtifactRef, Bundle, DeployRequest, Environment, RequestedManifests},
    record::Outcome,
};
use boathook_sandbox::{Caller, FakeApiServer, FakeTools, Kind};
use boathook_testing::{
    rollout_harness::{Harness, RolloutResult, manifest, request, settings},
    samples::{self, QUEUE, bundle, service},
    shipped::Shipped as _,
};
use expect_test::expect;
use tokio_util::sync::CancellationToken;

fn taking(manifests: AcceptedManifests) -> Settings {
    let kinds = ["Service.serving.knative.dev", "ConfigMap"];
    Settings {
        bundles: BundlePolicy {
            manifests,
            aliases: vec![Environment::of("stage").unwrap()],
            images: vec!["registry.example/*".to_owned()],
            tags: true,
            kinds: kinds.iter().map(|kind| KindName::parse(kind).unwrap()).collect(),
            object_names: vec![NamePattern::parse("game-*").unwrap()],
            secrets: false,
        },
        ..settings()
    }
}

/// A cluster in which someone else brought the service into service.
async fn harness() -> Harness {
    Harness::serving(taking(AcceptedManifests::Both)).await
}

fn config(value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: game-settings\ndata:\n  greeting: {value}\n"
    )
}

/// A bundle for staging, with this greeting in the service and in a ConfigMap.
fn greeting(value: &str) -> Bundle {
    bundle(&[("staging/game.yaml", &manifest(value)), ("staging/settings.yaml", &config(value))])
}

/// What the service and the ConfigMap say.
fn says(harness: &Harness) -> (String, Option<String>) {
    let service = harness.service();
    let env = &service["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"];
    let map = harness.cluster.get(&Caller::admin(), Kind::ConfigMap, Some("game"), "game-settings");
    let map = map.ok().map(|map| map["data"]["greeting"].as_str().unwrap().to_owned());
    (env.as_str().unwrap().to_owned(), map)
}

fn source(result: &RolloutResult) -> String {
    let plan = result.records.iter().find_map(|record| record.event.plan());
    plan.and_then(|plan| plan.manifests.as_ref()).map(ToString::to_string).unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_request_with_a_bundle_changes_an_environment_variable_and_a_config_map() {
    let harness = harness().await;
    let brought = greeting("moin");
    let result = harness.deploy_bundle(request("2", "a"), &brought).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    assert_eq!(says(&harness), ("moin".to_owned(), Some("moin".to_owned())));
    assert_eq!(source(&result), format!("bundle {} of this request", brought.digest()));
}

#[tokio::test(start_paused = true)]
async fn a_plan_says_which_artifact_its_manifests_came_from_and_asks_no_registry() {
    let harness = harness().await;
    let fetched = greeting("moin");
    let artifact = format!("registry.example/manifests@sha256:{}", "0".repeat(64));
    let manifests = RequestedManifests::Artifact {
        artifact: ArtifactRef::parse(&artifact).unwrap(),
        bundle: fetched.digest(),
    };
    let first = DeployRequest { manifests: Some(manifests), ..request("2", "a") };
    let result = harness.deploy_bundle(first, &fetched).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    let digest = fetched.digest();
    assert_eq!(source(&result), format!("bundle {digest} of this request, from {artifact}"));
    let next = harness.deploy_request(request("2", "b")).await;
    harness.assert_ended(&next, Outcome::Succeeded, "v2 100");
    let id = &result.records[0].deployment;
    assert_eq!(source(&next), format!("bundle {digest} since {id}, from {artifact}"));
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_bundle_uses_the_last_one_of_its_service_or_the_nodes_folder() {
    let harness = harness().await;
    let before = harness.deploy("1").await;
    assert_eq!(source(&before), "manifests/staging of the node");
    let brought = greeting("moin");
    let first = harness.deploy_bundle(request("2", "a"), &brought).await;
    first.assert_end(Outcome::Succeeded);
    for tag in ["1", "2"] {
        let next = harness.deploy(tag).await;
        next.assert_end(Outcome::Succeeded);
        let since = &first.records[0].deployment;
        assert_eq!(source(&next), format!("bundle {} since {since}", brought.digest()));
        assert_eq!(says(&harness), ("moin".to_owned(), Some("moin".to_owned())));
    }
}

#[tokio::test(start_paused = true)]
async fn a_bundle_that_failed_is_not_used_again() {
    let harness = harness().await;
    harness
        .deploy_bundle(request("2", "a"), &greeting("moin"))
        .await
        .assert_end(Outcome::Succeeded);
    let failed = harness.deploy_bundle(request("crash", "b"), &greeting("servus")).await;
    failed.assert_end(Outcome::RolledBack);
    let next = harness.deploy("1").await;
    assert!(source(&next).starts_with(&format!("bundle {} since", greeting("moin").digest())));
    assert_eq!(says(&harness).0, "moin");
}

#[tokio::test(start_paused = true)]
async fn a_crash_right_after_the_acceptance_loses_no_bundle() {
    let mut harness = harness().await;
    let id = harness.accept_with(request("2", "a"), &greeting("moin")).await;
    harness.restart().await;
    harness.engine.run(&id, &CancellationToken::new()).await;
    harness.assert_ended(&harness.result(&id).await, Outcome::Succeeded, "v2 100");
    assert_eq!(says(&harness), ("moin".to_owned(), Some("moin".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn retry_redeploy_and_rollback_use_the_bundle_of_the_deployment_that_they_repeat() {
    let harness = harness().await;
    let moin = greeting("moin");
    let servus = greeting("servus");
    let first = harness.deploy_bundle(request("1", "a"), &moin).await;
    let failed = harness.deploy_bundle(request("crash", "b"), &servus).await;
    failed.assert_end(Outcome::RolledBack);
    let of = &failed.records[0].deployment;
    let retry = harness.journal.retry(of, Actor::new("ada"), None, QUEUE).await.unwrap().id;
    harness.engine.run(&retry, &CancellationToken::new()).await;
    assert_eq!(
        source(&harness.result(&retry).await),
        format!("bundle {} of this request", servus.digest())
    );
    let redeployable =
        harness.journal.to_redeploy(Environment::STAGING, &service("game")).await.unwrap();
    let order = RedeployOrder {
        request: redeployable.request,
        of: redeployable.serves.deployment,
        by: Actor::new("ada"),
        approval: None,
        opens_at: None,
    };
    let redeploy = harness.journal.order_redeploy(order, QUEUE).await.unwrap().id;
    harness.engine.run(&redeploy, &CancellationToken::new()).await;
    let since = format!("bundle {} since {}", moin.digest(), first.records[0].deployment);
    assert_eq!(source(&harness.result(&redeploy).await), since);
    harness.deploy_bundle(request("2", "c"), &servus).await.assert_end(Outcome::Succeeded);
    let to = Some(first.records[0].deployment.clone());
    let back = samples::rollback(Environment::STAGING, &service("game"), to, Actor::new("ada"));
    let back = harness.journal.order_rollback(back, QUEUE).await.unwrap().deployment.id;
    harness.engine.run(&back, &CancellationToken::new()).await;
    assert_eq!(source(&harness.result(&back).await), since);
    assert_eq!(source(&harness.deploy("2").await), since);
}

#[tokio::test(start_paused = true)]
async fn an_environment_uses_its_own_folder_by_its_name_or_an_alias_and_a_text_is_for_all() {
    let harness = harness().await;
    let alias = bundle(&[
        ("stage/game.yaml", &manifest("alias")),
        ("production/game.yaml", &manifest("no")),
    ]);
    harness.deploy_bundle(request("1", "a"), &alias).await.assert_end(Outcome::Succeeded);
    assert_eq!(says(&harness).0, "alias");
    let text = Bundle::of_text(&manifest("text"));
    harness.deploy_bundle(request("1", "b"), &text).await.assert_end(Outcome::Succeeded);
    assert_eq!(says(&harness).0, "text");
    let none = bundle(&[("production/game.yaml", &manifest("no")), ("base/game.yaml", "")]);
    let result = harness.deploy_bundle(request("1", "c"), &none).await;
    result.assert_end(Outcome::Failed);
    expect!["the bundle has no folder `staging`; it has base, production; add one, by the environment's name or an alias; the service was not changed"].assert_eq(result.reason());
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_in_a_bundle_is_named_by_its_path_there() {
    let harness = harness().await;
    let wrong = bundle(&[("staging/game.yaml", "a: [\n")]);
    let other =
        bundle(&[("staging/game.yaml", &manifest("hi").replace("name: game\n", "name: other\n"))]);
    let malformed = harness.deploy_bundle(request("1", "a"), &wrong).await;
    let missing = harness.deploy_bundle(request("1", "b"), &other).await;
    expect![[r#"
        staging/game.yaml does not parse: line 2, column 1: did not find expected node content while parsing a flow node; the service was not changed
        staging of bundle sha256:045457a5bbf35265f934938fa39429cb6eea85a27948e1663057be06130263d3 of this request holds no Knative service `game/game`; it holds game/other; the service was not changed"#]].assert_eq(&format!("{}\n{}", malformed.reason(), missing.reason()));
}

#[tokio::test(start_paused = true)]
async fn policy_refuses_objects_of_a_bundle_before_anything_is_changed() {
    let harness = harness().await;
    let object = |api: &str, kind: &str, metadata: &str| {
        format!("apiVersion: {api}\nkind: {kind}\nmetadata: {metadata}\n")
    };
    let table = [
        object("v1", "Namespace", "{name: game}"),
        object("rbac.authorization.k8s.io/v1", "ClusterRole", "{name: game-admin}"),
        object("v1", "Secret", "{name: game-password}")
            + "stringData: {password: hunter2hunter2}\n",
        object("apps/v1", "Deployment", "{name: game-worker}"),
        object("v1", "Service", "{name: game-internal}"),
        object("v1", "ConfigMap", "{name: game-settings, namespace: kube-system}"),
        object("v1", "ConfigMap", "{name: settings}"),
    ];
    let mut reasons = Vec::new();
    for (n, object) in table.iter().enumerate() {
        let brought =
            bundle(&[("staging/game.yaml", &manifest("moin")), ("staging/more.yaml", object)]);
        let result = harness.deploy_bundle(request("2", &format!("p{n}")), &brought).await;
        result.assert_end(Outcome::Rejected);
        assert_eq!(result.changes(), Vec::<String>::new());
        reasons.push(result.reason().to_owned());
    }
    expect![[r#"
        the bundle holds what staging does not take: Namespace/game belongs to the whole cluster, and no bundle may hold such objects; take it out of the bundle, or ask its operator
        the bundle holds what staging does not take: ClusterRole.rbac.authorization.k8s.io/game-admin belongs to the whole cluster, and no bundle may hold such objects; take it out of the bundle, or ask its operator
        the bundle holds what staging does not take: Secret/game-password is a Secret, and `allow.secrets` is false; take it out of the bundle, or ask its operator
        the bundle holds what staging does not take: Deployment.apps/game-worker is of a kind that `allow.kinds` does not list; take it out of the bundle, or ask its operator
        the bundle holds what staging does not take: Service/game-internal is of a kind that `allow.kinds` does not list; take it out of the bundle, or ask its operator
        the bundle holds what staging does not take: ConfigMap/game-settings is not in the namespace of the service, game; take it out of the bundle, or ask its operator
        the bundle holds what staging does not take: ConfigMap/settings matches no pattern of `allow.object_names`; take it out of the bundle, or ask its operator"#]].assert_eq(&reasons.join("\n"));
    assert_eq!(says(&harness), ("hi".to_owned(), None));
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_uses_the_bundle_that_it_brings_and_records_nothing() {
    let harness = harness().await;
    let brought = greeting("moin");
    let named = boathook_core::deployment::DeployRequest {
        manifests: Some(boathook_core::deployment::RequestedManifests::Bundle(brought.digest())),
        ..request("2", "a")
    };
    let report = harness.engine.dry_run_bundle(&named, &brought).await;
    assert_eq!(report.problems, Vec::<String>::new());
    assert_eq!(report.manifests, Some(format!("bundle {} of this request", brought.digest())));
    assert_eq!(harness.journal.bundle(&brought.digest()).await.unwrap(), None);
    let refused = bundle(&[
        ("staging/game.yaml", &manifest("hi")),
        ("staging/settings.yaml", &config("hi").replace("game-", "")),
    ]);
    let report = harness.engine.dry_run_bundle(&named, &refused).await;
    expect!["the bundle holds what staging does not take: ConfigMap/settings matches no pattern of `allow.object_names`; take it out of the bundle, or ask its operator"].assert_eq(&report.problems.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn where_only_the_node_counts_its_folder_is_used_whatever_came_before() {
    let harness = harness().await;
    harness
        .deploy_bundle(request("2", "a"), &greeting("moin"))
        .await
        .assert_end(Outcome::Succeeded);
    let harness = harness.with_settings(taking(AcceptedManifests::Node));
    let next = harness.deploy("1").await;
    assert_eq!(
        (source(&next).as_str(), says(&harness).0.as_str()),
        ("manifests/staging of the node", "hi")
    );
    let refused = harness.deploy_bundle(request("1", "b"), &greeting("moin")).await;
    refused.assert_end(Outcome::Rejected);
    expect!["the request brings manifests, and staging takes them from the node alone (allow.manifests: node)"].assert_eq(refused.reason());
}

#[tokio::test(start_paused = true)]
async fn what_boathooks_account_may_not_apply_is_said_before_anything_is_changed() {
    let mut harness = harness().await;
    let caller = samples::deployer("game", "game");
    let api_server = FakeApiServer::new(harness.cluster.clone()).as_caller(caller.clone());
    harness.engine.reads = Reads::new(Arc::new(api_server));
    harness.engine.runner = Arc::new(FakeTools::new(harness.cluster.clone()).as_caller(caller));
    let refused = harness.deploy_bundle(request("2", "a"), &greeting("moin")).await;
    refused.assert_end(Outcome::Rejected);
    expect!["the bundle holds what boathook's account may not apply in game: create ConfigMap, patch ConfigMap; its operator adds that to the role, or takes the kind out of `allow.kinds`"].assert_eq(refused.reason());
    assert_eq!(says(&harness), ("hi".to_owned(), None));
    let service_alone = bundle(&[("staging/game.yaml", &manifest("moin"))]);
    let result = harness.deploy_bundle(request("2", "b"), &service_alone).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_allowed_is_applied_and_its_value_stands_in_no_record() {
    let mut settings = taking(AcceptedManifests::Both);
    settings.bundles.secrets = true;
    let harness = Harness::serving(settings).await;
    let secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: game-password\nstringData:\n  password: hunter2hunter2\n";
    let brought =
        bundle(&[("staging/game.yaml", &manifest("moin")), ("staging/password.yaml", secret)]);
    let packed = boathook::bundles::pack(&brought).unwrap();
    harness.engine.secret_bundles.keep(&brought.digest(), &packed).await.unwrap();
    let id = harness.accept_beside(request("2", "a"), &brought).await;
    harness.engine.run(&id, &CancellationToken::new()).await;
    let result = harness.result(&id).await;
    harness.assert_ended(&result, Outcome::Succeeded, "v2 100");
    let there = harness.cluster.get(&Caller::admin(), Kind::Secret, Some("game"), "game-password");
    assert!(there.is_ok());
    let records =
        serde_json::to_string(&result.records.iter().map(|one| &one.event).collect::<Vec<_>>());
    let records = records.unwrap();
    assert!(!records.contains("hunter2") && !records.contains("aHVudGVy"), "{records}");
}

#[tokio::test(start_paused = true)]
async fn every_image_in_a_bundle_is_judged_as_the_image_of_a_request() {
    let mut settings = taking(AcceptedManifests::Both);
    settings.bundles.tags = false;
    settings.bundles.kinds.push(KindName::parse("Job.batch").unwrap());
    let harness = Harness::serving(settings).await;
    let digest = format!("@sha256:{}", "d".repeat(64));
    let beside = |field: &str, image: &str| {
        let more = format!("    spec:\n      {field}: [{{name: more, image: \"{image}\"}}]\n");
        match field {
            "containers" => manifest("hi").replace(
                "      containers:\n",
                &format!("      containers:\n        - {{name: more, image: \"{image}\"}}\n"),
            ),
            _ => manifest("hi").replace("    spec:\n", &more),
        }
    };
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: game-job}\nspec: {template: {spec: {containers: [{name: a, image: evil.example/miner}]}}}\n";
    let table = [
        beside("containers", "evil.example/miner:1"),
        beside("initContainers", &format!("evil.example/miner{digest}")),
        beside("containers", "registry.example/proxy:1"),
        beside("containers", "no image"),
        format!("{}---\n{job}", manifest("hi")),
    ];
    let mut reasons = Vec::new();
    for (n, service) in table.iter().enumerate() {
        let brought = bundle(&[("staging/game.yaml", service)]);
        let result = harness.deploy_bundle(request("2", &format!("i{n}")), &brought).await;
        result.assert_end(Outcome::Rejected);
        reasons.push(result.reason().to_owned());
    }
    expect![[r#"
        the bundle holds what staging does not take: Service.serving.knative.dev/game names the image evil.example/miner:1, which `allow.images` does not list; take it out of the bundle, or ask its operator
        the bundle holds what staging does not take: Service.serving.knative.dev/game names the image evil.example/miner@sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd, which `allow.images` does not list; take it out of the bundle, or ask its operator
        the bundle holds what staging does not take: Service.serving.knative.dev/game names the image registry.example/proxy:1 by tag, and `allow.tags` is false; name its digest; take it out of the bundle, or ask its operator
        the bundle holds what staging does not take: Service.serving.knative.dev/game names the image `no image`, which is none; take it out of the bundle, or ask its operator
        the bundle holds what staging does not take: Job.batch/game-job names the image evil.example/miner, which `allow.images` does not list; take it out of the bundle, or ask its operator"#]].assert_eq(&reasons.join("\n"));
    let by_digest = beside("containers", &format!("registry.example/proxy{digest}"));
    let named = boathook_core::deployment::DeployRequest {
        manifests: Some(boathook_core::deployment::RequestedManifests::Bundle(
            bundle(&[("staging/game.yaml", &by_digest)]).digest(),
        )),
        ..request("2", "fine")
    };
    let report =
        harness.engine.dry_run_bundle(&named, &bundle(&[("staging/game.yaml", &by_digest)])).await;
    assert!(!report.problems.iter().any(|problem| problem.contains("allow.")), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn no_spelling_of_its_group_hides_a_secret() {
    let mut settings = taking(AcceptedManifests::Both);
    settings.bundles.kinds.push(KindName::parse("Secret").unwrap());
    let harness = Harness::serving(settings).await;
    let table = [
        "apiVersion: /v1\nkind: Secret\nmetadata: {name: game-password}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: game-password}\n",
    ];
    let mut reasons = Vec::new();
    for (n, object) in table.iter().enumerate() {
        let brought =
            bundle(&[("staging/game.yaml", &manifest("moin")), ("staging/more.yaml", object)]);
        let result = harness.deploy_bundle(request("2", &format!("k{n}")), &brought).await;
        result.assert_end(Outcome::Rejected);
        reasons.push(result.reason().to_owned());
    }
    expect![[r#"
        the bundle holds what staging does not take: Secret/game-password names no API group before the `/` of its apiVersion; take it out of the bundle, or ask its operator
        the bundle holds what staging does not take: Secret/game-password is a Secret, and `allow.secrets` is false; take it out of the bundle, or ask its operator"#]].assert_eq(&reasons.join("\n"));
}
