//! `boathook rbac`: the roles that boathook's account needs for what stands in the manifests.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::{
    cli::RbacArguments,
    cluster::Document,
    config::{Config, ConfigError},
    deployment::{InvalidName, Namespace, ServiceKey, ServiceName},
    engine::{ManifestError, read_manifests},
    permissions::{Grant, Kind, manifests},
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
    /// An object could be anywhere.
    #[error("{} names no namespace in {object}; write metadata.namespace, so that the role can be limited to it", directory.display())]
    NoNamespace {
        /// The folder.
        directory: PathBuf,
        /// Kind and name.
        object: String,
    },
    /// A name that the cluster would refuse.
    #[error("failed to take up {} of {}", object, directory.display())]
    Name {
        /// The folder.
        directory: PathBuf,
        /// Kind and name.
        object: String,
        /// What is wrong with it.
        source: InvalidName,
    },
}

type Grants = BTreeMap<Namespace, Grant>;

/// Prints a role and its binding for each namespace.
pub async fn rbac(arguments: &RbacArguments) -> Result<ExitCode, RbacError> {
    let mut grants = Grants::new();
    if arguments.services.is_empty() {
        let config = Config::load(&arguments.config, std::env::vars_os())?;
        for environment in config.environments.values().filter(|environment| environment.enabled) {
            for document in read_manifests(&environment.manifests).await? {
                take_up(&mut grants, &environment.manifests, &document)?;
            }
        }
    }
    for ServiceKey { namespace, service } in &arguments.services {
        grant(&mut grants, namespace).services.insert(service.clone());
    }
    print!("{}", manifests(&grants.into_values().collect::<Vec<_>>()));
    Ok(ExitCode::SUCCESS)
}

/// Namespaces are only looked at; a service is deployed by name; whatever else there is gets applied.
fn take_up(grants: &mut Grants, directory: &Path, document: &Document) -> Result<(), RbacError> {
    let object = || format!("{}/{}", document.kind(), document.name());
    let wrong = |source| RbacError::Name { directory: directory.to_owned(), object: object(), source };
    if document.is_namespace() {
        grant(grants, &Namespace::parse(document.name()).map_err(wrong)?);
        return Ok(());
    }
    let namespace = document.namespace().ok_or_else(|| RbacError::NoNamespace { directory: directory.to_owned(), object: object() })?;
    let grant = grant(grants, &Namespace::parse(namespace).map_err(wrong)?);
    if document.is_knative_service() {
        grant.services.insert(ServiceName::parse(document.name()).map_err(wrong)?);
    } else {
        grant.kinds.insert(Kind::of(document.api_version(), document.kind()));
    }
    Ok(())
}

fn grant<'a>(grants: &'a mut Grants, namespace: &Namespace) -> &'a mut Grant {
    grants.entry(namespace.clone()).or_insert_with(|| Grant::empty(namespace.clone()))
}
