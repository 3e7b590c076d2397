//! Journal, door, engine and scheduler, wired to the outside that is given: the real one, or a simulated one in tests.

use std::{
    fs, io,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use futures_util::{FutureExt, future::BoxFuture};
use rustls::ServerConfig;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    deployment::JobId,
    engine::Engine,
    health::Prober,
    journal::{Journal, SqliteStore, StoreError, StoreOptions},
    observers::audit::{self, Auditor, Refusals},
    process::Runner,
    redact::Redactor,
    scheduler::{LimitsNow, Scheduler},
    server::{Desk, Edge, Now, Reloaded, Reloads},
    startup::{
        Loaded,
        certificate::{self, Certificate},
        hidden,
        keep::{TLS, keep},
        rehearsing::rehearsing,
        snapshot::{Fixed, Snapshot},
    },
};

/// The journal's file in the state directory.
const JOURNAL: &str = "journal.db";

/// What boathook acts on.
pub struct Outside {
    /// Runs programs.
    pub runner: Arc<dyn Runner>,
    /// Asks URLs.
    pub prober: Arc<dyn Prober>,
    /// The time of day.
    pub clock: Clock,
}

/// Everything that `serve` runs. All of it reads what can change through one snapshot, which is exchanged as a whole.
pub struct Parts {
    fixed: Fixed,
    now: watch::Sender<Arc<Snapshot>>,
    changed: Arc<Notify>,
    engine: Engine,
    auditor: Option<Auditor>,
    audited: watch::Receiver<u64>,
}

/// Why the parts could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The state directory cannot be made.
    #[error("failed to make the state directory `{}`; set state.directory to one that boathook's user may write", path.display())]
    StateDirectory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The journal cannot be opened.
    #[error(transparent)]
    Journal(#[from] StoreError),
}

/// What was read would do harm together with what cannot change.
#[derive(Debug, thiserror::Error)]
#[error("server.listen needs a restart, and without server.trusted_proxies the address that is open now would take plain HTTP from anyone")]
pub struct Exposed;

impl Parts {
    /// Puts the parts together. Who asks `reloads` for anything is answered by whoever calls [`Self::reload`]; `stop` ends all parts.
    pub fn assemble(
        loaded: Loaded,
        redactor: &Redactor,
        outside: Outside,
        reloads: Reloads,
        stop: CancellationToken,
    ) -> Result<Self, StartError> {
        let Outside { runner, prober, clock } = outside;
        let directory = loaded.config.state.directory.clone();
        fs::create_dir_all(&directory).map_err(|source| StartError::StateDirectory { path: directory.clone(), source })?;
        let store = SqliteStore::open(&directory.join(JOURNAL), StoreOptions::default())?;
        let journal = Journal::open(Arc::new(store), clock.clone())?;
        let rehearsed_by = Arc::new(OnceLock::new());
        let (refusals, refused) = Refusals::channel();
        let auditor = Auditor::new(journal.clone(), clock.clone(), directory.join(audit::FOLDER), loaded.config.audit, refused);
        let fixed = Fixed {
            journal: journal.clone(),
            clock: clock.clone(),
            redactor: redactor.clone(),
            room: Arc::default(),
            refusals,
            rehearse: rehearsing(Arc::clone(&rehearsed_by)),
            reloads,
            stop,
        };
        let snapshot = Snapshot::of(loaded, &fixed);
        snapshot.tell_ended_secrets(None, clock.now());
        let now = watch::Sender::new(Arc::new(snapshot));
        let (tools, settings) = (now.subscribe(), now.subscribe());
        let engine = Engine {
            journal,
            runner,
            redactor: redactor.clone(),
            prober,
            clock,
            tools: Arc::new(move || Arc::clone(&tools.borrow().tools)),
            settings: Arc::new(move |environment| settings.borrow().settings.get(&environment).cloned()),
            work: directory.join("work"),
        };
        rehearsed_by.get_or_init(|| engine.clone());
        let audited = auditor.audited();
        Ok(Self { fixed, now, changed: Arc::default(), engine, auditor: Some(auditor), audited })
    }

    /// Writes the audit log until `end`, which comes after everything else so that the last lines are written too. There is only one
    /// writer: a second call does nothing.
    pub fn audit(&mut self, end: CancellationToken) -> impl Future<Output = ()> + use<> {
        let auditor = self.auditor.take();
        async move {
            if let Some(auditor) = auditor {
                auditor.run(end).await;
            }
        }
    }

    /// What the public listener needs.
    #[must_use]
    pub fn edge(&self) -> Now<Edge> {
        self.of_the_moment(|snapshot| &snapshot.edge)
    }

    /// What the operator's listener needs.
    #[must_use]
    pub fn desk(&self) -> Now<Desk> {
        self.of_the_moment(|snapshot| &snapshot.desk)
    }

    /// The last record that the audit log has on disk.
    pub(super) fn audited(&self) -> u64 {
        *self.audited.borrow()
    }

    /// The time of day.
    pub(super) const fn clock(&self) -> &Clock {
        &self.fixed.clock
    }

    /// What holds now.
    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.now.borrow())
    }

    /// Goes by what was read from now on, all at once; requests and deployments under way keep what they began with.
    pub fn reload(&self, mut loaded: Loaded) -> Result<Reloaded, Exposed> {
        let needs_restart = keep(&self.now.borrow().config, &mut loaded.config);
        if needs_restart.contains(&TLS) {
            loaded.certificate.clone_from(&self.now.borrow().certificate);
        }
        if loaded.config.server.is_exposed() {
            return Err(Exposed);
        }
        hidden::learn(&self.fixed.redactor, &loaded, std::env::vars_os());
        let snapshot = Snapshot::of(loaded, &self.fixed);
        snapshot.tell_ended_secrets(None, self.fixed.clock.now());
        self.now.send_replace(Arc::new(snapshot));
        self.changed.notify_one();
        Ok(Reloaded { needs_restart })
    }

    /// Shows this certificate from now on; says whether it is another one.
    pub(super) fn renew(&self, certificate: Certificate) -> bool {
        self.now.send_if_modified(|now| {
            let shown = now.certificate.as_ref().is_some_and(|shown| shown.cert == certificate.cert);
            if !shown {
                *now = Arc::new(Snapshot { certificate: Some(certificate), ..Snapshot::clone(now) });
            }
            !shown
        })
    }

    /// What the public listener needs to speak TLS, where config says so.
    #[must_use]
    pub fn tls(&self) -> Option<ServerConfig> {
        self.now.borrow().certificate.as_ref()?;
        Some(certificate::listening(self.now.subscribe()))
    }

    /// The record.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.engine.journal
    }

    /// Deploys what is accepted, until the parts are stopped; comes back when every deployment under way has been left off.
    pub async fn deploy(&self) {
        let (engine, stop) = (self.engine.clone(), self.fixed.stop.clone());
        let worker = move |job: JobId| -> BoxFuture<'static, ()> {
            let (engine, stop) = (engine.clone(), stop.clone());
            async move { engine.drive(&job, &stop).await }.boxed()
        };
        let limits: LimitsNow = self.of_the_moment(|snapshot| &snapshot.limits);
        let (journal, clock) = (self.engine.journal.clone(), self.fixed.clock.clone());
        Scheduler::run(journal, clock, worker, limits, Arc::clone(&self.changed), self.fixed.stop.clone()).await;
    }

    fn of_the_moment<T: Send + Sync + 'static>(&self, part: fn(&Snapshot) -> &Arc<T>) -> Now<T> {
        let now = self.now.subscribe();
        Arc::new(move || Arc::clone(part(&now.borrow())))
    }
}
