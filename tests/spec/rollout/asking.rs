//! Rollouts of applications that want to be asked in their own way: what is asked, where, and what
//! comes of it.

use std::collections::BTreeMap;

use boathook::plan::Settings;
use boathook_core::{
    deployment::Strategy,
    health::{Header, Serving},
    record::{DeploymentEvent, Event, Outcome},
    rollout::{ClusterLocal, Plan, Probing, Scheme, Step},
};
use boathook_sandbox::{Application, Behaviour, Caller, Kind, Patch, Registry, WriteOptions};
use boathook_testing::rollout_harness::{Harness, REPOSITORY, RolloutResult, manifest, settings};
use expect_test::expect;
use serde_json::json;

const LOCAL_LABEL: &str = "  labels: {networking.knative.dev/visibility: cluster-local}\n";

/// The settings with the same change in what is asked before and after 100 %.
fn asking(change: impl Fn(&mut Probing)) -> Settings {
    let mut settings = settings();
    change(&mut settings.probing);
    change(&mut settings.verify);
    settings
}

/// The settings of an environment that leaves it to the manifest what is asked.
fn by_manifest() -> Settings {
    asking(|probing| probing.rules.paths.clear())
}

/// Puts both images into the registry anew, insisting on this.
fn publish(harness: &Harness, application: &Application) {
    for tag in ["1", "2"] {
        harness.cluster.publish(
            REPOSITORY,
            tag,
            Behaviour::insisting(&format!("v{tag}"), application.clone()),
        );
    }
}

/// The manifest with a readinessProbe.
fn probed(readiness: &str) -> String {
    let probed = format!("          readinessProbe: {readiness}\n          env:");
    manifest("hi").replace("          env:", &probed)
}

fn notes(result: &RolloutResult) -> String {
    plan(result).notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn an_application_that_insists_on_https_is_deployed_by_the_header_that_says_so() {
    let harness = Harness::with(asking(|probing| {
        probing.rules.headers = vec![Header::new("X-Forwarded-Proto", "https")]
    }));
    publish(&harness, &Application { https_only: true, ..Application::default() });
    for tag in ["1", "2"] {
        let result = harness.deploy(tag).await;
        result.assert_end(Outcome::Succeeded);
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_header_the_reason_says_where_the_redirect_leads_and_what_to_do() {
    let harness = Harness::serving(settings()).await;
    let insists = Application { https_only: true, ..Application::default() };
    harness.cluster.publish(REPOSITORY, "2", Behaviour::insisting("v2", insists));
    let result = harness.deploy("2").await;
    assert_eq!((result.end(), harness.serves().as_str()), (Outcome::RolledBack, "v1 100"));
    expect![
        "http://boathook-game.game.example.test/ is not well: 3 failures in a row, the last: \
         answered 301 to https://boathook-game.game.example.test/, expected 200; if the \
         application insists on https, set health.headers: {X-Forwarded-Proto: https}; if Knative \
         redirects (networking.knative.dev/http-protocol: redirected, or http-protocol in \
         config-network), set url.scheme: https and the gateway's TLS port in url.ingress_address"
    ]
    .assert_eq(result.reason());
}

#[tokio::test(start_paused = true)]
async fn a_service_whose_gateway_sends_everyone_to_https_fails_with_where_the_redirect_leads() {
    let harness = Harness::with(asking(|probing| {
        probing.rules.headers = vec![Header::new("X-Forwarded-Proto", "https")]
    }));
    let redirected = "  annotations: {networking.knative.dev/http-protocol: redirected}\n";
    harness.manifest(
        "10-game.yaml",
        &manifest("hi").replace("  namespace: game\n", &format!("  namespace: game\n{redirected}")),
    );
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Failed);
    assert!(result.reason().contains("answered 301 to https://"), "{}", result.reason());
    assert!(result.reason().contains("set url.scheme: https"), "{}", result.reason());
    assert!(
        !result.reason().contains("health.headers"),
        "the header is sent already, and changes nothing: {}",
        result.reason()
    );
    assert_eq!(
        harness.cluster.requests("game", "game-00001"),
        0,
        "the application saw nothing of it"
    );
}

#[tokio::test(start_paused = true)]
async fn a_second_path_that_is_bad_takes_a_deployment_back_and_is_named() {
    let harness = Harness::serving(asking(|probing| {
        probing.rules.paths = vec!["/healthz".to_owned(), "/api/health".to_owned()]
    }))
    .await;
    let half = Application { bad_paths: vec!["/api/health".to_owned()], ..Application::default() };
    harness.cluster.publish(REPOSITORY, "2", Behaviour::insisting("v2", half));
    let result = harness.deploy("2").await;
    assert_eq!((result.end(), harness.serves().as_str()), (Outcome::RolledBack, "v1 100"));
    expect![
        "http://boathook-game.game.example.test is not well: 3 failures in a row, the last: \
         /api/health answered 503, expected 200"
    ]
    .assert_eq(result.reason());
}

/// Images that do not answer well at `/health`, as they are written for the sandbox, and what they
/// answer there.
const WITHOUT_HEALTH: [(&str, &str); 3] =
    [("no-path:/health", "404"), ("paths:/,/ready", "404"), ("bad-path:/health", "503")];

#[tokio::test(start_paused = true)]
async fn a_path_that_the_new_image_does_not_answer_takes_the_deployment_back() {
    for (behaviour, answer) in WITHOUT_HEALTH {
        let harness =
            Harness::serving(asking(|probing| probing.rules.paths = vec!["/health".to_owned()]))
                .await;
        Registry::stocked(harness.cluster.clone())
            .unwrap()
            .publish(&format!("{REPOSITORY}:2={behaviour}"))
            .unwrap();
        let result = harness.deploy("2").await;
        assert_eq!(
            (result.end(), harness.serves().as_str()),
            (Outcome::RolledBack, "v1 100"),
            "{behaviour}"
        );
        assert!(
            result.reason().contains(&format!("answered {answer}, expected 200")),
            "{behaviour}: {}",
            result.reason()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_path_that_the_readiness_probe_asks_and_the_image_does_not_answer_keeps_the_revision_from_being_ready()
 {
    for (behaviour, _) in WITHOUT_HEALTH {
        let harness = Harness::serving(settings()).await;
        Registry::stocked(harness.cluster.clone())
            .unwrap()
            .publish(&format!("{REPOSITORY}:2={behaviour}"))
            .unwrap();
        harness.manifest("10-game.yaml", &probed("{httpGet: {path: /health}}"));
        let result = harness.deploy("2").await;
        assert_eq!(
            (result.end(), harness.serves().as_str()),
            (Outcome::RolledBack, "v1 100"),
            "{behaviour}"
        );
        assert!(
            result.reason().contains("does not answer its readiness probe"),
            "{behaviour}: {}",
            result.reason()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_manifests_readiness_probe_asks_is_asked_where_config_says_nothing() {
    let harness = Harness::with(by_manifest());
    let guarded = Application {
        paths: vec!["/ready".to_owned()],
        header: Some(("X-Probe".to_owned(), "yes".to_owned())),
        host: Some("shop.example.org".to_owned()),
        ..Application::default()
    };
    publish(&harness, &guarded);
    let headers = "httpHeaders: [{name: X-Probe, value: 'yes'}, {name: Host, value: \
                   shop.example.org}, {name: User-Agent, value: kube-probe/1}]";
    harness.manifest("10-game.yaml", &probed(&format!("{{httpGet: {{path: /ready, {headers}}}}}")));
    for tag in ["1", "2"] {
        let result = harness.deploy(tag).await;
        result.assert_end(Outcome::Succeeded);
        expect!["health is asked at /ready, as the readinessProbe in the manifest does"]
            .assert_eq(&notes(&result));
    }
}

#[tokio::test(start_paused = true)]
async fn a_readiness_probe_by_grpc_is_asked_by_grpc() {
    let harness = Harness::with(by_manifest());
    let services = |serving| Some(BTreeMap::from([("orders.v1".to_owned(), serving)]));
    publish(&harness, &Application { grpc: services(Serving::Serving), ..Application::default() });
    harness.manifest("10-game.yaml", &probed("{grpc: {service: orders.v1}}"));
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    expect!["health is asked by gRPC, as the readinessProbe in the manifest does"]
        .assert_eq(&notes(&result));
    let sick = Application { grpc: services(Serving::NotServing), ..Application::default() };
    harness.cluster.publish(REPOSITORY, "2", Behaviour::insisting("v2", sick));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::RolledBack);
    expect![
        "gRPC health of orders.v1 at http://boathook-game.game.example.test is not well: 3 \
         failures in a row, the last: gRPC health of `orders.v1` is NOT_SERVING, expected SERVING"
    ]
    .assert_eq(result.reason());
}

#[tokio::test(start_paused = true)]
async fn a_readiness_probe_of_another_port_is_not_what_requests_reach() {
    let harness = Harness::with(by_manifest());
    harness.manifest("10-game.yaml", &probed("{httpGet: {path: /ready, port: 9090}}"));
    let result = harness.deploy("1").await;
    expect![
        "the readinessProbe in the manifest asks port 9090, and requests go to 8080: health is \
         asked at /"
    ]
    .assert_eq(&notes(&result));
    result.assert_end(Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn where_the_manifest_names_no_port_requests_go_to_8080() {
    let harness = Harness::with(by_manifest());
    let without_ports = |readiness: &str| {
        probed(readiness).replace("          ports: [{containerPort: 8080}]\n", "")
    };
    harness.manifest("10-game.yaml", &without_ports("{httpGet: {path: /ready, port: 9090}}"));
    let result = harness.deploy("1").await;
    expect![
        "the readinessProbe in the manifest asks port 9090, and requests go to 8080: health is \
         asked at /"
    ]
    .assert_eq(&notes(&result));
    harness.manifest("10-game.yaml", &without_ports("{httpGet: {path: /ready, port: 8080}}"));
    let result = harness.deploy("2").await;
    expect!["health is asked at /ready, as the readinessProbe in the manifest does"]
        .assert_eq(&notes(&result));
}

#[tokio::test(start_paused = true)]
async fn what_config_says_holds_over_the_manifests_readiness_probe() {
    let harness = Harness::with(settings());
    harness.manifest("10-game.yaml", &probed("{httpGet: {path: /ready}}"));
    let result = harness.deploy("1").await;
    assert_eq!((result.end(), notes(&result).as_str()), (Outcome::Succeeded, ""));
    let asked = plan(&result).steps.iter().find_map(|step| match step {
        Step::Verify(verify) => Some(verify.probing.rules.paths.join(" ")),
        _ => None,
    });
    assert_eq!(asked.as_deref(), Some("/"));
}

#[tokio::test(start_paused = true)]
async fn a_path_that_is_new_is_not_held_against_the_service_while_the_old_revision_serves_too() {
    let mut settings = by_manifest();
    let rolling = settings.stages.get_mut(&Strategy::Rolling).unwrap();
    let percent = boathook_core::deployment::Percent::new(50).unwrap();
    rolling.insert(0, boathook::plan::Stage { percent, ..rolling[0] });
    let harness = Harness::with(settings);
    let only = |path: &str| Application { paths: vec![path.to_owned()], ..Application::default() };
    harness.cluster.publish(REPOSITORY, "1", Behaviour::insisting("v1", only("/")));
    harness.cluster.publish(REPOSITORY, "2", Behaviour::insisting("v2", only("/ready")));
    assert_eq!(harness.deploy("1").await.end(), Outcome::Succeeded);
    harness.manifest("10-game.yaml", &probed("{httpGet: {path: /ready}}"));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    expect![[r"
        health is asked at /ready, as the readinessProbe in the manifest does
        the revision that serves does not answer well to what the new one is asked: the service's own URL counts at 100 % only"]]
    .assert_eq(&notes(&result));
}

#[tokio::test(start_paused = true)]
async fn after_going_back_the_old_revision_is_asked_what_its_own_manifest_says() {
    let harness = Harness::with(by_manifest());
    let only = |path: &str| Application { paths: vec![path.to_owned()], ..Application::default() };
    harness.cluster.publish(REPOSITORY, "1", Behaviour::insisting("v1", only("/old")));
    harness.cluster.publish(REPOSITORY, "2", Behaviour::insisting("v2", only("/elsewhere")));
    harness.manifest("10-game.yaml", &probed("{httpGet: {path: /old}}"));
    assert_eq!(harness.deploy("1").await.end(), Outcome::Succeeded);
    harness.manifest("10-game.yaml", &probed("{httpGet: {path: /new}}"));
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::RolledBack);
    let confirmed = plan(&result).rollback.iter().find_map(|step| match step {
        Step::ConfirmStable(confirm) => {
            Some((confirm.probing.rules.paths.join(" "), confirm.was_healthy))
        }
        _ => None,
    });
    assert_eq!(confirmed, Some(("/old".to_owned(), true)));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_only_the_cluster_reaches_is_probed_at_the_gateway_there() {
    let gateway = ClusterLocal {
        scheme: Scheme::Http,
        ingress_address: Some("10.43.0.20:80".parse().unwrap()),
    };
    let harness = Harness::with(asking(|probing| {
        probing.url.ingress_address = Some("192.0.2.1:80".parse().unwrap());
        probing.url.cluster_local = Some(gateway);
    }));
    harness.manifest(
        "10-game.yaml",
        &manifest("hi")
            .replace("  namespace: game\n", &format!("  namespace: game\n{LOCAL_LABEL}")),
    );
    for tag in ["1", "2"] {
        let result = harness.deploy(tag).await;
        result.assert_end(Outcome::Succeeded);
    }
    assert_eq!(harness.service()["status"]["url"], "http://game.game.svc.cluster.local");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_only_the_cluster_reaches_is_refused_before_anything_is_changed_where_no_gateway_is_named()
 {
    let harness = Harness::with(settings());
    harness.manifest(
        "10-game.yaml",
        &manifest("hi")
            .replace("  namespace: game\n", &format!("  namespace: game\n{LOCAL_LABEL}")),
    );
    let result = harness.deploy("1").await;
    assert_eq!((result.end(), result.changes()), (Outcome::Failed, Vec::<String>::new()));
    let first = result.reason().to_owned();
    expect![[r#"game/game is reached from inside the cluster only (visibility cluster-local), and staging.yaml names no gateway to probe it through; set url.cluster_local: {ingress_address: "IP:80", scheme: http} with the address from: kubectl get svc -A | grep -i internal; the service was not changed"#]]
        .assert_eq(&first);
    // The manifest does not say it, and the service is made so by hand.
    let harness = Harness::serving(settings()).await;
    let patch = json!({
        "metadata": {"labels": {"networking.knative.dev/visibility": "cluster-local"}},
        "spec": {"template": {"metadata": {"labels": {"a": "b"}}}},
    });
    harness
        .cluster
        .patch(
            &Caller::admin(),
            Kind::Service,
            Some("game"),
            "game",
            &Patch::Merge(patch),
            &WriteOptions::default(),
        )
        .unwrap();
    harness.settle().await;
    let result = harness.deploy("2").await;
    assert_eq!((result.reason(), result.changes()), (first.as_str(), Vec::new()));
}

fn plan(result: &RolloutResult) -> &Plan {
    let planned = result.records.iter().find_map(|record| match &record.event {
        Event::Deployment(DeploymentEvent::Planned { plan }) => Some(plan),
        _ => None,
    });
    planned.unwrap_or_else(|| panic!("no plan: {}", result.timeline()))
}
