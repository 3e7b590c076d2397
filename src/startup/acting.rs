//! What acts on the record: deployments, watches, promotions, notifications, GitHub, relays and pruning.
//! Of several boathooks on one record, only the one that leads runs it.

use std::{sync::Arc, time::Duration};

use boathook_core::{clock::Clock, current::Current, deployment::DeploymentId};
use boathook_process::Runner;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    engine::Engine,
    github,
    journal::PostgresStore,
    observers::{
        audit::Refusals,
        cursor::Cursors,
        github::{FOLDER, Reporter},
        metrics::{Counters, Leadership},
        notify::{self, HttpTransport, Notifier},
        promotion::Promoter,
    },
    redact::Redactor,
    scheduler::{Limits, Scheduler},
    sources::{
        github::GitHubSource,
        relay::{HttpRelayTransport, RelayTransport},
    },
    startup::{
        KeptGitHub, notifying, polling, promoting::current_routes, pruning::Pruning,
        relaying::Relaying, reporting, snapshot::Snapshot,
    },
};

/// How long what is under way may take once boathook is asked to stop.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same where another boathook goes on from the record at once, as it would after a crash. A request
/// from a relay has its time all the same: no relay sends it twice.
const PATIENCE_BESIDE_OTHERS: Duration = Duration::from_millis(500);

/// What acts on the record, and with what. Clones share the counters.
#[derive(Clone)]
pub struct Acting {
    pub(super) engine: Engine,
    pub(super) limits: watch::Receiver<Limits>,
    pub(super) now: watch::Receiver<Arc<Snapshot>>,
    pub(super) redactor: Redactor,
    pub(super) refusals: Refusals,
    pub(super) counters: Counters,
    pub(super) audited: watch::Receiver<u64>,
    /// The database, if others share the record.
    pub(super) shared: Option<Arc<PostgresStore>>,
    pub(super) leadership: Leadership,
    pub(super) stop: CancellationToken,
}

impl Acting {
    /// Acts until boathook stops; returns when nothing is under way any more, and false if something of
    /// it had to be left off.
    pub(super) async fn run(self) -> bool {
        let github = self.github(Arc::new(github::HttpTransport::default()));
        let relays = tokio::spawn(self.follow_relays(Arc::new(HttpRelayTransport)));
        let others: [(JoinHandle<()>, &str); 5] = [
            (tokio::spawn(self.promote()), "The promotions under way"),
            (tokio::spawn(self.watch()), "The watches"),
            (
                tokio::spawn(self.notify(Arc::new(HttpTransport::new(self.clock())))),
                "The notifications",
            ),
            (tokio::spawn(self.poll(github.clone())), "The questions to GitHub"),
            (tokio::spawn(self.report(github)), "The statuses for GitHub"),
        ];
        let pruning = self.pruning();
        let deploying = async {
            let deploying = self.deploy();
            tokio::pin!(deploying);
            tokio::select! {
                () = &mut deploying => return (true, Instant::now() + self.patience()),
                () = self.stop.cancelled() => {}
            }
            let until = Instant::now() + self.patience();
            let is_ended = timeout_at(until, deploying).await.is_ok();
            if !is_ended {
                self.left_off("The deployments under way");
            }
            (is_ended, until)
        };
        let (mut is_quiet, until) = tokio::select! {
            ended = deploying => ended,
            never = pruning.run() => match never {},
        };
        let others = others.map(|(task, what)| (task, what, until));
        let relays = [(relays, "The requests from relays", Instant::now() + PATIENCE)];
        for (mut task, what, until) in others.into_iter().chain(relays) {
            if timeout_at(until, &mut task).await.is_err() {
                task.abort();
                is_quiet = false;
                self.left_off(what);
            }
        }
        is_quiet
    }

    /// Runs accepted deployments until boathook stops; returns when every deployment under way is
    /// interrupted.
    pub async fn deploy(&self) {
        let engine = self.engine.clone();
        let stop = self.stop.clone();
        let worker = move |id: DeploymentId| -> BoxFuture<'static, ()> {
            let engine = engine.clone();
            let stop = stop.clone();
            async move { engine.run(&id, &stop).await }.boxed()
        };
        let Engine { journal, clock, .. } = &self.engine;
        let journal = journal.clone();
        let clock = clock.clone();
        Scheduler::run(journal, clock, worker, self.limits.clone(), self.stop.clone()).await;
    }

    /// Watches successes until the parts are stopped.
    pub fn watch(&self) -> impl Future<Output = ()> + use<> {
        self.engine.clone().watch(self.stop.clone())
    }

    /// Sends promotions, until the parts are stopped.
    pub fn promote(&self) -> impl Future<Output = ()> + use<> {
        let routes = current_routes(self.now.clone(), self.redactor.clone());
        let promoter = Promoter::new(self.engine.journal.clone(), self.clock(), routes);
        promoter.run(self.stop.clone())
    }

    /// Notifies the current receivers until the parts are stopped.
    pub fn notify(
        &self,
        transport: Arc<dyn notify::Transport>,
    ) -> impl Future<Output = ()> + use<> {
        let journal = self.engine.journal.clone();
        let cursors = self.cursors(notify::FOLDER, "notify");
        let notifier = Notifier::new(
            journal,
            self.clock(),
            transport,
            cursors,
            self.counters.deliveries.clone(),
        );
        notifying::run(notifier, self.now.clone(), self.stop.clone())
    }

    /// Takes webhooks from the current relays until the parts are stopped, and what they have in hand is
    /// settled.
    pub fn follow_relays(
        &self,
        transport: Arc<dyn RelayTransport>,
    ) -> impl Future<Output = ()> + use<> {
        let journal = self.engine.journal.clone();
        let refusals = self.refusals.clone();
        let relays =
            Relaying { journal, transport, refusals, counters: self.counters.relays.clone() };
        relays.run(self.now.clone(), self.stop.clone())
    }

    /// The client of GitHub, which those who ask it share.
    #[must_use]
    pub fn github(&self, transport: Arc<dyn github::Transport>) -> KeptGitHub {
        KeptGitHub::new(transport, self.clock())
    }

    /// Asks GitHub for deployments, as the current settings say, until the parts are stopped.
    pub fn poll(&self, github: KeptGitHub) -> impl Future<Output = ()> + use<> {
        let source = GitHubSource {
            journal: self.engine.journal.clone(),
            clock: self.clock(),
            admission: Current::part_of(self.now.clone(), |snapshot| &snapshot.admission),
            refusals: self.refusals.clone(),
            polls: self.counters.polls.clone(),
        };
        polling::run(source, github, self.now.clone(), self.stop.clone())
    }

    /// Reports to GitHub what became of deployments, as the current settings say, until the parts are
    /// stopped.
    pub fn report(&self, github: KeptGitHub) -> impl Future<Output = ()> + use<> {
        let journal = self.engine.journal.clone();
        let redactor = self.redactor.clone();
        let reports = self.counters.reports.clone();
        let cursors = self.cursors(FOLDER, "report");
        let reporter = Reporter::new(journal, redactor, &cursors, reports);
        reporting::run(reporter, github, self.now.clone(), self.stop.clone())
    }

    fn pruning(&self) -> Pruning {
        Pruning {
            journal: self.engine.journal.clone(),
            now: self.now.clone(),
            audited: self.audited.clone(),
            shared: self.shared.clone(),
            leadership: self.leadership.clone(),
        }
    }

    /// Where readers of the record keep how far they are: with others on the record, there.
    fn cursors(&self, folder: &str, kind: &'static str) -> Cursors {
        Cursors {
            journal: self.engine.journal.clone(),
            folder: self.now.borrow().config.state.directory.join(folder),
            kind,
            in_record: self.shared.is_some(),
        }
    }

    /// The same, with its programs started by this one.
    pub(super) fn with_runner(mut self, runner: Arc<dyn Runner>) -> Self {
        self.engine.runner = runner;
        self
    }

    const fn patience(&self) -> Duration {
        match self.shared {
            Some(_) => PATIENCE_BESIDE_OTHERS,
            None => PATIENCE,
        }
    }

    fn left_off(&self, what: &str) {
        match self.shared {
            Some(_) => info!("{what} are left off; the next leader goes on from the record"),
            None => warn!("{what} did not end in time; the next start resumes from the record"),
        }
    }

    fn clock(&self) -> Clock {
        self.engine.clock.clone()
    }
}
