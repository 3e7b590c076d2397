//! The secrets in headers of probes, by the place that each is read from. No message holds any part
//! of one.

use std::{collections::BTreeMap, ffi::OsString, io};

use boathook_core::deployment::{Environment, probe_header_fault};

use crate::config::{Config, EnvironmentConfig, HeaderText, Source};

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
    let (mut loaded, mut errors) = (HeaderSecrets::new(), Vec::new());
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
    fn secret<'a>((name, value): (&'a String, &'a HeaderText)) -> Option<(&'a str, &'a Source)> {
        match value {
            HeaderText::Text(_) => None,
            HeaderText::Secret(source) => Some((name, source)),
        }
    }
    let of_services = settings.services.values().map(|service| &service.health.headers);
    let mut all: Vec<(&str, &Source)> = std::iter::once(&settings.health.headers)
        .chain(of_services)
        .flatten()
        .filter_map(secret)
        .collect();
    all.sort_by_key(|(name, source)| (source.place(), *name));
    all.dedup_by_key(|(_, source)| source.place());
    all
}

fn load(
    environment: Environment,
    name: &str,
    source: &Source,
    variable: &impl Fn(&str) -> Option<OsString>,
) -> Result<String, HeaderSecretError> {
    let (place, name) = (source.place(), name.to_owned());
    let unfit = |name: String, place: String, why| HeaderSecretError::Unfit {
        environment,
        name,
        place,
        why,
    };
    let Some((_, bytes)) = source.read(variable) else {
        return Err(unfit(name, place, "has no one place"));
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(source) => {
            return Err(HeaderSecretError::Unreadable { environment, name, place, source });
        }
    };
    let text =
        String::from_utf8(bytes).map_err(|_| unfit(name.clone(), place.clone(), "is no text"))?;
    match probe_header_fault(&name, &text) {
        _ if text.is_empty() => Err(unfit(name, place, "is empty")),
        Some(why) => Err(unfit(name, place, why)),
        None => Ok(text),
    }
}
