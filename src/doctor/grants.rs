//! What boathook's account needs for what stands in the manifests.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::{
    cluster::Document,
    deployment::{InvalidName, Namespace, ServiceKey, ServiceName},
    permissions::{Grant, Kind},
};

/// Why it cannot be said what an object needs.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
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

/// What the account gets, by namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(BTreeMap<Namespace, Grant>);

impl Grants {
    /// Adds what an object of a folder needs. Namespaces are only looked at; a service is deployed by name; whatever else there is gets applied.
    pub fn take_up(&mut self, directory: &Path, document: &Document) -> Result<(), GrantError> {
        let object = || format!("{}/{}", document.kind(), document.name());
        let wrong = |source| GrantError::Name { directory: directory.to_owned(), object: object(), source };
        if document.is_namespace() {
            self.of(&Namespace::parse(document.name()).map_err(wrong)?);
            return Ok(());
        }
        let namespace =
            document.namespace().ok_or_else(|| GrantError::NoNamespace { directory: directory.to_owned(), object: object() })?;
        let grant = self.of(&Namespace::parse(namespace).map_err(wrong)?);
        if document.is_knative_service() {
            grant.services.insert(ServiceName::parse(document.name()).map_err(wrong)?);
        } else {
            grant.kinds.insert(Kind::of(document.api_version(), document.kind()));
        }
        Ok(())
    }

    /// Adds what a service needs.
    pub fn add(&mut self, key: &ServiceKey) {
        self.of(&key.namespace).services.insert(key.service.clone());
    }

    /// All of them, by namespace.
    #[must_use]
    pub fn all(self) -> Vec<Grant> {
        self.0.into_values().collect()
    }

    fn of(&mut self, namespace: &Namespace) -> &mut Grant {
        self.0.entry(namespace.clone()).or_insert_with(|| Grant::empty(namespace.clone()))
    }
}
