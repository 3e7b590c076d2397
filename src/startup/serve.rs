//! `boathook serve`: everything together, until it is stopped.

use std::{io, iter, path::Path, process::ExitCode, sync::Arc, time::Duration};

use boathook_core::clock::Clock;
use boathook_process::ProgramRunner;
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    config::Config,
    health::HttpProber,
    journal,
    redact::Redactor,
    server::Reloads,
    startup::{
        App, Dependencies, LoadError, Loaded, LostLead, StartError,
        end_signals::EndSignals,
        listen::{self, ListenError},
        listening::Listening,
        maintenance,
        observing::Observing,
        record::{self, Joined},
        redaction, reload,
        systemd::{self, Sockets},
        watchdog,
    },
    telemetry,
};

/// How long answers may take after boathook is asked to stop.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a killed boathook may leave its journal to a program that it was starting.
const LEFT_WITHIN: Duration = Duration::from_secs(3);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Why boathook cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The app could not be built.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A listener could not be opened.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// Another boathook leads, or may.
    #[error(transparent)]
    LostLead(#[from] LostLead),
    /// A listener stopped, so boathook could not answer requests any more.
    #[error("the {listener} listener stopped unexpectedly")]
    Broken {
        /// Which one.
        listener: &'static str,
        source: io::Error,
    },
    /// Another boathook on the record has the same name.
    #[error("another boathook on this record has the name {node} too; name this one in state.node")]
    SameName {
        /// The name.
        node: String,
    },
    /// Signals cannot be received, or a listener failed.
    #[error("failed to run")]
    Io(#[from] io::Error),
}

/// Serves until SIGTERM or SIGINT: then it refuses new requests, lets running programs end, and
/// leaves the rest to the next start. Where another boathook goes on at once, programs have no time to
/// end.
pub async fn serve(directory: &Path) -> Result<ExitCode, ServeError> {
    let mut end = EndSignals::listen()?;
    let hangup = signal(SignalKind::hangup())?;
    let loaded = Loaded::read(directory)?;
    let config = loaded.config.clone();
    let redactor = Redactor::default();
    redaction::learn(&redactor, &loaded, std::env::vars_os());
    let verbosity = telemetry::begin(&config.log, redactor.clone());
    loaded.warnings.iter().for_each(|warning| warn!("{warning}"));
    let stop = CancellationToken::new();
    let (reloads, orders) = Reloads::channel();
    if config.state.postgres.is_none() {
        until_left(&config.state.directory.join(journal::FILE)).await;
    }
    let shared = match record::join(&config.state, loaded.database.as_ref(), &mut end).await? {
        Joined::NotNeeded => None,
        Joined::To(store) => Some(store),
        Joined::Stopped => return Ok(ExitCode::SUCCESS),
    };
    let runner = ProgramRunner::default();
    let outside = Dependencies {
        runner: Arc::new(runner.clone()),
        api_server: None,
        prober: Arc::new(HttpProber::default()),
        clock: Clock::system(),
        shared,
    };
    let mut parts = App::assemble(loaded, &redactor, outside, reloads, stop.clone())?;
    let mut sockets = Sockets::take().map_err(ListenError::Inherited)?;
    let socket_outlives_us = sockets.outlive_us();
    let operator = listen::operator(&config, &parts, &mut sockets)?;
    let reading = listen::reading(&config, &parts)?;
    let public = listen::public(&config, &parts, &mut sockets, PATIENCE)?;
    let observing = Observing::begin(&mut parts);
    let presence = parts.presence().map(|presence| tokio::spawn(presence.run(stop.clone())));
    let proxy = parts.proxy_end();
    let mut public = public.map(Listening::begin);
    let mut operator = Listening::begin(operator);
    let reading = reading.map(Listening::begin);
    log_addresses(&config);
    systemd::ready();
    let acting = async {
        match parts.election(runner) {
            Some(election) => election.run(parts.acting()).await,
            None => {
                parts.acting().run().await;
                Ok(())
            }
        }
    };
    tokio::pin!(acting);
    let mut acted = None;
    let mut broken = None;
    let same_name = same_name(presence);
    tokio::select! {
        signal = end.received() => info!(signal, "Stopping: new requests are refused, and running deployments go on from the record"),
        ended = &mut acting => acted = Some(ended),
        error = broken_if_any(&mut public) => broken = Some(ServeError::Broken { listener: "public", source: error }),
        error = operator.broken() => broken = Some(ServeError::Broken { listener: "operator's", source: error }),
        node = same_name => broken = Some(ServeError::SameName { node }),
        never = maintenance::run(&parts) => match never {},
        never = reload::serve(hangup, orders, &parts, directory, &verbosity) => match never {},
        never = watchdog::keep_alive(parts.journal()) => match never {},
    }
    systemd::stopping();
    if let Some(public) = public.as_ref().filter(|_| socket_outlives_us) {
        public.stop_accepting().await;
    }
    stop.cancel();
    // Another boathook may act before slow senders have their answers.
    let acted = match acted {
        Some(acted) => acted,
        None => acting.await,
    };
    acted?;
    if let Some(public) = public {
        public.stop(true).await?;
    }
    for listening in iter::once(operator).chain(reading) {
        listening.stop(false).await?;
    }
    if let Some(proxy) = proxy
        && tokio::time::timeout(PATIENCE, proxy.end()).await.is_err()
    {
        warn!("`kubectl proxy` did not end in time");
    }
    observing.end(PATIENCE).await;
    info!("Stopped");
    broken.map_or(Ok(ExitCode::SUCCESS), Err)
}

/// Returns only if there is a listener and it stops unexpectedly.
async fn broken_if_any(listening: &mut Option<Listening>) -> io::Error {
    match listening {
        Some(listening) => listening.broken().await,
        None => std::future::pending().await,
    }
}

/// Returns only if another boathook has this one's name, with that name.
async fn same_name(presence: Option<JoinHandle<Option<String>>>) -> String {
    match presence {
        Some(presence) => match presence.await {
            Ok(Some(name)) => name,
            // It was stopped, or panicked, which is logged.
            Ok(None) | Err(_) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

fn log_addresses(config: &Config) {
    let socket = config.operator.socket.display();
    match config.server.listen {
        Some(address) => info!(%address, %socket, "Serving"),
        None => info!(%socket, "Serving without a public listener (server.listen)"),
    }
    if let Some(address) = config.operator.listen {
        info!(%address, "The dashboard is at http://{address}/");
    }
}

/// Waits for a journal that another process has; opening it says so if that lasts.
async fn until_left(journal: &Path) {
    let until = Instant::now() + LEFT_WITHIN;
    while journal::is_in_use(journal) && Instant::now() < until {
        sleep(POLL_INTERVAL).await;
    }
}
