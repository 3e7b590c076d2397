//! The URL of a database, which holds a password: no error repeats any of it.

use std::{net::IpAddr, str::FromStr as _, time::Duration};

use boathook_core::address_text::is_loopback;
use tokio_postgres::{
    Config,
    config::{Host, SslMode, TargetSessionAttrs},
};

const MODE: &str = "sslmode";
/// How long a server may take to take a connection.
const SOON: Duration = Duration::from_secs(5);

/// Why a URL cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// It cannot be read.
    Form,
    /// It names no server.
    NoHost,
    /// An `sslmode` that verifies nothing, or not the host's name.
    Mode,
    /// Files of certificates.
    Certificates,
}

impl UrlError {
    /// The reason, after the place of the URL.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Form => {
                "is no URL of a PostgreSQL database: write postgresql://USER:PASSWORD@HOST:5432/DATABASE, with special characters percent-encoded"
            }
            Self::NoHost => {
                "names no host; a Unix socket is written postgresql://USER@%2Frun%2Fpostgresql/DATABASE"
            }
            Self::Mode => {
                "has an `sslmode` that boathook does not have: `verify-full` verifies the server, `disable` encrypts nothing"
            }
            Self::Certificates => {
                "names files of certificates; the authority is named by state.postgres.ca"
            }
        }
    }
}

/// The URL of a database. It shows nothing of itself but the place.
#[derive(Clone)]
pub struct DatabaseUrl {
    pub(super) config: Config,
    /// Servers and database, without user and password.
    pub(super) place: String,
}

impl DatabaseUrl {
    /// Reads a URL.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        if !(url.starts_with("postgresql://") || url.starts_with("postgres://")) {
            return Err(UrlError::Form);
        }
        let (before, parameters) = url.split_once('?').unwrap_or((url, ""));
        let mut mode = None;
        let mut others = Vec::new();
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').ok_or(UrlError::Form)?;
            match name {
                MODE => mode = Some(value),
                "sslcert" | "sslkey" | "sslrootcert" | "sslcrl" => {
                    return Err(UrlError::Certificates);
                }
                _ => others.push(parameter),
            }
        }
        let rest = format!("{before}?{}", others.join("&"));
        let mut config = Config::from_str(&rest).map_err(|_| UrlError::Form)?;
        let encrypts = match mode {
            None => !is_local(&config),
            Some("verify-full") => true,
            Some("disable") => false,
            Some(_) => return Err(UrlError::Mode),
        };
        config.ssl_mode(if encrypts { SslMode::Require } else { SslMode::Disable });
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        watch_connections(&mut config);
        let place = place(&config).ok_or(UrlError::NoHost)?;
        Ok(Self { config, place })
    }

    /// The password in it.
    #[must_use]
    pub fn password(&self) -> Option<&[u8]> {
        self.config.get_password()
    }

    pub(super) fn encrypts(&self) -> bool {
        self.config.get_ssl_mode() == SslMode::Require
    }

    /// Whether nothing leaves this machine.
    pub(super) fn is_local(&self) -> bool {
        is_local(&self.config)
    }
}

/// A connection whose other end is gone is noticed in seconds, where the URL does not say otherwise.
fn watch_connections(config: &mut Config) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(SOON);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(3 * SOON);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_idle(3 * SOON).keepalives_interval(SOON).keepalives_retries(3);
    }
}

fn is_local(config: &Config) -> bool {
    let named = config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => is_loopback(name),
    });
    named && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

fn place(config: &Config) -> Option<String> {
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(number, host)| {
        let port = ports.get(number).or(ports.first()).copied().unwrap_or(5432);
        match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            Host::Unix(path) => format!("{}:{port}", path.display()),
        }
    });
    let hosts = hosts.collect::<Vec<_>>();
    let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
    (!hosts.is_empty()).then(|| format!("{}/{database}", hosts.join(",")))
}
