//! Reads everything that an operator configured: at the start, and at each reload.

use std::{env, path::Path};

use crate::{
    config::{
        Config, ConfigError, HeaderSecrets, LoadedSecret, PromotionSecret, Receiver, SecretError,
        load_database_url, load_github_credential, load_header_secrets, load_promotion_secrets,
        load_receivers, load_sealing_keys, load_secrets,
    },
    github::Credential,
    journal::DatabaseUrl,
    sealing::PrivateKey,
    startup::{
        certificate::{self, Certificate, CertificateError},
        warnings::warnings,
    },
};

/// Everything that an operator configured, known to be usable.
pub struct Loaded {
    pub config: Config,
    /// The secrets that they name.
    pub secrets: Vec<LoadedSecret>,
    /// The secrets that sign what is promoted to other boathooks.
    pub promotion_secrets: Vec<PromotionSecret>,
    /// The secrets in headers of probes.
    pub header_secrets: HeaderSecrets,
    /// What boathook signs in to GitHub with, if it does.
    pub github: Option<Credential>,
    /// What opens sealed bodies.
    pub sealing_keys: Vec<PrivateKey>,
    /// The database of the record, if that is in one.
    pub database: Option<DatabaseUrl>,
    /// Who is notified of deployments, with their secrets.
    pub receivers: Vec<Receiver>,
    /// The public listener's certificate, where the settings name one.
    pub(super) certificate: Option<Certificate>,
    /// What it names and is not there now.
    pub(super) warnings: Vec<String>,
}

/// Why it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The configuration is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A secret is missing, weak or not of the right form.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The certificate is missing or wrong.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl Loaded {
    /// Reads the configuration in a directory, this process's variables, the secrets, and the
    /// certificate.
    pub fn read(directory: &Path) -> Result<Self, LoadError> {
        let config = Config::load(directory, env::vars_os())?;
        let secrets = load_secrets(&config, |name| env::var_os(name))?;
        let promotion_secrets = load_promotion_secrets(&config, |name| env::var_os(name))?;
        let header_secrets = load_header_secrets(&config, |name| env::var_os(name))?;
        let receivers = load_receivers(&config, |name| env::var_os(name))?;
        let github = load_github_credential(&config, |name| env::var_os(name))?;
        let sealing_keys = load_sealing_keys(&config, |name| env::var_os(name))?;
        let database = load_database_url(&config, |name| env::var_os(name))?;
        let certificate = config.server.tls.as_ref().map(certificate::read).transpose()?;
        let warnings = warnings(&config);
        Ok(Self {
            config,
            secrets,
            promotion_secrets,
            header_secrets,
            github,
            sealing_keys,
            database,
            receivers,
            certificate,
            warnings,
        })
    }
}
