//! crictl, one function per command, and the one command that needs ctr. crictl uses the node's
//! registry credentials, never imagePullSecrets.

use boathook_core::{
    deployment::{Digest, ImageRef},
    failure,
};
use serde::Deserialize;

use crate::cluster::{Cluster, ClusterError, FailedCall};

/// The hint for a registry that refuses the node.
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

/// The digest that a tag has on the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagDigest {
    /// This one.
    Certain(ImageRef),
    /// The node has no image of the repository.
    Unknown,
    /// Several candidates; it is not certain which.
    Unclear {
        /// What crictl lists for the repository.
        known: Vec<Digest>,
        /// Why it is not certain which it is.
        why: String,
    },
}

impl Cluster {
    /// Pulls an image on the node, by crictl or by another command with the image appended.
    pub async fn pull(
        &self,
        image: &ImageRef,
        instead: Option<&[String]>,
    ) -> Result<(), ClusterError> {
        let image = image.to_string();
        let pulled = match instead {
            None => self.crictl(&["pull", "--", &image], self.timeouts.pull).await,
            Some(words) => self.program(words, &[&image], self.timeouts.pull).await,
        };
        pulled.map(drop).map_err(|error| match error {
            ClusterError::Refused(run) if failure::is_refused_login(&run.words) => {
                ClusterError::Refused(FailedCall {
                    words: format!("{}; {LOGIN}", run.words),
                    ..run
                })
            }
            error => error,
        })
    }

    /// The image by digest, as the node has it under the requested repository. `by_cri`: it was
    /// just pulled through the CRI.
    ///
    /// crictl lists every digest under which these bytes were ever pulled, sorted, whichever tag is
    /// asked for. A pull through the CRI records the tag's own among them, so a single one is it;
    /// of several, containerd's own record of the tag names the right one.
    pub async fn digest(&self, image: &ImageRef, by_cri: bool) -> Result<TagDigest, ClusterError> {
        let known = self.known_digests(image).await?;
        match known.as_slice() {
            [] => Ok(TagDigest::Unknown),
            [only] if by_cri => Ok(TagDigest::Certain(image.pinned(only))),
            _ => Ok(match self.target(image).await {
                Ok(Some(target)) if known.contains(&target) || !by_cri => {
                    TagDigest::Certain(image.pinned(&target))
                }
                Ok(_) => TagDigest::Unclear {
                    known,
                    why: format!("containerd has no record of {image} that fits"),
                },
                Err(error) => TagDigest::Unclear { known, why: error.to_string() },
            }),
        }
    }

    async fn known_digests(&self, image: &ImageRef) -> Result<Vec<Digest>, ClusterError> {
        let text = image.to_string();
        let stdout = self.crictl(&["inspecti", "-o", "json", &text], self.timeouts.inspect).await?;
        let inspected: Inspected =
            serde_json::from_slice(&stdout.bytes).map_err(|error| ClusterError::Unreadable {
                program: format!("crictl inspecti {text}"),
                reason: error.to_string(),
            })?;
        let found =
            inspected.status.repo_digests.iter().filter_map(|text| ImageRef::parse(text).ok());
        let of_repository = found.filter(|found| found.is_same_repository(image));
        Ok(of_repository.filter_map(|found| found.digest().cloned()).collect())
    }

    /// The digest in containerd's own record of a tag: that of its manifest or index.
    async fn target(&self, image: &ImageRef) -> Result<Option<Digest>, ClusterError> {
        let name = format!("{}:{}", image.full_repository(), image.tag().unwrap_or("latest"));
        let stdout = self
            .ctr(
                &["--namespace", "k8s.io", "images", "ls", &format!("name=={name}")],
                self.timeouts.inspect,
            )
            .await?;
        let text = stdout.text();
        let columns = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .find(|columns| columns.first() == Some(&name.as_str()));
        Ok(columns.and_then(|columns| columns.get(2).and_then(|digest| Digest::parse(digest).ok())))
    }
}
