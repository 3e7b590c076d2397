//! What the configuration names and is not there now. boathook serves without it, because someone
//! may still make it; deployments that need it fail.

use std::path::absolute;

use boathook_core::deployment::error_chain;

use crate::{config::Config, startup::settings};

/// What is missing, by its key, with absolute paths; it reads files, and so blocks.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let kubeconfig = settings::tools(config).kubeconfig_error().map(|error| {
        format!("{}; a deployment waits `waits.retry_for` for it", error_chain(&error))
    });
    let enabled = config.environments.iter().filter(|(_, settings)| settings.enabled);
    let manifests = enabled
        .filter(|(_, settings)| !settings.manifests.is_dir() && !settings.has_bundles_alone());
    let manifests = manifests.map(|(environment, settings)| {
        let path = absolute(&settings.manifests).unwrap_or_else(|_| settings.manifests.clone());
        format!(
            "environments.{environment}.manifests: {} is no folder; deployments to {environment} fail without it",
            path.display()
        )
    });
    kubeconfig.into_iter().chain(manifests).collect()
}
