//! Where the configuration is.

use std::path::PathBuf;

use clap::Args;

use crate::config::{Config, ConfigError};

/// Where the configuration is.
#[derive(Clone, Debug, Args)]
pub struct ConfigArguments {
    /// The directory of default.yaml and the environments' files
    #[arg(
        long = "config",
        value_name = "DIR",
        env = "BOATHOOK_CONFIG",
        default_value = "/etc/boathook"
    )]
    pub directory: PathBuf,
}

impl ConfigArguments {
    /// Reads it, with this process's variables.
    pub(crate) fn load(&self) -> Result<Config, ConfigError> {
        Config::load(&self.directory, std::env::vars_os())
    }
}
