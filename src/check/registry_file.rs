//! What k3s' registries.yaml says of registries: which have credentials, and which are asked
//! through a mirror. No credential is read out of it.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, de::IgnoredAny};

use crate::check::registry_answer::host;

/// What it holds of registries.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RegistryFile {
    mirrors: Option<BTreeMap<String, IgnoredAny>>,
    configs: Option<BTreeMap<String, Option<RegistryConfig>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RegistryConfig {
    auth: Option<IgnoredAny>,
}

impl RegistryFile {
    /// Reads it; an error if it is there and cannot be read. It holds nothing if only the file is
    /// missing, and is none if its folder is missing too: this is no node of k3s.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        match fs::read_to_string(path) {
            Ok(text) => {
                let read: Result<Option<Self>, _> = serde_yaml::from_str(&text);
                // The error would quote the file, which holds passwords.
                let malformed = |_| io::Error::other("it is no YAML as k3s takes it");
                Ok(Some(read.map_err(malformed)?.unwrap_or_default()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(path.parent().is_some_and(Path::exists).then(Self::default))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the node has a login for a registry, or asks another one in its place, of which
    /// nothing is known here.
    pub(super) fn settles(&self, registry: &str) -> bool {
        let is_mirrored = self
            .mirrors
            .as_ref()
            .is_some_and(|mirrors| mirrors.contains_key(registry) || mirrors.contains_key("*"));
        let has_login = |name: &str| {
            let config = self.configs.as_ref().and_then(|configs| configs.get(name));
            config.is_some_and(|config| config.as_ref().is_some_and(|found| found.auth.is_some()))
        };
        is_mirrored || has_login(registry) || has_login(host(registry))
    }
}
