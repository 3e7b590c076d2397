//! Record, then act; but not one commit for each record.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use boathook::journal::Journal;
use boathook_core::{
    deployment::{Actor, Environment},
    record::{CommandEvent, Event, Origin, Outcome, StepEvent},
    state::State,
};
use boathook_process::{Command, Finished, RunError, Runner};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    rollout_harness::{Harness, blue_green, brief},
    samples::{self, QUEUE, service},
};
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Programs that look at the disk before they begin.
struct Witness {
    others: Arc<dyn Runner>,
    journal: Journal,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Witness {
    /// What is wrong with the record at the moment when this program begins.
    async fn look(&self, command: &Command) -> Option<String> {
        let (id, _) = self.journal.live().into_iter().next()?;
        let records = self.journal.records(&id, 0).await.unwrap();
        let deployment = self.journal.deployment(&id).await.unwrap()?;
        let step_began = match &deployment.state {
            State::Deploying(progress) | State::RollingBack(progress, _) => {
                progress.began.is_some()
            }
            State::Planning(_) => true,
            _ => false,
        };
        let changes = |argv: &[String]| argv[1] != "get";
        let mut open = Vec::new();
        let mut announced = false;
        for record in records {
            match &record.event {
                Event::Command(CommandEvent::CommandStarted { command: number, argv }) => {
                    announced = *argv == command.argv;
                    open.extend(changes(argv).then_some(*number));
                }
                Event::Command(CommandEvent::CommandEnded { command: number, .. }) => {
                    open.retain(|one| one != number);
                }
                _ => {}
            }
        }
        let own = usize::from(changes(&command.argv));
        let adopts = matches!(deployment.acceptance.origin, Origin::Rollback { .. });
        let knows = !adopts || command.argv[1] != "patch" || knows_candidate(&deployment.state);
        let is_whole = step_began && announced && knows && open.len() <= own;
        (!is_whole).then(|| {
            format!(
                "{}: step began {step_began}, announced {announced}, knows {knows}, open {open:?}",
                command.argv.join(" ")
            )
        })
    }
}

fn knows_candidate(state: &State) -> bool {
    match state {
        State::Deploying(progress) => progress.findings.candidate.is_some(),
        _ => false,
    }
}

impl Runner for Witness {
    fn run(
        &self,
        command: Command,
        lines: Option<mpsc::Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        async move {
            if command.argv[1] != "get" {
                let found = self.look(&command).await;
                let mut seen = self.seen.lock().unwrap();
                seen.push(found.unwrap_or_default());
            }
            self.others.run(command, lines).await
        }
        .boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn when_a_program_begins_its_start_its_step_and_the_ends_of_those_before_it_are_on_disk() {
    for tag in ["2", "crash"] {
        let mut harness = Harness::serving(brief()).await;
        let seen = Arc::<Mutex<Vec<String>>>::default();
        harness.engine.runner = Arc::new(Witness {
            others: Arc::clone(&harness.engine.runner),
            journal: harness.journal.clone(),
            seen: Arc::clone(&seen),
        });
        let result = harness.deploy_request(blue_green(tag, "b-1")).await;
        let end = if tag == "2" { Outcome::Succeeded } else { Outcome::RolledBack };
        result.assert_end(end);
        let seen = seen.lock().unwrap();
        assert!(seen.len() > 4, "{} programs were seen", seen.len());
        let wrong: Vec<&String> = seen.iter().filter(|one| !one.is_empty()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}\n{}", result.timeline());
    }
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_is_adopted_is_on_disk_before_the_patch_that_adopts_it() {
    let mut harness = Harness::new();
    // As in a pod: nothing is opened before kubectl starts.
    harness.without_kubeconfig();
    for tag in ["1", "2"] {
        harness.deploy(tag).await.assert_end(Outcome::Succeeded);
    }
    let seen = Arc::<Mutex<Vec<String>>>::default();
    harness.engine.runner = Arc::new(Witness {
        others: Arc::clone(&harness.engine.runner),
        journal: harness.journal.clone(),
        seen: Arc::clone(&seen),
    });
    let rollback =
        samples::rollback(Environment::STAGING, &service("game"), None, Actor::new("ada"));
    let ordered = harness.journal.order_rollback(rollback, QUEUE).await.unwrap();
    harness.engine.run(&ordered.deployment.id, &CancellationToken::new()).await;
    harness.result(&ordered.deployment.id).await.assert_end(Outcome::Succeeded);
    let seen = seen.lock().unwrap();
    assert!(!seen.is_empty() && seen.iter().all(String::is_empty), "{seen:#?}");
}

#[tokio::test(start_paused = true)]
async fn records_that_need_no_order_on_disk_share_a_commit() {
    let mut harness = Harness::serving(brief()).await;
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    harness
        .tap(move |batch| {
            counted.fetch_add(usize::from(!batch.records.is_empty()), Ordering::SeqCst);
            Ok(())
        })
        .await;
    let result = harness.deploy_request(blue_green("2", "b-1")).await;
    result.assert_end(Outcome::Succeeded);
    let records = result.records.len();
    let commits = commits.load(Ordering::SeqCst);
    assert!(commits * 3 <= records * 2, "{commits} commits for {records} records");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_no_other_follows_is_on_disk_soon() {
    let harness = Harness::new();
    harness.deploy("1").await.assert_end(Outcome::Succeeded);
    harness.cluster.fail(
        "kubectl",
        boathook_sandbox::Times::UntilHealed,
        boathook_sandbox::Fault::Unreachable,
    );
    let deploying = harness.start(blue_green("2", "b-1")).await;
    let mut records = Vec::new();
    for _ in 0..40 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        records = harness.journal.records(&deploying.id, 0).await.unwrap();
        if records
            .iter()
            .any(|record| matches!(record.event, Event::Step(StepEvent::StepLearned { .. })))
        {
            break;
        }
    }
    let told = records.last().map(|record| record.event.name());
    assert_eq!(told, Some("step_learned"), "it waits for the cluster, and says so: {records:#?}");
    harness.cluster.heal("kubectl");
    deploying.end().await.assert_end(Outcome::Succeeded);
}
