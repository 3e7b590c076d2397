//! Reads everything that an operator has set: at the start, and again when told to.

use std::{env, path::Path};

use crate::config::{Config, ConfigError, LoadedSecret, SecretError, load_secrets};

/// Everything that an operator has set; each part is known to be usable.
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// The secrets that they name.
    pub secrets: Vec<LoadedSecret>,
}

/// Why it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The configuration is not right.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A secret is missing or weak.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

impl Loaded {
    /// Reads the configuration in a directory, this process's variables, and the secrets.
    pub fn read(directory: &Path) -> Result<Self, LoadError> {
        let config = Config::load(directory, env::vars_os())?;
        let secrets = load_secrets(&config, |name| env::var_os(name))?;
        Ok(Self { config, secrets })
    }
}
