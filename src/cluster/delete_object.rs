//! Deleting an object of any kind, only if it is still the one that is meant.

use std::{path::Path, str::FromStr, time::Duration};

use boathook_core::objects::Document;
use reqwest::Url;
use serde_json::json;
use tokio::{fs, time::Instant};

use crate::cluster::{Cluster, ClusterError};

/// The file with the options of a deletion, in the directory where kubectl runs.
const OPTIONS: &str = "delete-options.json";
/// A program with no time at all would not even start.
const LEAST: Duration = Duration::from_secs(1);
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
        let until = Instant::now() + left;
        let path = self.server_path(left).await? + &self.path_of(object).await?;
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
        let left = until.saturating_duration_since(Instant::now()).max(LEAST);
        let timeout = self.timeouts.delete.min(left);
        match self.kubectl_send(Some(work.to_owned()), &arguments, timeout).await {
            Ok(_) | Err(ClusterError::Missing(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The path of the kubeconfig's server, as behind some proxies: kubectl takes a raw path from
    /// the root of the host. Without a kubeconfig it asks a pod's API server, which has none.
    async fn server_path(&self, left: Duration) -> Result<String, ClusterError> {
        if self.tools.kubeconfigs().is_empty() {
            return Ok(String::new());
        }
        let stdout = self.kubectl_alone(&VIEW, self.timeouts.get.min(left)).await?;
        path_of_server(stdout.text().trim()).map_err(|error| ClusterError::Unreadable {
            program: format!("kubectl {}", VIEW.join(" ")),
            reason: error.to_string(),
        })
    }
}

/// The path in the address of a server, which may be without a scheme (client-go's
/// `DefaultServerURL` takes `host:port` for https), without a slash at its end.
fn path_of_server(address: &str) -> Result<String, <Url as FromStr>::Err> {
    let whole =
        if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    Ok(Url::parse(&whole)?.path().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::path_of_server;

    #[test]
    fn the_path_of_a_server_is_what_stands_behind_its_port() {
        for (address, path) in [
            ("https://127.0.0.1:6443", ""),
            ("https://rancher.example/k8s/clusters/c-1/", "/k8s/clusters/c-1"),
            ("127.0.0.1:6443", ""),
            ("k3s.lan:6443/as/admin", "/as/admin"),
            ("https://[::1]:6443/", ""),
        ] {
            assert_eq!(path_of_server(address).unwrap(), path, "{address}");
        }
    }
}
