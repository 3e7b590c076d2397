//! A kubeconfig that is not there: kubectl is not run without it, because it would ask whoever
//! listens on localhost:8080.

use std::{fs, path::Path, sync::Arc, time::Duration};

use boathook::{cluster::Tools, engine::Configuration, journal::Filter};
use boathook_core::record::{CommandEvent, Event, Outcome};
use boathook_testing::rollout_harness::{Harness, RolloutResult, request, settings};
use expect_test::expect;
use tempfile::TempDir;
use tokio::{sync::watch, time::sleep};

/// A harness whose kubectl is given this kubeconfig, and what exchanges its configuration.
fn given(kubeconfig: &Path) -> (Harness, watch::Sender<Arc<Configuration>>) {
    let mut harness = Harness::with(settings());
    let given = naming(&harness.engine.configuration.get(), kubeconfig);
    let exchange = watch::Sender::new(given);
    harness.engine.configuration = exchange.subscribe().into();
    (harness, exchange)
}

fn naming(old: &Configuration, kubeconfig: &Path) -> Arc<Configuration> {
    in_environment(old, vec![("KUBECONFIG".to_owned(), kubeconfig.display().to_string())])
}

fn in_environment(old: &Configuration, environment: Vec<(String, String)>) -> Arc<Configuration> {
    Arc::new(Configuration {
        tools: Arc::new(Tools { environment, ..Tools::clone(&old.tools) }),
        settings: Arc::clone(&old.settings),
    })
}

/// How often kubectl was run.
fn kubectls(result: &RolloutResult) -> usize {
    let is_kubectl = |event: &Event| matches!(event, Event::Command(CommandEvent::CommandStarted { argv, .. }) if argv[0] == "kubectl");
    result.records.iter().filter(|record| is_kubectl(&record.event)).count()
}

#[tokio::test(start_paused = true)]
async fn without_its_kubeconfig_kubectl_is_not_run_and_the_file_is_named_while_it_is_waited_for() {
    let folder = TempDir::new().unwrap();
    let (harness, _exchange) = given(&folder.path().join("kubeconfig"));
    let deploying = harness.start(request("1", "one")).await;
    sleep(Duration::from_secs(5)).await;
    let shown = |text: &str| text.replace(&folder.path().display().to_string(), "FOLDER");
    let listed = harness.journal.list(&Filter::default()).await.unwrap().remove(0);
    expect!["the kubeconfig FOLDER/kubeconfig cannot be read (scripts/setup.sh makes it; tools.kubeconfig names another one): No such file or directory (os error 2); trying again"]
        .assert_eq(&shown(&listed.reason.unwrap().to_string()));

    let result = deploying.end().await;
    result.assert_end(Outcome::Failed);
    expect!["the kubeconfig FOLDER/kubeconfig cannot be read (scripts/setup.sh makes it; tools.kubeconfig names another one): No such file or directory (os error 2); the service was not changed"]
        .assert_eq(&shown(result.reason()));
    assert_eq!(kubectls(&result), 0, "{}", result.timeline());
}

#[tokio::test(start_paused = true)]
async fn a_planning_deployment_takes_a_kubeconfig_that_is_mended() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("kubeconfig");
    let (harness, _exchange) = given(&path);
    let deploying = harness.start(request("1", "one")).await;
    sleep(Duration::from_secs(30)).await;
    fs::write(&path, "").unwrap();
    let result = deploying.end().await;
    result.assert_end(Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_planning_deployment_takes_the_kubeconfig_that_a_reload_names() {
    let folder = TempDir::new().unwrap();
    let (harness, exchange) = given(&folder.path().join("kubeconfig"));
    let deploying = harness.start(request("1", "one")).await;
    sleep(Duration::from_secs(30)).await;
    let other = folder.path().join("other");
    fs::write(&other, "").unwrap();
    let renamed = naming(&harness.engine.configuration.get(), &other);
    exchange.send_replace(renamed);
    let result = deploying.end().await;
    result.assert_end(Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_kubeconfig_that_goes_away_during_a_rollout_is_waited_for_and_rolled_back_if_it_stays_away()
 {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("kubeconfig");
    fs::write(&path, "").unwrap();
    let (harness, _exchange) = given(&path);
    harness.deploy("1").await;
    let deploying = harness.start(request("2", "two")).await;
    harness.wait_for_traffic("game-00001 100, game-00002 0 (boathook)").await;
    fs::remove_file(&path).unwrap();
    sleep(Duration::from_secs(20)).await;
    let listed = harness.journal.list(&Filter::default()).await.unwrap().remove(0);
    let reason = listed.reason.unwrap().to_string();
    assert!(
        reason.starts_with("the kubeconfig ") && reason.ends_with("; trying again"),
        "{reason}"
    );
    fs::write(&path, "").unwrap();
    let result = deploying.end().await;
    result.assert_end(Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn no_kubectl_has_a_timeout_of_its_own_which_in_a_pod_would_hide_the_pods_account() {
    let mut harness = Harness::with(settings());
    let in_a_pod = in_environment(&harness.engine.configuration.get(), Vec::new());
    harness.engine.configuration = watch::Sender::new(in_a_pod).subscribe().into();
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    let timeline = result.timeline();
    assert!(
        timeline.contains("$ kubectl ") && !timeline.contains("--request-timeout"),
        "{timeline}"
    );
}
