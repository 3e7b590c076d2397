//! The listeners: TCP for senders, a Unix socket for the operator, and TCP on loopback for reading
//! where config names it.

use std::{
    fs, io,
    net::{SocketAddr, TcpListener},
    os::unix::{fs::PermissionsExt as _, net::UnixListener},
    path::{Path, PathBuf},
    time::Duration,
};

use actix_web::{HttpServer, dev::Server, http::KeepAlive};
use rustix::net::{self, sockopt};

use crate::{
    config::Config,
    server::{note_peer, operator_app, public_app, reading_app, watch_connection},
    startup::{
        App, rlimit,
        systemd::{SocketError, Sockets},
    },
};

/// Threads for each listener: requests are small, and the work is done elsewhere.
const WORKERS: usize = 2;
/// Open connections of one thread; further ones wait until one ends. Together more than a thousand,
/// since each may take its time for headers and body, and few enough for the memory that headers
/// may take before they are known to be too large (128 KiB).
const CONNECTIONS: usize = 640;
/// Connections that may wait until one of the others ends.
const BACKLOG: i32 = 1024;
/// Bytes of a connection that the kernel takes before they are read: actix reads everything that is
/// there at once, and keeps so much memory.
const RECEIVED_MAX: usize = 16 << 10;
/// Connections for reading on loopback. An open page holds one.
const READERS: usize = 128;
/// The operator's socket is for its owner and group.
const SOCKET_MODE: u32 = 0o660;

/// Files that one connection takes: it is watched through a handle of its own.
const FILES_EACH: usize = 2;
/// Files that boathook has open besides connections: journal, listeners, and the pipes of programs.
const OTHER_FILES: u64 = 768;

/// Why a listener could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// systemd opened a different socket than the configuration says.
    #[error(transparent)]
    Inherited(#[from] SocketError),
    /// The public address cannot be opened.
    #[error("failed to listen on {address}; is another program there? (server.listen)")]
    Public {
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The operator's socket cannot be opened.
    #[error("failed to open the operator's socket `{}`; its directory must exist and be boathook's (operator.socket)", path.display())]
    Operator {
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The loopback address cannot be opened.
    #[error("failed to listen on {address}; is another program there? (operator.listen)")]
    Reading {
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
}

/// The public listener, if the config names one. It stops on request, after it has answered the
/// requests under way.
pub(super) fn public(
    config: &Config,
    app: &App,
    sockets: &mut Sockets,
    patience: Duration,
) -> Result<Option<Server>, ListenError> {
    let inherited = sockets.public(config.server.listen)?;
    let Some(address) = config.server.listen else { return Ok(None) };
    let failed = |source| ListenError::Public { address, source };
    let public = app.public();
    rlimit::allow((CONNECTIONS * WORKERS * FILES_EACH) as u64 + OTHER_FILES);
    let server = HttpServer::new(move || public_app(public.clone()))
        .workers(WORKERS)
        .max_connections(CONNECTIONS)
        // actix has no deadline for the headers of a connection's later requests.
        .keep_alive(KeepAlive::Os)
        .on_connect(watch_connection(config.server.header_timeout))
        .client_request_timeout(config.server.header_timeout)
        .tls_handshake_timeout(config.server.header_timeout)
        .shutdown_timeout(patience.as_secs())
        .disable_signals();
    let listener = match inherited {
        Some(listener) => listener,
        None => TcpListener::bind(address).map_err(failed)?,
    };
    limit_buffers(&listener).map_err(failed)?;
    let server = match app.tls() {
        Some(tls) => server.listen_rustls_0_23(listener, tls),
        None => server.listen(listener),
    };
    Ok(Some(server.map_err(failed)?.run()))
}

/// Limits the receive buffer of a listener's connections, which inherit it.
fn limit_buffers(listener: &TcpListener) -> io::Result<()> {
    sockopt::set_socket_recv_buffer_size(listener, RECEIVED_MAX)?;
    Ok(net::listen(listener, BACKLOG)?)
}

/// The operator's listener.
pub(super) fn operator(
    config: &Config,
    app: &App,
    sockets: &mut Sockets,
) -> Result<Server, ListenError> {
    let path = &config.operator.socket;
    let failed = |source| ListenError::Operator { path: path.clone(), source };
    let operators = app.operators();
    let server = HttpServer::new(move || operator_app(operators.clone()))
        .on_connect(note_peer)
        .workers(1)
        .shutdown_timeout(1)
        .disable_signals();
    // `bind_uds` would not call `note_peer`, and callers would have no names.
    let server = match sockets.operator(path)? {
        Some(listener) => server.listen_uds(listener),
        None => open(path).and_then(|listener| server.listen_uds(listener)),
    };
    Ok(server.map_err(failed)?.run())
}

/// The read-only listener on loopback; none if config names none.
pub(super) fn reading(config: &Config, app: &App) -> Result<Option<Server>, ListenError> {
    let Some(address) = config.operator.listen else { return Ok(None) };
    let operators = app.operators();
    let server = HttpServer::new(move || reading_app(operators.clone()))
        .workers(1)
        .max_connections(READERS)
        .client_request_timeout(config.server.header_timeout)
        .shutdown_timeout(1)
        .disable_signals();
    let listening = TcpListener::bind(address).and_then(|listener| server.listen(listener));
    Ok(Some(listening.map_err(|source| ListenError::Reading { address, source })?.run()))
}

/// Opens the socket for its owner and group.
fn open(path: &Path) -> io::Result<UnixListener> {
    clear(path)?;
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE))?;
    Ok(listener)
}

/// Removes a socket that a boathook before us left; the journal's lock proves that it is gone.
fn clear(path: &Path) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
