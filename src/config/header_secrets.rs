//! The secrets in headers of probes, by the place that each is read from. No message holds any part
//! of one.

use std::{collections::BTreeMap, ffi::OsString, io};

use boathook_core::{
    deployment::{Environment, probe_header_fault},
    health::{Header, HeaderValue},
    source::Source,
};

use crate::config::{Config, EnvironmentConfig, source};

/// Secrets by the place that each is read from, as `Source::place` names it.
pub type HeaderSecrets = BTreeMap<String, String>;

/// Why a header's secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HeaderSecretError {
    /// It could not be read.
    #[error("the header {name} for probes of {environment} cannot be read from {place}")]
    Unreadable {
        environment: Environment,
        name: String,
        /// The variable or file.
        place: String,
        /// The system's error.
        source: io::Error,
    },
    /// It is not a valid value.
    #[error("the header {name} for probes of {environment}, read from {place}, {why}")]
    Unfit {
        environment: Environment,
        name: String,
        /// The variable or file.
        place: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// Reads the secrets of every enabled environment and of its services; `variable` looks up a
/// variable of this process.
pub fn load_header_secrets(
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<HeaderSecrets, HeaderSecretError> {
    let (loaded, errors) = examine_header_secrets(config, variable);
    errors.into_iter().next().map_or(Ok(loaded), Err)
}

/// Reads the same, but collects the errors of all of them instead of stopping at the first.
pub fn examine_header_secrets(
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> (HeaderSecrets, Vec<HeaderSecretError>) {
    let mut loaded = HeaderSecrets::new();
    let mut errors = Vec::new();
    for (environment, settings) in
        config.environments.iter().filter(|(_, settings)| settings.enabled)
    {
        for (name, source) in secret_headers(settings) {
            match load(*environment, name, source, &variable) {
                Ok(secret) => drop(loaded.insert(source.place(), secret)),
                Err(error) => errors.push(error),
            }
        }
    }
    (loaded, errors)
}

/// The headers with secrets of an environment and of its services, each place once.
fn secret_headers(settings: &EnvironmentConfig) -> Vec<(&str, &Source)> {
    let of_services = settings.services.values().map(|service| &service.health);
    let rules = std::iter::once(&settings.health).chain(of_services);
    let headers = rules.flat_map(|rules| &rules.headers);
    let mut all: Vec<(&str, &Source)> = headers.filter_map(secret).collect();
    all.sort_by_key(|(name, source)| (source.place(), *name));
    all.dedup_by_key(|(_, source)| source.place());
    all
}

fn secret(header: &Header) -> Option<(&str, &Source)> {
    match &header.value {
        HeaderValue::Value(_) => None,
        HeaderValue::SecretOf(source) => Some((&header.name, source)),
    }
}

fn load(
    environment: Environment,
    name: &str,
    source: &Source,
    variable: &impl Fn(&str) -> Option<OsString>,
) -> Result<String, HeaderSecretError> {
    let unfit = |why| HeaderSecretError::Unfit {
        environment,
        name: name.to_owned(),
        place: source.place(),
        why,
    };
    let (place, bytes) = source::read(source, variable).ok_or_else(|| unfit("has no one place"))?;
    let bytes = bytes.map_err(|source| HeaderSecretError::Unreadable {
        environment,
        name: name.to_owned(),
        place,
        source,
    })?;
    let text = String::from_utf8(bytes).map_err(|_| unfit("is no text"))?;
    match probe_header_fault(name, &text) {
        _ if text.is_empty() => Err(unfit("is empty")),
        Some(why) => Err(unfit(why)),
        None => Ok(text),
    }
}
