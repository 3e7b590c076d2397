//! `boathook serve`: everything together, until it is stopped.

use std::{future::pending, io, path::Path, process::ExitCode, sync::Arc, time::Duration};

use boathook_core::clock::Clock;
use boathook_process::ProgramRunner;
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    api_proxy::ProxyEnd,
    config::Config,
    health::HttpProber,
    journal::{self, PostgresStore},
    redact::Redactor,
    server::Reloads,
    startup::{
        App, Dependencies, LoadError, Loaded, LostLead, StartError,
        end_signals::EndSignals,
        listen::ListenError,
        listeners::OpenListeners,
        maintenance,
        observing::Observing,
        record::{self, Joined},
        redaction, reload, systemd, watchdog,
    },
    telemetry::{self, Verbosity},
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
    let verbosity = begin_log(&loaded, &redactor);
    let shared = match join_record(&loaded, &mut end).await? {
        Joined::NotNeeded => None,
        Joined::To(store) => Some(store),
        Joined::Stopped => return Ok(ExitCode::SUCCESS),
    };
    let stop = CancellationToken::new();
    let (reloads, orders) = Reloads::channel();
    let runner = ProgramRunner::default();
    let dependencies = real_dependencies(&runner, shared);
    let mut app = App::assemble(loaded, &redactor, dependencies, reloads, stop.clone())?;
    let opened = OpenListeners::open(&config, &app, PATIENCE)?;
    let observing = Observing::begin(&mut app);
    let presence = app.presence().map(|presence| tokio::spawn(presence.run(stop.clone())));
    let proxy = app.proxy_end();
    let mut listeners = opened.begin();
    log_addresses(&config);
    systemd::ready();
    let acting = act(&app, runner);
    tokio::pin!(acting);
    let mut acted = None;
    let mut broken = None;
    tokio::select! {
        signal = end.received() => info!(signal, "Stopping: new requests are refused, and running deployments go on from the record"),
        ended = &mut acting => acted = Some(ended),
        (listener, source) = listeners.broken() => broken = Some(ServeError::Broken { listener, source }),
        node = same_name(presence) => broken = Some(ServeError::SameName { node }),
        never = maintenance::run(&app) => match never {},
        never = reload::serve(hangup, orders, &app, directory, &verbosity) => match never {},
        never = watchdog::keep_alive(app.journal()) => match never {},
    }
    systemd::stopping();
    listeners.stop_accepting().await;
    stop.cancel();
    // Another boathook may act before slow senders have their answers.
    match acted {
        Some(acted) => acted?,
        None => acting.await?,
    }
    listeners.stop().await?;
    end_proxy(proxy).await;
    observing.end(PATIENCE).await;
    info!("Stopped");
    broken.map_or(Ok(ExitCode::SUCCESS), Err)
}

/// Begins to write the log, without the secrets of the configuration, and with its warnings.
fn begin_log(loaded: &Loaded, redactor: &Redactor) -> Verbosity {
    redaction::learn(redactor, loaded, std::env::vars_os());
    let verbosity = telemetry::begin(&loaded.config.log, redactor.clone());
    loaded.warnings.iter().for_each(|warning| warn!("{warning}"));
    verbosity
}

/// Joins the database of the record; a record in the state directory has been left by the boathook
/// before when this returns, or is reported when it is opened.
async fn join_record(loaded: &Loaded, end: &mut EndSignals) -> Result<Joined, StartError> {
    let state = &loaded.config.state;
    if state.postgres.is_none() {
        until_left(&state.directory.join(journal::FILE)).await;
    }
    record::join(state, loaded.database.as_ref(), end).await
}

fn real_dependencies(runner: &ProgramRunner, shared: Option<Arc<PostgresStore>>) -> Dependencies {
    Dependencies {
        runner: Arc::new(runner.clone()),
        api_server: None,
        prober: Arc::new(HttpProber::default()),
        clock: Clock::system(),
        shared,
    }
}

/// Acts on the record as long as this boathook leads; one that has the record for itself does.
async fn act(app: &App, runner: ProgramRunner) -> Result<(), LostLead> {
    match app.election(runner) {
        Some(election) => election.run(app.acting()).await,
        None => {
            app.acting().run().await;
            Ok(())
        }
    }
}

async fn end_proxy(proxy: Option<ProxyEnd>) {
    if let Some(proxy) = proxy
        && timeout(PATIENCE, proxy.end()).await.is_err()
    {
        warn!("`kubectl proxy` did not end in time");
    }
}

/// Returns only if another boathook has this one's name, with that name.
async fn same_name(presence: Option<JoinHandle<Option<String>>>) -> String {
    match presence {
        Some(presence) => match presence.await {
            Ok(Some(name)) => name,
            // It was stopped, or panicked, which is logged.
            Ok(None) | Err(_) => pending().await,
        },
        None => pending().await,
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
