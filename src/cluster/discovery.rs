//! Reading objects of any kind: the API server is asked once how it names a kind.

use boathook_core::objects::{Document, group_of};
use serde::{Deserialize, de::DeserializeOwned};

use crate::cluster::{
    ApiResource, Cluster, ClusterError,
    paths::{Collection, version_path},
    read_answer::Read,
};

/// The namespace of an object that names none.
const DEFAULT_NAMESPACE: &str = "default";

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

impl Cluster {
    /// Reads an object of any kind by its name, or none.
    pub(super) async fn object_of<T: DeserializeOwned>(
        &self,
        document: &Document,
    ) -> Result<Option<T>, ClusterError> {
        let api_version = document.api_version();
        if document.is_namespace() {
            return self.object(&Collection::NAMESPACES, document.name()).await;
        }
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
