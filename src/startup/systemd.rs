//! Reports to systemd, and takes the sockets that it holds. Without systemd it does nothing.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
    time::Duration,
};

use listenfd::ListenFd;
use sd_notify::NotifyState;
use tracing::warn;

/// The sockets that systemd opened; it holds them during a restart of boathook, so that no request
/// is refused.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    public: Option<TcpListener>,
    operator: Option<UnixListener>,
}

/// Why the sockets that systemd has opened cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The configuration names another address.
    #[error(
        "systemd has opened {opened}, and server.listen is {}; make boathook.socket and the config agree",
        configured.map_or_else(|| "null".to_owned(), |address| address.to_string())
    )]
    OtherAddress {
        opened: SocketAddr,
        /// What the configuration says.
        configured: Option<SocketAddr>,
    },
    /// The commands would use another path.
    #[error(
        "systemd has opened {}, and operator.socket is {}; make boathook.socket and the config agree",
        opened.display(), configured.display()
    )]
    OtherPath {
        opened: PathBuf,
        /// What the configuration says.
        configured: PathBuf,
    },
    /// There is one too many.
    #[error(
        "systemd has opened more than one socket for the public, or for the operator; boathook.socket must name one of each"
    )]
    TooMany,
    /// It is of another kind.
    #[error("systemd has opened a socket that is neither TCP nor a Unix stream, or cannot be used")]
    Unusable(#[from] io::Error),
}

impl Sockets {
    /// Takes the sockets named in this process's environment; a second call finds none.
    pub(super) fn take() -> Result<Self, SocketError> {
        let mut inherited = ListenFd::from_env();
        let mut sockets = Self::default();
        for index in 0..inherited.len() {
            let surplus = match inherited.take_unix_listener(index) {
                Ok(listener) => {
                    listener.and_then(|listener| sockets.operator.replace(listener)).is_some()
                }
                Err(_) => inherited
                    .take_tcp_listener(index)?
                    .and_then(|listener| sockets.public.replace(listener))
                    .is_some(),
            };
            if surplus {
                return Err(SocketError::TooMany);
            }
        }
        Ok(sockets)
    }

    /// Whether connections that are not accepted yet wait for the next boathook.
    pub(super) const fn outlive_us(&self) -> bool {
        self.public.is_some()
    }

    /// The public listener, where systemd has opened it at the configured address.
    pub(super) fn public(
        &mut self,
        configured: Option<SocketAddr>,
    ) -> Result<Option<TcpListener>, SocketError> {
        let Some(listener) = self.public.take() else { return Ok(None) };
        let opened = listener.local_addr()?;
        if Some(opened) == configured {
            Ok(Some(listener))
        } else {
            Err(SocketError::OtherAddress { opened, configured })
        }
    }

    /// The operator's listener, where systemd has opened it at the configured path.
    pub(super) fn operator(
        &mut self,
        configured: &Path,
    ) -> Result<Option<UnixListener>, SocketError> {
        let Some(listener) = self.operator.take() else { return Ok(None) };
        let opened = listener.local_addr()?.as_pathname().map(Path::to_owned).unwrap_or_default();
        if opened == configured {
            Ok(Some(listener))
        } else {
            Err(SocketError::OtherPath { opened, configured: configured.to_owned() })
        }
    }
}

/// boathook is ready.
pub(super) fn ready() {
    notify(&[NotifyState::Ready]);
}

/// boathook reloads, until it is ready.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(error) => warn!(%error, "Failed to notify systemd"),
    }
}

/// boathook is stopping.
pub(super) fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// boathook is alive.
pub(super) fn alive() {
    notify(&[NotifyState::Watchdog]);
}

/// Tells systemd that starting takes so much longer.
pub(super) fn still_starting(longer: Duration) {
    let longer = u32::try_from(longer.as_micros()).unwrap_or(u32::MAX);
    notify(&[NotifyState::ExtendTimeoutUsec(longer)]);
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!(%error, "Failed to notify systemd");
    }
}
