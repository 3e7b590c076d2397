//! One question to the API server, and its answer.

use boathook_core::api_server::ReadRequest;
use serde::{Deserialize, de::DeserializeOwned};
use tokio::time::Instant;

use crate::cluster::{
    Cluster, ClusterError,
    paths::{Collection, with_query},
    read_answer::{Read, judge},
};

#[derive(Deserialize)]
struct List<T> {
    items: Vec<T>,
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
        let timeout = self.timeouts.get;
        let began = Instant::now();
        let answer = self.reads.api_server().read(ReadRequest { path, timeout }).await;
        judge(call, answer, began.elapsed())
    }
}
