//! The feeds of a namespace are shared by the steps of a deployment and by all deployments there,
//! and none runs while nobody waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use boathook::{cluster::Tools, engine::Configuration};
use boathook_core::{
    deployment::{DeployRequest, Requester, ServiceKey, ServiceName},
    record::{CommandEvent, DeploymentEvent, Event, Outcome, Record, StepEvent},
    rollout::Action,
};
use boathook_testing::rollout_harness::{Harness, blue_green, brief, manifest, request};
use expect_test::expect;
use tokio::{sync::watch, time::sleep};

/// What the feeds read in a namespace, each kind with its lists and its watches.
fn feed_reads(harness: &Harness) -> String {
    let mut counts = BTreeMap::<String, (u32, u32)>::new();
    for path in harness.cluster.reads() {
        let Some((of, query)) = path.split_once('?') else { continue };
        let kind = of.rsplit('/').next().unwrap_or_default().to_owned();
        let (lists, watches) = counts.entry(kind).or_default();
        *lists += u32::from(query.contains("limit="));
        *watches += u32::from(query.contains("watch=true"));
    }
    counts.retain(|_, counts| *counts != (0, 0));
    let line = |(kind, (lists, watches))| format!("{kind}: {lists} list, {watches} watch\n");
    counts.into_iter().map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn a_rollout_needs_one_list_and_one_watch_of_each_kind() {
    let harness = Harness::serving(brief()).await;
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        pods: 1 list, 1 watch
        revisions: 1 list, 1 watch
        services: 1 list, 1 watch
    "#]]
    .assert_eq(&feed_reads(&harness));
}

#[tokio::test(start_paused = true)]
async fn deployments_in_one_namespace_share_its_feeds() {
    let harness = Harness::serving(brief()).await;
    let other = manifest("hi").replace("  name: game\n", "  name: chess\n");
    harness.manifest("20-chess.yaml", &other);
    let first = harness.start(blue_green("2", "b-1")).await;
    let service_name = ServiceName::parse("chess").unwrap();
    let second = harness.start(DeployRequest { service_name, ..request("2", "b-2") }).await;
    first.end().await.assert_end(Outcome::Succeeded);
    second.end().await.assert_end(Outcome::Succeeded);
    expect![[r#"
        pods: 1 list, 1 watch
        revisions: 1 list, 1 watch
        services: 1 list, 1 watch
    "#]]
    .assert_eq(&feed_reads(&harness));
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_a_person_paused_reads_nothing() {
    let harness = Harness::serving(brief()).await;
    let mut records = harness.journal.subscribe();
    let deploying = harness.start(blue_green("2", "b-1")).await;
    while !matches!(records.recv().await.unwrap().event, Event::Step(StepEvent::StepStarted { .. }))
    {
    }
    let steer = |action| {
        harness.journal.append(
            &deploying.id,
            Event::Deployment(DeploymentEvent::Steered { action, by: Requester::operator("ada") }),
        )
    };
    steer(Action::Pause).await.unwrap();
    sleep(Duration::from_secs(1000)).await;
    let reads = harness.cluster.reads().len();
    sleep(Duration::from_secs(10_000)).await;
    assert_eq!(harness.cluster.reads().len(), reads, "{:?}", harness.cluster.reads().last());

    steer(Action::Resume).await.unwrap();
    assert_eq!(deploying.end().await.end(), Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn tools_that_a_reload_named_are_those_of_the_next_step() {
    let mut harness = Harness::serving(brief()).await;
    let old = harness.engine.configuration.get();
    let exchange = watch::Sender::new(Arc::clone(&old));
    harness.engine.configuration = exchange.subscribe().into();
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 100, game-00002 0 (boathook)").await;
    exchange.send_replace(Arc::new(by_k3s(&old)));

    let result = deploying.end().await;
    result.assert_end(Outcome::Succeeded);
    let (before, after) = result.records.split_at(
        result.records.iter().position(|record| begins(record, "shift_traffic")).unwrap(),
    );
    assert_eq!(
        (programs(before), programs(after)),
        (vec!["kubectl".to_owned()], vec!["k3s".to_owned()]),
        "{}",
        result.timeline()
    );
}

#[tokio::test(start_paused = true)]
async fn a_reload_while_a_plan_is_made_leaves_it_the_settings_and_tools_of_one_snapshot() {
    let mut harness = Harness::serving(brief()).await;
    let old = harness.engine.configuration.get();
    let tools = Arc::clone(&old.tools);
    let settings = Arc::clone(&old.settings);
    let exchange = Arc::new(watch::Sender::new(Arc::clone(&old)));
    let reload = Arc::downgrade(&exchange);
    let reads = AtomicU32::new(0);
    // The folder's secrets are read with the settings first; then comes the plan.
    let settings = move |environment, service: &ServiceKey| {
        if reads.fetch_add(1, Ordering::Relaxed) == 1 {
            reload.upgrade().unwrap().send_replace(Arc::new(without_a_kubeconfig(&old)));
        }
        settings(environment, service)
    };
    exchange.send_replace(Arc::new(Configuration { tools, settings: Arc::new(settings) }));
    harness.engine.configuration = exchange.subscribe().into();

    let mut records = harness.journal.subscribe();
    let _deploying = harness.start(request("2", "two")).await;
    loop {
        match &records.recv().await.unwrap().event {
            Event::Deployment(DeploymentEvent::Planned { .. }) => break,
            Event::Deployment(DeploymentEvent::Ended { reason, .. }) => panic!("{reason:?}"),
            _ => {}
        }
    }
    let environment = &harness.engine.configuration.get().tools.environment;
    assert_eq!(environment[0].1, "/nowhere/kubeconfig");
}

/// The same configuration with a kubeconfig that is not there.
fn without_a_kubeconfig(old: &Configuration) -> Configuration {
    let environment = vec![("KUBECONFIG".to_owned(), "/nowhere/kubeconfig".to_owned())];
    Configuration {
        tools: Arc::new(Tools { environment, ..Tools::clone(&old.tools) }),
        settings: Arc::clone(&old.settings),
    }
}

/// The same configuration with another kubectl.
fn by_k3s(old: &Configuration) -> Configuration {
    let kubectl = vec!["k3s".to_owned(), "kubectl".to_owned()];
    Configuration {
        tools: Arc::new(Tools { kubectl, ..Tools::clone(&old.tools) }),
        settings: Arc::clone(&old.settings),
    }
}

/// The programs that were run, without crictl.
fn programs(records: &[Record]) -> Vec<String> {
    let words = records.iter().filter_map(|record| match &record.event {
        Event::Command(CommandEvent::CommandStarted { argv, .. }) if argv[0] != "crictl" => {
            Some(argv[0].clone())
        }
        _ => None,
    });
    words.collect::<BTreeSet<_>>().into_iter().collect()
}

fn begins(record: &Record, name: &str) -> bool {
    matches!(&record.event, Event::Step(StepEvent::StepStarted { step }) if step == name)
}
