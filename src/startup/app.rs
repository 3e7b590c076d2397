//! Journal, admission, engine and scheduler, connected to the given dependencies: the real ones, or
//! simulated ones in tests.

use std::{fs, os::unix::fs::DirBuilderExt as _, path::Path, sync::Arc};

use boathook_core::{clock::Clock, current::Current};
use boathook_process::ProgramRunner;
use rustls::ServerConfig;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    api_proxy::ProxyEnd,
    config::{Tls, from_credentials},
    engine::Engine,
    identity::{Issuers, over_https},
    journal::Journal,
    observers::{
        audit::Auditor,
        metrics::{Counters, Leadership},
    },
    redact::Redactor,
    scheduler::Limits,
    server::{OperatorState, PublicState, Reloaded, Reloads},
    startup::{
        Acting, Dependencies, Loaded, StartError,
        certificate::Certificate,
        deploying::{Deploying, limits},
        dry_running::{asking_for_revisions, dry_running, reading_logs},
        engine_builder::EngineBuilder,
        fixed::Fixed,
        leadership::{Election, Presence},
        observers::Observers,
        pulling_for_others::PullingForOthers,
        record, redaction,
        restart_required::{TLS, keep},
        snapshot::Snapshot,
        tls,
    },
};

/// The state directory is for boathook's user alone.
const STATE_MODE: u32 = 0o700;

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
    counters: Counters,
    leadership: Leadership,
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
        dependencies: Dependencies,
        reloads: Reloads,
        stop: CancellationToken,
    ) -> Result<Self, StartError> {
        let config = &loaded.config;
        let Dependencies { runner: _, api_server: _, prober: _, clock, shared } = &dependencies;
        make(&config.state.directory)?;
        let journal = record::open(&config.state, shared.as_ref(), clock.clone())?;
        let observers = Observers::of(config, &journal, clock, shared.is_some());
        let limits = watch::Sender::new(limits(config));
        let deploying = watch::Sender::new(Arc::new(Deploying::of(&loaded)));
        let builder = EngineBuilder {
            config,
            journal: &journal,
            dependencies: &dependencies,
            redactor,
            deploying: &deploying,
        };
        let (api_server, proxy) = builder.reader(&observers);
        let engine = builder.engine(api_server);
        let Observers { refusals, auditor, audited, counters, leadership, metrics } = observers;
        let fixed = Fixed {
            journal,
            clock: dependencies.clock,
            redactor: redactor.clone(),
            room: Arc::default(),
            refusals,
            counted: counters.requests.clone(),
            metrics,
            shared: dependencies.shared,
            dry_run: dry_running(engine.clone()),
            is_deleted: asking_for_revisions(engine.clone()),
            read_log: reading_logs(engine.clone()),
            reloads,
            stop,
        };
        let snapshot = Snapshot::of(loaded, &fixed, &Issuers::none(over_https()));
        snapshot.log_expired_secrets(None, fixed.clock.now());
        Ok(Self {
            fixed,
            now: watch::Sender::new(Arc::new(snapshot)),
            limits,
            deploying,
            engine,
            proxy,
            auditor: Some(auditor),
            audited,
            counters,
            leadership,
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

    /// What acts on the record, for a boathook that leads.
    #[must_use]
    pub fn acting(&self) -> Acting {
        Acting {
            engine: self.engine.clone(),
            limits: self.limits.subscribe(),
            now: self.now.subscribe(),
            redactor: self.fixed.redactor.clone(),
            refusals: self.fixed.refusals.clone(),
            counters: self.counters.clone(),
            audited: self.audited.clone(),
            shared: self.fixed.shared.clone(),
            leadership: self.leadership.clone(),
            stop: self.fixed.stop.clone(),
        }
    }

    /// Pulls what another boathook asks for until the parts are stopped, if others share the record.
    pub(super) fn pull_for_others(&self) -> Option<impl Future<Output = ()> + use<>> {
        let Fixed { refusals, clock, stop, .. } = &self.fixed;
        let pulling = PullingForOthers {
            store: self.fixed.shared.clone()?,
            engine: self.engine.clone(),
            refusals: refusals.clone(),
            clock: clock.clone(),
        };
        Some(pulling.run(stop.clone()))
    }

    /// How this boathook comes to act, if others share the record. `runner` starts its programs.
    pub(super) fn election(&self, runner: ProgramRunner) -> Option<Election> {
        Some(Election {
            store: self.fixed.shared.clone()?,
            journal: self.journal().clone(),
            runner,
            leadership: self.leadership.clone(),
            stop: self.fixed.stop.clone(),
        })
    }

    /// What it says of itself to the others, if there are any.
    pub(super) fn presence(&self) -> Option<Presence> {
        Some(Presence {
            store: self.fixed.shared.clone()?,
            journal: self.journal().clone(),
            audited: self.audited.clone(),
            leadership: self.leadership.clone(),
        })
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

    fn current<T: Send + Sync + 'static>(&self, part: fn(&Snapshot) -> &Arc<T>) -> Current<T> {
        Current::part_of(self.now.subscribe(), part)
    }
}

/// Makes the state directory, if it is not there.
fn make(directory: &Path) -> Result<(), StartError> {
    let made = fs::DirBuilder::new().recursive(true).mode(STATE_MODE).create(directory);
    made.map_err(|source| StartError::StateDirectory { path: directory.to_owned(), source })
}
