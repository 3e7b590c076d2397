//! What it costs a rollout when its watches break, or the API server is away: never more than two
//! seconds beyond what it had to wait.

use std::{sync::Arc, time::Duration};

use boathook::{feeds::Feeds, plan::Settings};
use boathook_core::{
    deployment::Namespace,
    permissions::{PERMISSIONS, Rule},
    record::{Event, Outcome, StepEvent},
};
use boathook_sandbox::{Breakage, Caller, Cluster, FakeApiServer, Fault, Times};
use boathook_testing::rollout_harness::{Harness, RolloutResult, brief, request};
use tokio::time::sleep;

const BOUND: Duration = Duration::from_secs(2);
const OUTAGE: Duration = Duration::from_secs(60);
const STEPS: [&str; 7] = [
    "pull_image",
    "apply_manifests",
    "patch_service",
    "find_revision",
    "await_ready",
    "shift_traffic",
    "pin_traffic",
];

/// Deadlines that are longer than the outage.
fn patient() -> Settings {
    let mut settings = brief();
    settings.waits.traffic = OUTAGE * 3;
    settings.waits.retry_for = OUTAGE * 3;
    settings
}

/// A rolling deployment of a good image, to which something happens as a step begins.
async fn deploy(step: &str, happens: impl AsyncFnOnce(&Cluster)) -> RolloutResult {
    let harness = Harness::serving(patient()).await;
    let mut records = harness.journal.subscribe();
    let deploying = harness.start(request("2", "two")).await;
    loop {
        match &records.recv().await.unwrap().event {
            Event::Step(StepEvent::StepStarted { step: begun }) if begun == step => break,
            _ => {}
        }
    }
    happens(&harness.cluster).await;
    let result = deploying.end().await;
    result.assert_end(Outcome::Succeeded);
    result
}

/// How long it takes if nothing happens.
async fn undisturbed() -> Duration {
    deploy(STEPS[0], async |_: &Cluster| {}).await.took()
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_in_any_way_in_any_step_costs_two_seconds_at_most() {
    let usual = undisturbed().await;
    for breakage in [Breakage::Ends, Breakage::Expires, Breakage::Fails, Breakage::IsCut] {
        for step in STEPS {
            let result = deploy(step, async |cluster: &Cluster| {
                cluster.break_watches_by(breakage);
                cluster.compact();
            })
            .await;
            let more = result.took().saturating_sub(usual);
            assert!(more < BOUND, "{breakage:?} in {step}: {more:?}\n{}", result.timeline());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_is_away_for_a_minute_costs_that_minute_and_two_seconds_at_most() {
    let usual = undisturbed().await;
    for step in STEPS {
        let result = deploy(step, async |cluster: &Cluster| {
            cluster.fail("kubectl", Times::UntilHealed, Fault::Unreachable);
            cluster.break_watches();
            sleep(OUTAGE).await;
            cluster.heal("kubectl");
        })
        .await;
        let more = result.took().saturating_sub(usual + OUTAGE);
        assert!(more < BOUND, "in {step}: {more:?}\n{}", result.timeline());
    }
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_freezes_costs_two_seconds_at_most_until_a_direct_read_mends_it() {
    let usual = undisturbed().await;
    for step in STEPS {
        let result = deploy(step, async |cluster: &Cluster| {
            cluster.break_watches_by(Breakage::Freezes);
        })
        .await;
        let more = result.took().saturating_sub(usual);
        assert!(more < BOUND, "in {step}: {more:?}\n{}", result.timeline());
    }
}

#[tokio::test(start_paused = true)]
async fn watches_that_end_at_once_each_time_cost_a_second_for_each_wait() {
    let harness = Harness::serving(brief()).await;
    for kind in ["ksvc", "revisions", "pods"] {
        let place = format!("watch {kind}");
        harness.cluster.fail(&place, Times::UntilHealed, Fault::WatchEnds);
    }
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    let more = result.took().saturating_sub(undisturbed().await);
    assert!(more < Duration::from_secs(5), "{more:?}\n{}", result.timeline());
}

/// A role from before there were feeds: it can list no services, and watch nothing.
fn older_role() -> Caller {
    let rules = PERMISSIONS.iter().map(|permission| Rule {
        verbs: permission.verbs.iter().copied().filter(|verb| *verb != "watch").collect(),
        group: permission.group.to_owned(),
        resource: permission.resource.to_owned(),
        names: Vec::new(),
        why: permission.why,
        without: permission.without,
    });
    let rules = rules.map(|mut rule| {
        if rule.resource == "services" {
            rule.verbs.retain(|verb| *verb != "list");
        }
        rule
    });
    Caller::limited("ci", Namespace::parse("game").unwrap(), rules.collect())
}

#[tokio::test(start_paused = true)]
async fn with_an_older_role_steps_read_again_and_again_and_the_record_says_so_once() {
    for (tag, end) in [("2", Outcome::Succeeded), ("crash", Outcome::RolledBack)] {
        let usual = Harness::serving(brief()).await.deploy(tag).await.took();
        let mut harness = Harness::serving(brief()).await;
        let api_server = FakeApiServer::new(harness.cluster.clone()).as_caller(older_role());
        harness.engine.feeds = Feeds::new(Arc::new(api_server));
        let result = harness.deploy(tag).await;
        result.assert_end(end);
        let timeline = result.timeline();
        assert_eq!(timeline.matches("boathook may not watch the").count(), 1, "{timeline}");
        assert!(timeline.contains("`boathook rbac` prints the role"), "{timeline}");
        let more = result.took().saturating_sub(usual);
        assert!(more < Duration::from_secs(4), "{tag}: {more:?}\n{timeline}");
    }
}
