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
        let found = self.object(&collection_of(document, &resource), document.name()).await;
        if let Err(ClusterError::NoKind(_)) = found {
            self.reads.kinds.forget(api_version);
        }
        found
    }

    /// The path of an object of any kind.
    pub(super) async fn path_of(&self, document: &Document) -> Result<String, ClusterError> {
        let resource = self.served(document.api_version(), document.kind()).await?;
        collection_of(document, &resource).object(document.name())
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

/// Where the API server has an object of this kind.
fn collection_of<'a>(document: &'a Document, resource: &'a ApiResource) -> Collection<'a> {
    let namespace = document.namespace().unwrap_or(DEFAULT_NAMESPACE);
    Collection {
        api_version: document.api_version(),
        plural: &resource.plural,
        namespace: resource.is_namespaced.then_some(namespace),
    }
}
