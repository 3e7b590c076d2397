//! Journal, admission, engine and scheduler, connected to the given dependencies: the real ones, or
//! simulated ones in tests.

use std::{fs, os::unix::fs::DirBuilderExt as _, sync::Arc};

use boathook_core::{
    api_server::ApiServer, clock::Clock, current::Current, deployment::DeploymentId, health::Prober,
};
use boathook_process::Runner;
use futures_util::{FutureExt, future::BoxFuture};
use rustls::ServerConfig;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    api_proxy::{KubectlProxy, ProxyEnd, ProxyParts},
    bundles::SecretBundles,
    cluster::Reads,
    config::{Tls, from_credentials},
    engine::Engine,
    feeds::Feeds,
    github,
    health::Revealing,
    identity::{Issuers, over_https},
    journal::Journal,
    observers::{
        audit::{self, Auditor, Refusals},
        github::{FOLDER, ReportCounters, Reporter},
        metrics::{GitHubPolls, Metrics, ProxyEnds, RelayCounters, Requests, Sources},
        notify::{self, DeliveryCounters, Notifier, Transport},
        promotion::Promoter,
    },
    redact::Redactor,
    scheduler::{Limits, Scheduler},
    server::{OperatorState, PublicState, Reloaded, Reloads},
    sources::{github::GitHubSource, relay::RelayTransport},
    startup::{
        KeptGitHub, Loaded, StartError,
        certificate::Certificate,
        deploying::{Deploying, limits},
        dry_running::{asking_for_revisions, dry_running, reading_logs},
        notifying, polling,
        promoting::{delivering, terms},
        reading, record, redaction,
        relaying::Relaying,
        reporting,
        restart_required::{TLS, keep},
        snapshot::{Fixed, Snapshot},
        tls,
    },
};

/// The state directory is for boathook's user alone.
const STATE_MODE: u32 = 0o700;

/// What boathook acts on.
pub struct Dependencies {
    /// Runs programs.
    pub runner: Arc<dyn Runner>,
    /// Reads the cluster; without it, a `kubectl proxy` that `runner` starts does.
    pub api_server: Option<Arc<dyn ApiServer>>,
    /// Probes URLs.
    pub prober: Arc<dyn Prober>,
    /// The time of day.
    pub clock: Clock,
}

/// Everything that `serve` runs. Its parts read changeable state through one snapshot, which is
/// replaced as a whole.
pub struct App {
    fixed: Fixed,
    now: watch::Sender<Arc<Snapshot>>,
    deploying: watch::Sender<Arc<Deploying>>,
    limits: watch::Sender<Limits>,
    engine: Engine,
    proxy: Option<ProxyEnd>,
    auditor: Option<Auditor>,
    audited: watch::Receiver<u64>,
    counters: DeliveryCounters,
    reports: ReportCounters,
    relays: RelayCounters,
    polls: GitHubPolls,
}

/// The new configuration conflicts with settings that need a restart.
#[derive(Debug, thiserror::Error)]
#[error(
    "server.listen needs a restart, and without server.trusted_proxies the current address would answer only this machine"
)]
pub struct Exposed;

impl App {
    /// Builds the app. The caller of [`Self::reload`] answers requests on `reloads`; `stop` ends
    /// all parts.
    pub fn assemble(
        loaded: Loaded,
        redactor: &Redactor,
        outside: Dependencies,
        reloads: Reloads,
        stop: CancellationToken,
    ) -> Result<Self, StartError> {
        let Dependencies { runner, api_server, prober, clock } = outside;
        let directory = loaded.config.state.directory.clone();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(STATE_MODE)
            .create(&directory)
            .map_err(|source| StartError::StateDirectory { path: directory.clone(), source })?;
        let store = record::open(&loaded.config.state, loaded.database.as_ref())?;
        let journal = Journal::open(store, clock.clone())?;
        let (refusals, refused) = Refusals::channel();
        let auditor = Auditor::new(
            journal.clone(),
            clock.clone(),
            directory.join(audit::FOLDER),
            loaded.config.audit,
            refused,
        );
        let counters = DeliveryCounters::default();
        let reports = ReportCounters::default();
        let counted = Requests::default();
        let proxy_ends = ProxyEnds::default();
        let relays = RelayCounters::default();
        let polls = GitHubPolls::default();
        let audited = auditor.audited();
        let sources = Sources {
            requests: counted.clone(),
            counters: counters.clone(),
            reports: reports.clone(),
            proxy_ends: proxy_ends.clone(),
            relays: relays.clone(),
            polls: polls.clone(),
            audited: audited.clone(),
            state: directory.clone(),
        };
        let metrics = Metrics::new(journal.clone(), sources, clock.now());
        let limits = watch::Sender::new(limits(&loaded.config));
        let deploying = watch::Sender::new(Arc::new(Deploying::of(&loaded)));
        let header_secrets = Current::part_of(deploying.subscribe(), |now| &now.header_secrets);
        let (api_server, proxy): (Arc<dyn ApiServer>, _) = match api_server {
            Some(api_server) => (api_server, None),
            None => {
                let (proxy, end) = KubectlProxy::new(ProxyParts {
                    runner: Arc::clone(&runner),
                    tools: Current::part_of(deploying.subscribe(), |now| &now.configuration.tools),
                    folder: reading::folder(&loaded.config),
                    redactor: redactor.clone(),
                    log: reading::noted(refusals.clone(), proxy_ends, clock.clone()),
                });
                (Arc::new(proxy), Some(end))
            }
        };
        let engine = Engine {
            journal: journal.clone(),
            runner,
            feeds: Feeds::new(Arc::clone(&api_server)),
            reads: Reads::new(api_server),
            redactor: redactor.clone(),
            prober: Arc::new(Revealing::new(prober, header_secrets, redactor.clone())),
            clock: clock.clone(),
            configuration: Current::part_of(deploying.subscribe(), |now| &now.configuration),
            secret_bundles: SecretBundles::in_state(&directory),
            work: directory.join("work"),
        };
        let fixed = Fixed {
            journal: journal.clone(),
            clock: clock.clone(),
            redactor: redactor.clone(),
            room: Arc::default(),
            refusals,
            counted,
            metrics,
            dry_run: dry_running(engine.clone()),
            is_deleted: asking_for_revisions(engine.clone()),
            read_log: reading_logs(engine.clone()),
            reloads,
            stop,
        };
        let snapshot = Snapshot::of(loaded, &fixed, &Issuers::none(over_https()));
        snapshot.log_expired_secrets(None, clock.now());
        let now = watch::Sender::new(Arc::new(snapshot));
        let auditor = Some(auditor);
        Ok(Self {
            fixed,
            now,
            limits,
            deploying,
            engine,
            proxy,
            auditor,
            audited,
            counters,
            reports,
            relays,
            polls,
        })
    }

    /// Writes the audit log until `end`, which comes after everything else so that the last lines
    /// are written too. There is only one writer: a second call does nothing.
    pub fn audit(&mut self, end: CancellationToken) -> impl Future<Output = ()> + use<> {
        let auditor = self.auditor.take();
        async move {
            if let Some(auditor) = auditor {
                auditor.run(end).await;
            }
        }
    }

    /// The end of the proxy through which the cluster is read, if this app started it. It comes
    /// after the last deployment and before the end of the audit log.
    pub(super) fn proxy_end(&mut self) -> Option<ProxyEnd> {
        self.proxy.take()
    }

    /// Counts what happens until the parts are stopped.
    pub fn count(&self) -> impl Future<Output = ()> + use<> {
        self.fixed.metrics.clone().run(self.fixed.stop.clone())
    }

    /// Notifies the current receivers until the parts are stopped.
    pub fn notify(&self, carrier: Arc<dyn Transport>) -> impl Future<Output = ()> + use<> {
        let directory = self.snapshot().config.state.directory.join(notify::FOLDER);
        let notifier = Notifier::new(
            self.journal().clone(),
            self.fixed.clock.clone(),
            carrier,
            directory,
            self.counters.clone(),
        );
        notifying::run(notifier, self.now.subscribe(), self.fixed.stop.clone())
    }

    /// Takes webhooks from the current relays until the parts are stopped, and what they have in hand is
    /// settled.
    pub fn follow_relays(
        &self,
        transport: Arc<dyn RelayTransport>,
    ) -> impl Future<Output = ()> + use<> {
        let Fixed { journal, refusals, stop, .. } = &self.fixed;
        let (journal, refusals) = (journal.clone(), refusals.clone());
        let relays = Relaying { journal, transport, refusals, counters: self.relays.clone() };
        relays.run(self.now.subscribe(), stop.clone())
    }

    /// The client of GitHub, which those who ask it share.
    #[must_use]
    pub fn github(&self, transport: Arc<dyn github::Transport>) -> KeptGitHub {
        KeptGitHub::new(transport, self.fixed.clock.clone())
    }

    /// Asks GitHub for deployments, as the current settings say, until the parts are stopped.
    pub fn poll(&self, github: KeptGitHub) -> impl Future<Output = ()> + use<> {
        let Fixed { journal, clock, refusals, stop, .. } = &self.fixed;
        let source = GitHubSource {
            journal: journal.clone(),
            clock: clock.clone(),
            admission: self.current(|snapshot| &snapshot.admission),
            refusals: refusals.clone(),
            polls: self.polls.clone(),
        };
        polling::run(source, github, self.now.subscribe(), stop.clone())
    }

    /// Reports to GitHub what became of deployments, as the current settings say, until the parts are
    /// stopped.
    pub fn report(&self, github: KeptGitHub) -> impl Future<Output = ()> + use<> {
        let Fixed { journal, redactor, stop, .. } = &self.fixed;
        let directory = self.snapshot().config.state.directory.join(FOLDER);
        let reporter =
            Reporter::new(journal.clone(), redactor.clone(), &directory, self.reports.clone());
        reporting::run(reporter, github, self.now.subscribe(), stop.clone())
    }

    /// What the public listener needs.
    #[must_use]
    pub fn public(&self) -> Current<PublicState> {
        self.current(|snapshot| &snapshot.public)
    }

    /// What the operator's listener needs.
    #[must_use]
    pub fn operators(&self) -> Current<OperatorState> {
        self.current(|snapshot| &snapshot.operators)
    }

    /// The last record that the audit log has on disk.
    pub(super) fn audited(&self) -> u64 {
        *self.audited.borrow()
    }

    /// The time of day.
    pub(super) const fn clock(&self) -> &Clock {
        &self.fixed.clock
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.now.borrow())
    }

    /// Replaces the snapshot by one of what was read; requests and deployments under way keep
    /// theirs.
    pub fn reload(&self, mut loaded: Loaded) -> Result<Reloaded, Exposed> {
        let needs_restart = keep(&self.now.borrow().config, &mut loaded.config);
        if needs_restart.contains(&TLS) {
            loaded.certificate.clone_from(&self.now.borrow().certificate);
        }
        if loaded.config.server.is_exposed() {
            return Err(Exposed);
        }
        redaction::learn(&self.fixed.redactor, &loaded, std::env::vars_os());
        let as_at_start = from_credentials(&loaded.config);
        let as_at_start = as_at_start.iter().map(ToString::to_string).collect();
        let warnings = std::mem::take(&mut loaded.warnings);
        let limits = limits(&loaded.config);
        let deploying = Arc::new(Deploying::of(&loaded));
        let snapshot = Snapshot::of(loaded, &self.fixed, &self.snapshot().public.admission.issuers);
        snapshot.log_expired_secrets(None, self.fixed.clock.now());
        self.deploying.send_replace(deploying);
        self.now.send_replace(Arc::new(snapshot));
        // They wake the scheduler, which is to find the rest exchanged.
        self.limits.send_replace(limits);
        Ok(Reloaded { needs_restart, as_at_start, warnings })
    }

    /// Uses the certificate read from these files, if the config still names them; returns whether
    /// it is a different one.
    pub(super) fn renew(&self, tls: &Tls, certificate: Certificate) -> bool {
        self.now.send_if_modified(|now| {
            let shown =
                now.certificate.as_ref().is_some_and(|shown| shown.cert == certificate.cert);
            let renews = !shown && now.config.server.tls.as_ref() == Some(tls);
            if renews {
                *now = Arc::new(Snapshot::clone(now).showing(certificate));
            }
            renews
        })
    }

    /// The public listener's TLS settings, if the config has them.
    #[must_use]
    pub fn tls(&self) -> Option<ServerConfig> {
        self.now.borrow().certificate.as_ref()?;
        Some(tls::listening(self.now.subscribe()))
    }

    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.engine.journal
    }

    /// Runs accepted deployments until boathook stops; returns when every deployment under way is
    /// interrupted.
    pub async fn deploy(&self) {
        let engine = self.engine.clone();
        let stop = self.fixed.stop.clone();
        let worker = move |id: DeploymentId| -> BoxFuture<'static, ()> {
            let engine = engine.clone();
            let stop = stop.clone();
            async move { engine.run(&id, &stop).await }.boxed()
        };
        let Fixed { journal, clock, stop, .. } = &self.fixed;
        let limits = self.limits.subscribe();
        Scheduler::run(journal.clone(), clock.clone(), worker, limits, stop.clone()).await;
    }

    /// Watches successes until the parts are stopped.
    pub fn watch(&self) -> impl Future<Output = ()> + use<> {
        self.engine.clone().watch(self.fixed.stop.clone())
    }

    /// Sends promotions, until the parts are stopped.
    pub fn promote(&self) -> impl Future<Output = ()> + use<> {
        let Fixed { journal, clock, redactor, stop, .. } = &self.fixed;
        let deliver = delivering(self.now.subscribe(), redactor.clone());
        let promoter = Promoter::new(journal.clone(), clock.clone(), deliver);
        promoter.with_terms(terms(self.now.subscribe())).run(stop.clone())
    }

    fn current<T: Send + Sync + 'static>(&self, part: fn(&Snapshot) -> &Arc<T>) -> Current<T> {
        Current::part_of(self.now.subscribe(), part)
    }
}
