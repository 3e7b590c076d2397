//! Collects all secrets that boathook holds or passes on for the redactor: those that sign
//! requests, receivers' URLs and secrets, those among its own variables and the tools', and those
//! in the tools' kubeconfig.

use std::{
    ffi::OsString,
    fs,
    os::unix::ffi::OsStringExt as _,
    path::{Path, PathBuf},
};

use serde_yaml::Value;

use crate::{
    config::{Config, LoadedSecret, Receiver},
    github::Credential,
    journal::DatabaseUrl,
    redact::{Redactor, speaks_of_a_secret},
    sealing::PrivateKey,
    startup::Loaded,
};

/// Where k3s keeps the kubeconfig that its own kubectl uses.
const OF_K3S: &str = "/etc/rancher/k3s/k3s.yaml";
/// Settings never hold secrets, except the tools' variables, which are searched separately.
const SETTINGS: &str = "BOATHOOK__";

/// What shells call the working directory, and the one before.
const WORKING_DIRECTORIES: [&str; 2] = ["PWD", "OLDPWD"];

/// Teaches the redactor all of them; `variables` are boathook's own.
pub(super) fn learn(
    redactor: &Redactor,
    loaded: &Loaded,
    variables: impl Iterator<Item = (OsString, OsString)>,
) {
    let Loaded {
        config,
        secrets,
        promotion_secrets,
        header_secrets,
        github,
        sealing_keys,
        database,
        receivers,
        certificate: _,
        warnings: _,
    } = loaded;
    redactor.learn(header_secrets.values());
    redactor.learn(github.iter().map(Credential::reveal));
    redactor.learn(sealing_keys.iter().map(PrivateKey::reveal));
    redactor.learn(database.iter().filter_map(DatabaseUrl::password));
    redactor.learn(receivers.iter().flat_map(Receiver::secrets));
    redactor.learn(promotion_secrets.iter().map(|loaded| loaded.secret.reveal()));
    learn_of(redactor, config, secrets, variables);
}

/// The same, where not everything could be loaded.
pub(super) fn learn_of(
    redactor: &Redactor,
    config: &Config,
    secrets: &[LoadedSecret],
    variables: impl Iterator<Item = (OsString, OsString)>,
) {
    redactor.learn(secrets.iter().map(|loaded| loaded.secret.reveal()));
    let of_tools = config.tools.environment.reveal();
    redactor.learn(of_tools.filter(|(name, _)| speaks_of_a_secret(name)).map(|(_, value)| value));
    let is_secret = |name: &str| {
        speaks_of_a_secret(name)
            && !name.starts_with(SETTINGS)
            && !WORKING_DIRECTORIES.contains(&name)
    };
    let own = variables.filter(|(name, _)| name.to_str().is_some_and(is_secret));
    redactor.learn(own.map(|(_, value)| value.into_vec()));
    redactor.learn(kubeconfigs(config).into_iter().flat_map(|path| of_kubeconfig(&path)));
}

/// The files from which kubectl may take credentials.
fn kubeconfigs(config: &Config) -> Vec<PathBuf> {
    let of_tools = |wanted: &str| {
        config.tools.environment.reveal().find(|(name, _)| *name == wanted).map(|(_, value)| value)
    };
    let listed = of_tools("KUBECONFIG").into_iter().flat_map(std::env::split_paths);
    let at_home = of_tools("HOME").map(|home| PathBuf::from(home).join(".kube/config"));
    config
        .tools
        .kubeconfig
        .iter()
        .cloned()
        .chain(listed)
        .chain(at_home)
        .chain([OF_K3S.into()])
        .collect()
}

/// The secrets in a kubeconfig, and in the files that it names; none if boathook may not read it.
fn of_kubeconfig(path: &Path) -> Vec<Vec<u8>> {
    let Some(Value::Mapping(kubeconfig)) =
        fs::read(path).ok().and_then(|text| serde_yaml::from_slice(&text).ok())
    else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if let (Some(users), Some(folder)) = (kubeconfig.get("users"), path.parent()) {
        collect(users, folder, &mut found);
    }
    found
}

/// Files are named from the kubeconfig's own folder.
fn collect(value: &Value, folder: &Path, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, folder, found)),
        Value::Mapping(entries) => {
            let text = |key: &str| entries.get(key).and_then(Value::as_str);
            if let (Some(name), Some(value)) = (text("name"), text("value"))
                && speaks_of_a_secret(name)
            {
                found.push(value.as_bytes().to_vec());
            }
            for (key, value) in entries {
                match (key.as_str(), value.as_str()) {
                    (Some("tokenFile" | "client-key"), Some(path)) => {
                        found.extend(fs::read(folder.join(path)))
                    }
                    (Some("client-key-data"), Some(text)) => found.push(text.as_bytes().to_vec()),
                    (Some(key), Some(text)) if speaks_of_a_secret(key) => {
                        found.push(text.as_bytes().to_vec())
                    }
                    _ => collect(value, folder, found),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Tagged(_) => {}
    }
}
