//! Reading the API server: one question, one answer. Nothing here waits or retries.

use std::sync::Arc;

use boathook_core::api_server::{ApiServer, ReadRequest};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::time::Instant;

use crate::cluster::{
    Cluster, ClusterError,
    paths::{Collection, with_query},
    read_answer::{Read, judge},
    served_kinds::ServedKinds,
};

/// The API server, and what was learnt of its kinds; clones share both.
#[derive(Clone)]
pub struct Reads {
    api_server: Arc<dyn ApiServer>,
    pub(super) kinds: Arc<ServedKinds>,
}

#[derive(Deserialize)]
struct List<T> {
    items: Vec<T>,
}

impl Reads {
    /// Reads this API server.
    #[must_use]
    pub fn new(api_server: Arc<dyn ApiServer>) -> Self {
        Self { api_server, kinds: Arc::default() }
    }

    /// What is read.
    #[must_use]
    pub fn api_server(&self) -> &Arc<dyn ApiServer> {
        &self.api_server
    }
}

impl Cluster {
    /// An object by name, or none.
    pub(super) async fn object<T: DeserializeOwned>(
        &self,
        of: &Collection<'_>,
        name: &str,
    ) -> Result<Option<T>, ClusterError> {
        match self.read(of.object(name)?).await? {
            Read::Found(found) => found.parse().map(Some),
            Read::NoObject => Ok(None),
            Read::NoKind => Err(ClusterError::NoKind(of.resource())),
        }
    }

    /// The objects that `query` selects.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        of: &Collection<'_>,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, ClusterError> {
        match self.read(with_query(&of.path()?, query)).await? {
            Read::Found(found) => found.parse().map(|list: List<T>| list.items),
            Read::NoObject => Ok(Vec::new()),
            Read::NoKind => Err(ClusterError::NoKind(of.resource())),
        }
    }

    /// Asks for a path, with its query.
    pub(super) async fn read(&self, path: String) -> Result<Read, ClusterError> {
        self.tools.check_kubeconfig().await?;
        let call = format!("GET {}", path.split('?').next().unwrap_or_default());
        let (timeout, limit) = (self.timeouts.get, self.tools.output_cap);
        let began = Instant::now();
        let answer = self.reads.api_server().read(ReadRequest { path, timeout, limit }).await;
        judge(call, answer, began.elapsed())
    }
}
