//! The other boathooks on a record in PostgreSQL, as deployments ask them.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    deployment::{DeploymentId, ImageRef, error_chain},
    rollout::NodePull,
};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::task::spawn_blocking;

use crate::{
    journal::{PostgresStore, StoreError},
    steps::OtherNodes,
};

/// Those that the database names.
pub(super) struct NodesOnRecord(pub Arc<PostgresStore>);

impl NodesOnRecord {
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&PostgresStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, String> {
        let store = Arc::clone(&self.0);
        let answer = spawn_blocking(move || question(&store)).await;
        answer.unwrap_or(Err(StoreError::Stopped)).map_err(|error| error_chain(&error))
    }
}

impl OtherNodes for NodesOnRecord {
    fn order_pulls<'a>(
        &'a self,
        deployment: &'a DeploymentId,
        image: &'a ImageRef,
        within: Duration,
    ) -> BoxFuture<'a, Result<(), String>> {
        let deployment = deployment.clone();
        let image = image.clone();
        self.ask(move |store| store.order_pulls(&deployment, &image, within)).boxed()
    }

    fn pulls<'a>(
        &'a self,
        deployment: &'a DeploymentId,
        image: &'a ImageRef,
    ) -> BoxFuture<'a, Result<Vec<NodePull>, String>> {
        let deployment = deployment.clone();
        let image = image.clone();
        self.ask(move |store| store.ordered_pulls(&deployment, &image)).boxed()
    }
}
