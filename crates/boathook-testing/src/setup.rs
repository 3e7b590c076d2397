//! A folder of settings, and what boathook reads in it. Holds no test.

use std::{error::Error, ffi::OsString, fs, os::unix::fs::PermissionsExt as _};

use crate::shipped::Shipped as _;
use boathook::config::{Config, EnvironmentConfig, load_secrets};
use boathook_core::deployment::Environment;

pub(crate) const DEFAULT: &str = include_str!("../../../config/default.yaml");

/// A folder of configuration, and variables.
pub struct Setup {
    pub directory: tempfile::TempDir,
    pub variables: Vec<(OsString, OsString)>,
}

impl Setup {
    pub fn new() -> Self {
        let setup = Self { directory: tempfile::tempdir().unwrap(), variables: Vec::new() };
        setup.file("default.yaml", DEFAULT)
    }

    /// A file that only its owner may read.
    pub fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.directory.path().join(name), text).unwrap();
        self.mode(name, 0o600)
    }

    pub fn mode(self, name: &str, mode: u32) -> Self {
        fs::set_permissions(self.directory.path().join(name), fs::Permissions::from_mode(mode))
            .unwrap();
        self
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    pub fn load(&self) -> Result<Config, String> {
        Config::load(self.directory.path(), self.variables.clone())
            .map_err(|error| self.text(&error))
    }

    pub fn config(&self) -> Config {
        self.load().unwrap()
    }

    pub fn production(&self) -> EnvironmentConfig {
        self.config().environments.remove(&Environment::PRODUCTION).unwrap()
    }

    /// What is wrong, with the folder's name shortened.
    pub fn problem(&self) -> String {
        self.load().unwrap_err()
    }

    pub fn secrets(&self) -> Result<Vec<String>, String> {
        let variable = |name: &str| {
            self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        match load_secrets(&self.config(), variable) {
            Ok(secrets) => Ok(secrets.iter().map(|secret| format!("{secret:?}")).collect()),
            Err(error) => Err(self.text(&error)),
        }
    }

    pub fn text(&self, error: &(dyn Error + 'static)) -> String {
        let chain = std::iter::successors(Some(error), |cause| (*cause).source())
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ");
        chain.replace(&self.directory.path().display().to_string(), "config")
    }
}
