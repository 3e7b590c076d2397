//! `boathook serve`: everything together, until it is told to stop.

use std::{io, path::Path, process::ExitCode, sync::Arc, time::Duration};

use actix_web::dev::ServerHandle;
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
        LoadError, Loaded, Outside, Parts, StartError, hidden,
        listen::{self, ListenError},
        reload,
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
    let loaded = Loaded::read(directory)?;
    let config = loaded.config.clone();
    let redactor = Redactor::default();
    hidden::learn(&redactor, &loaded, std::env::vars_os());
    let verbosity = telemetry::begin(&config.log, redactor.clone());
    let (hangup, told_to_stop) = (signal(SignalKind::hangup())?, told_to_stop()?);
    let stop = CancellationToken::new();
    let outside = Outside { runner: Arc::new(ProgramRunner::default()), prober: Arc::new(HttpProber::new()), clock: Clock::system() };
    let (reloads, orders) = Reloads::channel();
    let mut parts = Parts::assemble(loaded, &redactor, outside, reloads, stop.clone())?;
    let mut sockets = Sockets::take().map_err(ListenError::Inherited)?;
    let operator = listen::operator(&config, &parts, &mut sockets)?;
    let public = listen::public(&config, &parts, &mut sockets, PATIENCE)?;
    let listeners = [(public.handle(), tokio::spawn(public), true), (operator.handle(), tokio::spawn(operator), false)];
    let audited = CancellationToken::new();
    let auditing = tokio::spawn(parts.audit(audited.clone()));
    info!(address = %config.server.listen, socket = %config.operator.socket.display(), "Serving");
    systemd::ready();
    let deploying = parts.deploy();
    tokio::pin!(deploying);
    tokio::select! {
        signal = told_to_stop => info!(signal, "Stopping: nothing new is taken, and what is under way is left to the next start"),
        () = &mut deploying => {}
        never = upkeep::keep_looking(&parts) => match never {},
        never = reload::heed(hangup, orders, &parts, directory, &verbosity) => match never {},
        never = watchdog::keep_alive(parts.journal()) => match never {},
    }
    systemd::stopping();
    stop.cancel();
    if tokio::time::timeout(PATIENCE, deploying).await.is_err() {
        warn!("A program did not end in time; the next start goes on from the record");
    }
    close(listeners).await?;
    audited.cancel();
    finish(auditing).await;
    info!("Stopped");
    Ok(ExitCode::SUCCESS)
}

/// Waits for the last lines of the audit log, which come after everything else.
async fn finish(auditing: JoinHandle<()>) {
    if tokio::time::timeout(PATIENCE, auditing).await.is_err() {
        warn!("The audit log was not written to its end in time; the next start goes on from the record");
    }
}

/// Heeds the signals from this call on, not only from when it is polled: systemd may stop what has just said that it is ready.
fn told_to_stop() -> io::Result<impl Future<Output = &'static str>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    })
}

/// A listener that runs, and whether what it has begun to answer is waited for.
type Listening = (ServerHandle, JoinHandle<io::Result<()>>, bool);

async fn close(listeners: [Listening; 2]) -> io::Result<()> {
    for (handle, server, graceful) in listeners {
        handle.stop(graceful).await;
        server.await.map_err(io::Error::other)??;
    }
    Ok(())
}
