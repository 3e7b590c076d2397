//! What boathook reports to systemd, and the sockets that it holds for us. Where boathook was not started by systemd nothing is reported and there are none.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
};

use listenfd::ListenFd;
use sd_notify::NotifyState;
use tracing::warn;

/// The sockets that systemd has opened; it holds them while boathook is started anew, so that no request is refused meanwhile.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    public: Option<TcpListener>,
    operator: Option<UnixListener>,
}

/// Why the sockets that systemd has opened cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The checks of the configuration were about another address.
    #[error("systemd has opened {opened}, and server.listen is {configured}; let boathook.socket and the config name the same")]
    OtherAddress {
        opened: SocketAddr,
        /// What the configuration says.
        configured: SocketAddr,
    },
    /// The commands would look elsewhere.
    #[error(
        "systemd has opened {}, and operator.socket is {}; let boathook.socket and the config name the same",
        opened.display(), configured.display()
    )]
    OtherPath {
        opened: PathBuf,
        /// What the configuration says.
        configured: PathBuf,
    },
    /// There is one too many.
    #[error("systemd has opened more than one socket for the public, or for the operator; boathook.socket is to name one of each")]
    TooMany,
    /// It is of another kind.
    #[error("systemd has opened a socket that is neither TCP nor a Unix stream, or cannot be used")]
    Unusable(#[from] io::Error),
}

impl Sockets {
    /// Takes what the environment of this process names; a second call finds nothing.
    pub(super) fn take() -> Result<Self, SocketError> {
        let mut inherited = ListenFd::from_env();
        let mut sockets = Self::default();
        for index in 0..inherited.len() {
            let surplus = match inherited.take_unix_listener(index) {
                Ok(listener) => listener.and_then(|listener| sockets.operator.replace(listener)).is_some(),
                Err(_) => inherited.take_tcp_listener(index)?.and_then(|listener| sockets.public.replace(listener)).is_some(),
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
    pub(super) fn public(&mut self, configured: SocketAddr) -> Result<Option<TcpListener>, SocketError> {
        let Some(listener) = self.public.take() else { return Ok(None) };
        let opened = listener.local_addr()?;
        if opened == configured { Ok(Some(listener)) } else { Err(SocketError::OtherAddress { opened, configured }) }
    }

    /// The operator's listener, where systemd has opened it at the configured path.
    pub(super) fn operator(&mut self, configured: &Path) -> Result<Option<UnixListener>, SocketError> {
        let Some(listener) = self.operator.take() else { return Ok(None) };
        let opened = listener.local_addr()?.as_pathname().map(Path::to_owned).unwrap_or_default();
        if opened == configured { Ok(Some(listener)) } else { Err(SocketError::OtherPath { opened, configured: configured.to_owned() }) }
    }
}

/// It listens, and deploys what was left by the last run.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// It reads its settings again, until it is ready.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => warn!(%error, "Could not tell systemd"),
    }
}

/// It ends, and takes its time.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// It lives.
pub(super) fn alive() {
    tell(&[NotifyState::Watchdog]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!(%error, "Could not tell systemd");
    }
}
