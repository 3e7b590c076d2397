//! The secrets in headers of probes and of questions for metrics, by the place that each is read from. No message holds any part
//! of one.

use std::{collections::BTreeMap, ffi::OsString};

use boathook_core::{
    deployment::{Environment, probe_header_fault},
    health::{Header, HeaderValue},
    source::Source,
};

use crate::config::{Config, EnvironmentConfig, SecretError, SecretUse, source::Unjudged};

/// Secrets by the place that each is read from, as `Source::place` names it.
pub type HeaderSecrets = BTreeMap<String, String>;

/// Reads the secrets of every enabled environment and of its services; `variable` looks up a
/// variable of this process.
pub fn load_header_secrets(
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<HeaderSecrets, SecretError> {
    let (loaded, errors) = examine_header_secrets(config, variable);
    errors.into_iter().next().map_or(Ok(loaded), Err)
}

/// Reads the same, but collects the errors of all of them instead of stopping at the first.
pub fn examine_header_secrets(
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> (HeaderSecrets, Vec<SecretError>) {
    let mut loaded = HeaderSecrets::new();
    let mut errors = Vec::new();
    for (environment, settings) in
        config.in_order().into_iter().filter(|(_, settings)| settings.enabled)
    {
        for (name, source) in secret_headers(settings) {
            match load(environment, name, source, &variable) {
                Ok(secret) => drop(loaded.insert(source.place(), secret)),
                Err(error) => errors.push(error),
            }
        }
    }
    (loaded, errors)
}

/// The headers with secrets of an environment and of its services, each place once.
pub(super) fn secret_headers(settings: &EnvironmentConfig) -> Vec<(&str, &Source)> {
    let headers = settings.all().map(|own| &own.health).flat_map(|rules| {
        let of_metrics = rules.metrics.iter().flat_map(|rule| &rule.prometheus.headers);
        rules.headers.iter().chain(of_metrics)
    });
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
) -> Result<String, SecretError> {
    let secret = SecretUse::Header { environment, name: name.to_owned() };
    Unjudged::read(secret, source, variable)?.judged_text(|text| {
        match probe_header_fault(name, &text) {
            _ if text.is_empty() => Err("is empty"),
            Some(why) => Err(why),
            None => Ok(text),
        }
    })
}
