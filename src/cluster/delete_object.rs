//! Deleting an object of any kind, only if it is still the one that is meant.

use std::{path::Path, time::Duration};

use boathook_core::objects::Document;
use reqwest::Url;
use serde_json::json;
use tokio::fs;

use crate::cluster::{Cluster, ClusterError};

/// The file with the options of a deletion, in the directory where kubectl runs.
const OPTIONS: &str = "delete-options.json";
/// Prints the URL of the server in the kubeconfig's current context.
const VIEW: [&str; 5] =
    ["config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"];

impl Cluster {
    /// Deletes an object if nobody replaced or changed it since it was read; a missing one is no
    /// failure. Only a raw request can name UID and version. The caller has to check whether it is
    /// gone.
    pub(crate) async fn delete_object(
        &self,
        object: &Document,
        work: &Path,
        left: Duration,
    ) -> Result<(), ClusterError> {
        let path = self.server_path().await? + &self.path_of(object).await?;
        let options = json!({
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": {"uid": object.uid(), "resourceVersion": object.resource_version()},
            "propagationPolicy": "Background",
        });
        let file = work.join(OPTIONS);
        fs::write(&file, options.to_string())
            .await
            .map_err(|source| ClusterError::NotWritten { path: file, source })?;
        let arguments = ["delete", "--raw", &path, "-f", OPTIONS];
        let timeout = self.timeouts.delete.min(left);
        match self.kubectl_send(Some(work.to_owned()), &arguments, timeout).await {
            Ok(_) | Err(ClusterError::Missing(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The path of the kubeconfig's server, as behind some proxies: kubectl takes a raw path from
    /// the root of the host. Without a kubeconfig it asks a pod's API server, which has none.
    async fn server_path(&self) -> Result<String, ClusterError> {
        if self.tools.kubeconfigs().is_empty() {
            return Ok(String::new());
        }
        let stdout = self.kubectl_alone(&VIEW, self.timeouts.get).await?;
        let server =
            Url::parse(stdout.text().trim()).map_err(|error| ClusterError::Unreadable {
                program: format!("kubectl {}", VIEW.join(" ")),
                reason: error.to_string(),
            })?;
        Ok(server.path().trim_end_matches('/').to_owned())
    }
}
