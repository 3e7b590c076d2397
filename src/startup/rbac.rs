//! `boathook rbac`: the roles that boathook's account needs for what stands in the manifests.

use std::process::ExitCode;

use crate::{
    cli::RbacArguments,
    config::{Config, ConfigError},
    doctor::{GrantError, Grants},
    engine::{ManifestError, read_manifests},
    permissions::manifests,
    startup::manifests::find_beside,
};

/// Why there are no roles.
#[derive(Debug, thiserror::Error)]
pub enum RbacError {
    /// The configuration is not right.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The manifests cannot be read.
    #[error(transparent)]
    Manifests(#[from] ManifestError),
    /// It cannot be said what an object needs.
    #[error(transparent)]
    Grant(#[from] GrantError),
}

/// Prints a role and its binding for each namespace.
pub async fn rbac(arguments: &RbacArguments) -> Result<ExitCode, RbacError> {
    let mut grants = Grants::default();
    if arguments.services.is_empty() {
        let mut config = Config::load(&arguments.config, std::env::vars_os())?;
        find_beside(&mut config, &arguments.config);
        for environment in config.environments.values().filter(|environment| environment.enabled) {
            for document in read_manifests(&environment.manifests).await? {
                grants.take_up(&environment.manifests, &document)?;
            }
        }
    }
    arguments.services.iter().for_each(|service| grants.add(service));
    print!("{}", manifests(&grants.all()));
    Ok(ExitCode::SUCCESS)
}
