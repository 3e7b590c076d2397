//! How the API server names the kinds of objects, read from it and kept for a while.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use boathook_core::objects::{Document, group_of};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::time::Instant;

use crate::cluster::{
    ApiResource, Cluster, ClusterError,
    paths::{Collection, version_path},
    read_answer::Read,
};

/// How long an answer is believed; a kind that it lacks is asked for anew.
const KEPT_FOR: Duration = Duration::from_secs(600);
/// The most groups and versions that are kept.
const KEPT_MAX: usize = 64;
/// The namespace of an object that names none.
const DEFAULT_NAMESPACE: &str = "default";

/// The kinds of each group and version that was asked for.
#[derive(Debug, Default)]
pub(super) struct ServedKinds(Mutex<HashMap<String, Listed>>);

#[derive(Debug)]
struct Listed {
    at: Instant,
    resources: Vec<ApiResource>,
}

/// `metav1.APIResourceList`.
#[derive(Deserialize)]
struct ApiResourceList {
    resources: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    namespaced: bool,
    kind: String,
}

impl ServedKinds {
    fn find(&self, api_version: &str, kind: &str) -> Option<ApiResource> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let listed = kept.get(api_version).filter(|listed| listed.at.elapsed() < KEPT_FOR)?;
        listed.resources.iter().find(|resource| resource.kind == kind).cloned()
    }

    fn keep(&self, api_version: &str, resources: Vec<ApiResource>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, listed| listed.at.elapsed() < KEPT_FOR);
        if kept.len() < KEPT_MAX {
            kept.insert(api_version.to_owned(), Listed { at: Instant::now(), resources });
        }
    }

    /// The next one that needs a kind of it asks anew.
    fn forget(&self, api_version: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(api_version);
    }
}

impl Cluster {
    /// Reads an object of any kind by its name, or none.
    pub(super) async fn object_of<T: DeserializeOwned>(
        &self,
        document: &Document,
    ) -> Result<Option<T>, ClusterError> {
        let api_version = document.api_version();
        let resource = self.served(api_version, document.kind()).await?;
        let namespace = document.namespace().unwrap_or(DEFAULT_NAMESPACE);
        let collection = Collection {
            api_version,
            plural: &resource.plural,
            namespace: resource.is_namespaced.then_some(namespace),
        };
        let found = self.object(&collection, document.name()).await;
        if let Err(ClusterError::NoKind(_)) = found {
            self.reads.kinds.forget(api_version);
        }
        found
    }

    /// How the API server serves a kind.
    async fn served(&self, api_version: &str, kind: &str) -> Result<ApiResource, ClusterError> {
        if let Some(known) = self.reads.kinds.find(api_version, kind) {
            return Ok(known);
        }
        let listed = match self.read(version_path(api_version)?).await? {
            Read::Found(found) => found.parse::<ApiResourceList>()?.resources,
            Read::NoObject | Read::NoKind => Vec::new(),
        };
        let resources: Vec<ApiResource> = listed
            .into_iter()
            .filter(|entry| !entry.name.contains('/'))
            .map(|Entry { name, namespaced, kind }| ApiResource {
                group: group_of(api_version).to_owned(),
                kind,
                plural: name,
                is_namespaced: namespaced,
            })
            .collect();
        let found = resources.iter().find(|resource| resource.kind == kind).cloned();
        self.reads.kinds.keep(api_version, resources);
        found.ok_or_else(|| ClusterError::NoKind(format!("{kind} ({api_version})")))
    }
}
