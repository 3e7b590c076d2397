//! crictl, a verb a function. It uses the node's registry credentials, never a cluster's imagePullSecrets.

use serde::Deserialize;

use crate::{
    cluster::{Cluster, ClusterError, FailedRun},
    deployment::ImageRef,
    failure,
};

/// What an operator has to know where a registry refuses the node.
const LOGIN: &str = "this pull uses the node's own credentials, never a cluster's imagePullSecrets; k3s keeps them in \
                     /etc/rancher/k3s/registries.yaml (restart k3s after a change)";

#[derive(Deserialize)]
struct Inspected {
    status: Image,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Image {
    #[serde(default)]
    repo_digests: Vec<String>,
}

impl Cluster {
    /// Pulls an image on the node, by crictl or by other words with the image after them.
    pub async fn pull(&self, image: &ImageRef, instead: Option<&[String]>) -> Result<(), ClusterError> {
        let image = image.to_string();
        let pulled = match instead {
            None => self.crictl(&["pull", "--", &image], self.timeouts.pull).await,
            Some(words) => self.program(words, &[&image], self.timeouts.pull).await,
        };
        pulled.map(drop).map_err(|error| match error {
            ClusterError::Refused(run) if failure::is_refused_login(&run.words) => {
                ClusterError::Refused(FailedRun { words: format!("{}; {LOGIN}", run.words), ..run })
            }
            error => error,
        })
    }

    /// The image by digest, as the node has it under the repository that was asked for; none where it has none.
    pub async fn digest(&self, image: &ImageRef) -> Result<Option<ImageRef>, ClusterError> {
        let text = image.to_string();
        let stdout = self.crictl(&["inspecti", "-o", "json", &text], self.timeouts.inspect).await?;
        let inspected: Inspected = serde_json::from_slice(&stdout.bytes)
            .map_err(|error| ClusterError::Unreadable { program: format!("crictl inspecti {text}"), reason: error.to_string() })?;
        let of_repository = |found: &ImageRef| same_repository(found.repository(), image.repository());
        let found = inspected.status.repo_digests.iter().filter_map(|text| ImageRef::parse(text).ok()).find(of_repository);
        Ok(found.and_then(|found| found.digest().map(|digest| image.pinned(digest))))
    }
}

/// Whether two spellings name one repository: containerd writes `docker.io/library/nginx` for `nginx`.
fn same_repository(found: &str, asked: &str) -> bool {
    found == asked || found.strip_prefix("docker.io/").is_some_and(|rest| rest == asked || rest.strip_prefix("library/") == Some(asked))
}
