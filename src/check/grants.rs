//! The permissions that boathook's account needs for the objects in the manifests.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use boathook_core::{
    deployment::{InvalidName, Namespace, ServiceKey, ServiceName},
    objects::{Document, is_deletable},
    permissions::{Grant, Kind},
    rollout::JobName,
};

use crate::{
    bundles::AcceptedManifests,
    cluster::ApiResources,
    config::{EnvironmentConfig, Pattern},
};

/// The kind of Knative's services in `allow.kinds`.
const KNATIVE_SERVICE: &str = "Service.serving.knative.dev";

/// Why the permissions of an object cannot be determined.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// An object could be in any namespace.
    #[error(
        "{} names no namespace in {object}; write metadata.namespace, or name the namespace without `*` in allow.namespaces, so that the role can be limited to it",
        directory.display()
    )]
    NoNamespace { directory: PathBuf, object: String },
    /// A name that the cluster would refuse.
    #[error("failed to read the name of {object} in {}", directory.display())]
    Name {
        directory: PathBuf,
        object: String,
        /// What is wrong with it.
        source: InvalidName,
    },
    /// A kind that the API server does not serve.
    #[error("{} holds {object} of {api_version}, which the cluster does not serve; see kubectl api-resources, and install its operator or CRD", directory.display())]
    UnknownKind {
        directory: PathBuf,
        object: String,
        /// The group and version that the manifest names.
        api_version: String,
    },
}

/// Where a document of an environment's folder belongs.
#[derive(Clone, Debug)]
pub struct Folder<'a> {
    pub directory: &'a Path,
    /// The namespaces that requests can name there: what objects without a namespace are applied
    /// to.
    pub namespaces: Vec<Namespace>,
    /// How the cluster serves its kinds.
    pub resources: &'a ApiResources,
    /// Whether a rollback deletes what its deployment created.
    pub deletes_created: bool,
    /// The settings, which say which Jobs must succeed.
    settings: &'a EnvironmentConfig,
}

/// What the account gets: rules for each namespace, and kinds that belong to none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    by_namespace: BTreeMap<Namespace, Grant>,
    cluster_kinds: BTreeSet<Kind>,
}

impl<'a> Folder<'a> {
    /// The folder of an environment.
    #[must_use]
    pub fn of(settings: &'a EnvironmentConfig, resources: &'a ApiResources) -> Self {
        Self {
            directory: &settings.manifests,
            namespaces: allowed_namespaces(settings),
            resources,
            deletes_created: settings.all().any(|own| own.rollback.deletes_created()),
            settings,
        }
    }
}

impl Folder<'_> {
    /// Whether an object is a Job that must succeed, which is not applied with the rest.
    fn runs_as_step(&self, document: &Document) -> bool {
        let is_it = |job: &JobName| job.as_str() == document.name();
        document.is_job() && self.settings.all_jobs().iter().any(is_it)
    }
}

/// The namespaces that `allow.namespaces` names without a `*`.
pub(super) fn allowed_namespaces(settings: &EnvironmentConfig) -> Vec<Namespace> {
    settings
        .allow
        .namespaces
        .iter()
        .filter_map(Pattern::literal)
        .filter_map(|name| Namespace::parse(name).ok())
        .collect()
}

impl Grants {
    /// Adds the permissions for an object of a folder. Namespaces are only read; a service is
    /// deployed by name; everything else is applied.
    pub(crate) fn take_up(
        &mut self,
        folder: &Folder<'_>,
        document: &Document,
    ) -> Result<(), GrantError> {
        let directory = || folder.directory.to_owned();
        let object = || format!("{}/{}", document.kind(), document.name());
        let wrong = |source| GrantError::Name { directory: directory(), object: object(), source };
        if document.is_namespace() {
            self.of(&Namespace::parse(document.name()).map_err(wrong)?);
            return Ok(());
        }
        let found = folder.resources.find(document.api_version(), document.kind());
        let resource = found.ok_or_else(|| GrantError::UnknownKind {
            directory: directory(),
            object: object(),
            api_version: document.api_version().to_owned(),
        })?;
        let kind = Kind { group: resource.group, resource: resource.plural };
        if !resource.is_namespaced {
            self.cluster_kinds.insert(kind);
            return Ok(());
        }
        let namespaces = match document.namespace() {
            Some(name) => vec![Namespace::parse(name).map_err(wrong)?],
            None if folder.namespaces.is_empty() => {
                return Err(GrantError::NoNamespace { directory: directory(), object: object() });
            }
            None => folder.namespaces.clone(),
        };
        for namespace in &namespaces {
            let grant = self.of(namespace);
            if document.is_knative_service() {
                let service = ServiceName::parse(document.name()).map_err(wrong)?;
                let key = ServiceKey { namespace: namespace.clone(), service };
                let own = folder.settings.of_service(&key);
                grant.runs_jobs |= !(own.before.is_empty() && own.after.is_empty());
                grant.services.insert(key.service);
            } else if !folder.runs_as_step(document) {
                grant.kinds.insert(kind.clone());
                if folder.deletes_created && is_deletable(document.api_version(), document.kind()) {
                    grant.deleted.insert(kind.clone());
                }
            }
        }
        Ok(())
    }

    /// Adds the kinds that bundles may hold, where an environment takes bundles. The services in them
    /// are deployed by name, as those of its folder.
    pub(crate) fn take_up_bundles(&mut self, folder: &Folder<'_>, settings: &EnvironmentConfig) {
        if settings.allow.manifests == AcceptedManifests::Node {
            return;
        }
        if !settings.all_jobs().is_empty() {
            folder.namespaces.iter().for_each(|namespace| self.of(namespace).runs_jobs = true);
        }
        for kind in &settings.allow.kinds {
            let found = folder.resources.find(&kind.api_version(), kind.kind());
            let is_service = kind.to_string() == KNATIVE_SERVICE;
            let Some(resource) = found.filter(|found| found.is_namespaced && !is_service) else {
                continue;
            };
            for namespace in &folder.namespaces {
                let grant = self.of(namespace);
                let granted =
                    Kind { group: resource.group.clone(), resource: resource.plural.clone() };
                if folder.deletes_created && is_deletable(&kind.api_version(), kind.kind()) {
                    grant.deleted.insert(granted.clone());
                }
                grant.kinds.insert(granted);
            }
        }
    }

    /// Adds what a service needs.
    pub fn add(&mut self, key: &ServiceKey) {
        self.of(&key.namespace).services.insert(key.service.clone());
    }

    /// What it gets in each namespace.
    pub fn in_namespaces(&self) -> impl Iterator<Item = &Grant> {
        self.by_namespace.values()
    }

    /// The cluster-scoped kinds in the manifests.
    #[must_use]
    pub const fn cluster_kinds(&self) -> &BTreeSet<Kind> {
        &self.cluster_kinds
    }

    fn of(&mut self, namespace: &Namespace) -> &mut Grant {
        self.by_namespace
            .entry(namespace.clone())
            .or_insert_with(|| Grant::empty(namespace.clone()))
    }
}
