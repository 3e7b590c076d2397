//! `boathook serve`: everything together, until it is told to stop.

use std::{io, path::Path, process::ExitCode, sync::Arc, time::Duration};

use actix_web::dev::{Server, ServerHandle};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    clock::Clock,
    health::HttpProber,
    process::ProgramRunner,
    redact::Redactor,
    server::Reloads,
    startup::{
        LoadError, Loaded, Outside, Parts, StartError,
        end_signals::EndSignals,
        hidden,
        listen::{self, ListenError},
        pruning, reload,
        systemd::{self, Sockets},
        upkeep, watchdog,
    },
    telemetry,
};

/// How long answers and programs under way may take once boathook is told to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why boathook cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// What the operator has set cannot be used.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The parts could not be put together.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A listener could not be opened.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The system does not tell of signals, or a listener broke.
    #[error("failed to run")]
    Io(#[from] io::Error),
}

/// Serves until SIGTERM or SIGINT: then nothing new is taken, programs under way end, and the rest is left to the next start.
pub async fn serve(directory: &Path) -> Result<ExitCode, ServeError> {
    let (mut end, hangup) = (EndSignals::listen()?, signal(SignalKind::hangup())?);
    let loaded = Loaded::read(directory)?;
    let config = loaded.config.clone();
    let redactor = Redactor::default();
    hidden::learn(&redactor, &loaded, std::env::vars_os());
    let verbosity = telemetry::begin(&config.log, redactor.clone());
    let stop = CancellationToken::new();
    let outside = Outside { runner: Arc::new(ProgramRunner::default()), prober: Arc::new(HttpProber::new()), clock: Clock::system() };
    let (reloads, orders) = Reloads::channel();
    let mut parts = Parts::assemble(loaded, &redactor, outside, reloads, stop.clone())?;
    let mut sockets = Sockets::take().map_err(ListenError::Inherited)?;
    let operator = listen::operator(&config, &parts, &mut sockets)?;
    let public = listen::public(&config, &parts, &mut sockets, PATIENCE)?;
    let audited = CancellationToken::new();
    let auditing = tokio::spawn(parts.audit(audited.clone()));
    let (public, operator) = (Listening::begin(public), Listening::begin(operator));
    info!(address = %config.server.listen, socket = %config.operator.socket.display(), "Serving");
    systemd::ready();
    let deploying = parts.deploy();
    tokio::pin!(deploying);
    tokio::select! {
        signal = end.told() => info!(signal, "Stopping: nothing new is taken, and what is under way is left to the next start"),
        () = &mut deploying => {}
        never = upkeep::keep_looking(&parts) => match never {},
        never = pruning::keep_pruning(&parts) => match never {},
        never = reload::heed(hangup, orders, &parts, directory, &verbosity) => match never {},
        never = watchdog::keep_alive(parts.journal()) => match never {},
    }
    systemd::stopping();
    stop.cancel();
    if tokio::time::timeout(PATIENCE, deploying).await.is_err() {
        warn!("A program did not end in time; the next start goes on from the record");
    }
    public.stop(true).await?;
    operator.stop(false).await?;
    audited.cancel();
    finish(auditing).await;
    info!("Stopped");
    Ok(ExitCode::SUCCESS)
}

/// A listener at work.
struct Listening {
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
}

impl Listening {
    fn begin(server: Server) -> Self {
        Self { handle: server.handle(), task: tokio::spawn(server) }
    }

    /// Stops it, after what is under way where that is wanted.
    async fn stop(self, graceful: bool) -> io::Result<()> {
        self.handle.stop(graceful).await;
        self.task.await.map_err(io::Error::other)?
    }
}

/// Waits for the last lines of the audit log, which come after everything else.
async fn finish(auditing: JoinHandle<()>) {
    if tokio::time::timeout(PATIENCE, auditing).await.is_err() {
        warn!("The audit log was not written to its end in time; the next start goes on from the record");
    }
}
