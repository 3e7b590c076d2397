//! One kubectl watches the service for the steps that follow each other, and none while nobody
//! looks at what it shows.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use boathook::{cluster::Tools, engine::Configuration, journal::DeploymentDetail};
use boathook_core::{
    deployment::{Requester, ServiceKey},
    record::{CommandEvent, DeploymentEvent, Event, Outcome, Record, StepEvent},
    rollout::Action,
};
use boathook_sandbox::{Behaviour, Fault, Times};
use boathook_testing::rollout_harness::{
    Harness, REPOSITORY, blue_green, brief, request, timeline,
};
use expect_test::expect;
use tokio::{sync::watch, time::sleep};

/// Each step with what it did to see the service: `+` began a watch, `-` ended one, `|` went on
/// with it.
fn seen(records: &[Record]) -> String {
    let (mut result, mut signs, mut open) = (String::new(), String::new(), Vec::new());
    for record in records {
        match &record.event {
            Event::Step(StepEvent::StepStarted { step }) => {
                result += step;
                signs += if open.is_empty() { "" } else { "|" };
            }
            Event::Command(CommandEvent::CommandStarted { command, argv })
                if argv[1..3] == ["get", "ksvc"] =>
            {
                open.push(*command);
                signs.push('+');
            }
            Event::Command(CommandEvent::CommandEnded { command, .. })
                if open.contains(command) =>
            {
                open.retain(|one| one != command);
                signs.push('-');
            }
            Event::Step(StepEvent::StepEnded { .. })
            | Event::Step(StepEvent::StepFailed { .. })
            | Event::Deployment(DeploymentEvent::Ended { .. }) => {
                result += &format!(" {}\n", std::mem::take(&mut signs));
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "the record was closed with a watch open: {}", timeline(records));
    result
}

#[tokio::test(start_paused = true)]
async fn one_run_of_kubectl_watches_up_to_a_hold_and_another_after_it() {
    let harness = Harness::serving(brief()).await;
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        pull_image 
        pull_stable 
        apply_manifests 
        patch_service 
        find_revision +
        await_ready |
        tag_candidate |
        probe_candidate |
        shift_traffic |
        hold |-
        shift_traffic +
        hold |-
        shift_traffic +
        hold |-
        verify 
        pin_traffic +
         -
    "#]]
    .assert_eq(&seen(&result.records));
}

#[tokio::test(start_paused = true)]
async fn a_watch_is_shown_with_its_end_in_the_step_that_began_it() {
    let harness = Harness::serving(brief()).await;
    let result = harness.deploy("2").await;
    let account = DeploymentDetail::of(&result.records).unwrap().unwrap();
    let programs: Vec<_> = std::iter::once(&account.planning)
        .chain(&account.steps)
        .flat_map(|passage| &passage.programs)
        .collect();
    assert!(
        programs.iter().any(|program| program.argv.iter().any(|word| word == "--watch")),
        "{}",
        result.timeline()
    );
    assert!(programs.iter().all(|program| program.exit.is_some()), "{programs:#?}");
}

#[tokio::test(start_paused = true)]
async fn the_rollback_goes_on_with_the_watch_of_the_step_that_failed() {
    let harness = Harness::serving(brief()).await;
    harness.cluster.publish(REPOSITORY, "slow", Behaviour::slow("v9", Duration::from_secs(60)));
    let result = harness.deploy("slow").await;
    result.assert_end(Outcome::RolledBack);
    expect![[r#"
        pull_image 
        pull_stable 
        apply_manifests 
        patch_service 
        find_revision +
        await_ready |
        tag_candidate |
        probe_candidate |
        readopt_stable |
        remove_candidate |
        confirm_stable |
         -
    "#]]
    .assert_eq(&seen(&result.records));
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_a_person_paused_keeps_no_kubectl() {
    let harness = Harness::serving(brief()).await;
    let mut news = harness.journal.subscribe();
    let deploying = harness.start(blue_green("2", "b-1")).await;
    while !matches!(news.recv().await.unwrap().event, Event::Step(StepEvent::StepStarted { .. })) {}
    let steer = |action| {
        harness.journal.append(
            &deploying.id,
            Event::Deployment(DeploymentEvent::Steered { action, by: Requester::operator("ada") }),
        )
    };
    steer(Action::Pause).await.unwrap();
    sleep(Duration::from_secs(1000)).await;

    let records = harness.journal.records(&deploying.id, 0).await.unwrap();
    let count = |is: fn(&Event) -> bool| records.iter().filter(|record| is(&record.event)).count();
    let started =
        count(|event| matches!(event, Event::Command(CommandEvent::CommandStarted { .. })));
    let ended = count(|event| matches!(event, Event::Command(CommandEvent::CommandEnded { .. })));
    assert!(timeline(&records).contains("--watch"), "{}", timeline(&records));
    assert_eq!(started, ended, "{}", timeline(&records));

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
    seen(&result.records);
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
    let (tools, settings) = (Arc::clone(&old.tools), Arc::clone(&old.settings));
    let exchange = Arc::new(watch::Sender::new(Arc::clone(&old)));
    let (reload, reads) = (Arc::downgrade(&exchange), AtomicU32::new(0));
    // The folder's secrets are read with the settings first; then comes the plan.
    let settings = move |environment, service: &ServiceKey| {
        if reads.fetch_add(1, Ordering::Relaxed) == 1 {
            reload.upgrade().unwrap().send_replace(Arc::new(without_a_kubeconfig(&old)));
        }
        settings(environment, service)
    };
    exchange.send_replace(Arc::new(Configuration { tools, settings: Arc::new(settings) }));
    harness.engine.configuration = exchange.subscribe().into();

    let mut news = harness.journal.subscribe();
    let _deploying = harness.start(request("2", "two")).await;
    loop {
        match &news.recv().await.unwrap().event {
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

#[tokio::test(start_paused = true)]
async fn a_watch_that_breaks_while_a_step_asks_urls_is_started_again_by_the_next() {
    let harness = Harness::serving(brief()).await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 100, game-00002 0 (boathook)").await;
    harness.cluster.fail("kubectl get ksvc game --watch", Times::Next(3), Fault::WatchEnds);
    let result = deploying.end().await;
    result.assert_end(Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn what_changed_between_kubectls_reading_and_its_watching_is_seen_within_two_seconds() {
    let harness = Harness::serving(brief()).await;
    harness.cluster.fail("kubectl get ksvc game --watch", Times::UntilHealed, Fault::WatchesLate);
    let result = harness.deploy("crash").await;
    result.assert_end(Outcome::RolledBack);
    assert!(result.took() < Duration::from_secs(4), "{:?}: {}", result.took(), result.timeline());
}
