//! Journal, door, engine and scheduler, wired to the outside that is given: the real one, or a simulated one in tests.

use std::{collections::BTreeMap, fs, io, path::PathBuf, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    config::{Config, LoadedSecret, Newer},
    deployment::{Environment, JobId},
    engine::Engine,
    health::Prober,
    intake::Door,
    journal::{Journal, SqliteStore, StoreError, StoreOptions},
    observers::audit::{self, Auditor, Refusals},
    plan::Settings,
    process::Runner,
    scheduler::{Replaces, Scheduler},
    server::{BodyLimits, Desk, Edge},
    startup::settings,
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

/// Everything that `serve` runs.
pub struct Parts {
    /// What the public listener needs.
    pub edge: Edge,
    /// What the operator's listener needs.
    pub desk: Desk,
    engine: Engine,
    auditor: Option<Auditor>,
    running: usize,
    replaces: Replaces,
    stop: CancellationToken,
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

impl Parts {
    /// Puts the parts together; `stop` ends all of them.
    pub fn assemble(config: &Config, secrets: &[LoadedSecret], outside: Outside, stop: CancellationToken) -> Result<Self, StartError> {
        let Outside { runner, prober, clock } = outside;
        let directory = &config.state.directory;
        fs::create_dir_all(directory).map_err(|source| StartError::StateDirectory { path: directory.clone(), source })?;
        let store = SqliteStore::open(&directory.join(JOURNAL), StoreOptions::default())?;
        let journal = Journal::open(Arc::new(store), clock.clone())?;
        let settings: BTreeMap<Environment, Arc<Settings>> =
            settings::settings(config).into_iter().map(|(environment, settings)| (environment, Arc::new(settings))).collect();
        let engine = Engine {
            journal: journal.clone(),
            runner,
            prober,
            clock: clock.clone(),
            tools: Arc::new(settings::tools(config)),
            settings: Arc::new(move |environment| settings.get(&environment).cloned()),
            work: directory.join("work"),
        };
        let (refusals, refused) = Refusals::channel();
        let auditor = Auditor::new(journal.clone(), clock.clone(), directory.join(audit::FOLDER), config.audit, refused);
        let edge = Edge {
            door: Arc::new(Door::new(config, secrets, journal.clone(), clock)),
            body: BodyLimits { max_bytes: config.server.max_body_bytes, timeout: config.server.body_timeout },
            max_wait: config.server.max_wait,
            public_url: Some(config.server.public_url.clone()),
            refusals,
            stopping: stop.clone(),
        };
        let desk = Desk { journal, queue_limit: config.scheduler.queued, stopping: stop.clone() };
        Ok(Self { edge, desk, engine, auditor: Some(auditor), running: config.scheduler.running, replaces: replaces(config), stop })
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

    /// Deploys what is accepted, until the parts are stopped; comes back when every deployment under way has been left off.
    pub async fn deploy(&self) {
        let (engine, stop) = (self.engine.clone(), self.stop.clone());
        let worker = move |job: JobId| -> BoxFuture<'static, ()> {
            let (engine, stop) = (engine.clone(), stop.clone());
            async move { engine.drive(&job, &stop).await }.boxed()
        };
        Scheduler::run(self.engine.journal.clone(), worker, self.running, Arc::clone(&self.replaces), self.stop.clone()).await;
    }
}

/// The environments in which a newer request takes the place of the deployment under way.
fn replaces(config: &Config) -> Replaces {
    let replacing = config.environments.iter().filter(|(_, settings)| settings.newer == Newer::Replaces);
    let replacing: Vec<Environment> = replacing.map(|(environment, _)| *environment).collect();
    Arc::new(move |environment| replacing.contains(&environment))
}
