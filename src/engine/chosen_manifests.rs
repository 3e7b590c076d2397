//! Which manifests a plan is made of: a bundle, written out for it, or the node's folder.

use std::{io, path::Path};

use boathook_core::{
    deployment::{Bundle, BundleDigest, DeployRequest, Environment},
    rollout::ManifestSource,
};

use crate::{
    bundles::{self, AcceptedManifests, BundleError, BundleLimits, UnpackedBundle, WriteError},
    engine::Engine,
    journal::{PackedBundle, StoreError},
    plan::Settings,
};

/// The folder of a bundle in a deployment's own work directory.
const FOLDER: &str = "bundle";

/// The manifests of a plan.
#[derive(Clone, Debug)]
pub struct ChosenManifests {
    /// Where they come from; none if the record of an older program does not say.
    pub(super) source: Option<ManifestSource>,
    /// The bundle on disk, if there is one.
    pub(super) bundle: Option<UnpackedBundle>,
}

/// Why there are no manifests.
#[derive(Debug, thiserror::Error)]
pub enum ManifestChoiceError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The configuration forbids it.
    #[error("{0}")]
    NotAllowed(String),
    /// The content was pruned.
    #[error("the record no longer holds bundle {0}; send its manifests again")]
    Gone(BundleDigest),
    /// What is kept beside the journal cannot be read.
    #[error("failed to read bundle {digest}")]
    NotRead { digest: BundleDigest, source: io::Error },
    /// What is recorded cannot be unpacked.
    #[error("bundle {digest} cannot be read from the record")]
    Unreadable { digest: BundleDigest, source: BundleError },
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl ChosenManifests {
    /// The environment's folder on the node.
    #[must_use]
    pub const fn of_node(environment: Environment) -> Self {
        Self { source: Some(ManifestSource::Node { environment }), bundle: None }
    }

    /// What a record says, which is not read again.
    pub(super) const fn recorded(source: Option<ManifestSource>) -> Self {
        Self { source, bundle: None }
    }
}

impl Engine {
    /// The manifests for a request: its own bundle, which may be `brought` along, or the one of the
    /// last success, or the node's folder. A bundle is written to the folder `work`.
    pub(super) async fn manifests_for(
        &self,
        request: &DeployRequest,
        settings: &Settings,
        brought: Option<&Bundle>,
        work: &Path,
    ) -> Result<ChosenManifests, ManifestChoiceError> {
        let source = self.source_for(request, settings).await?;
        let ManifestSource::Bundle { digest, .. } = &source else {
            return Ok(ChosenManifests { source: Some(source), bundle: None });
        };
        let bundle = match brought {
            Some(bundle) => bundle.clone(),
            None => self.recorded_bundle(digest).await?,
        };
        let names: Vec<Environment> = std::iter::once(settings.environment)
            .chain(settings.bundles.aliases.iter().copied())
            .collect();
        let written = bundles::write(&bundle, &work.join(FOLDER), &names).await?;
        Ok(ChosenManifests { source: Some(source), bundle: Some(written) })
    }

    async fn source_for(
        &self,
        request: &DeployRequest,
        settings: &Settings,
    ) -> Result<ManifestSource, ManifestChoiceError> {
        let environment = settings.environment;
        let node = ManifestSource::Node { environment };
        let accepts = settings.bundles.manifests;
        match (&request.manifests, accepts) {
            (Some(_), AcceptedManifests::Node) => Err(ManifestChoiceError::NotAllowed(format!(
                "the request brings manifests, and {environment} takes them from the node alone (allow.manifests: node)"
            ))),
            (Some(named), _) => Ok(ManifestSource::Bundle {
                digest: named.bundle().clone(),
                since: None,
                artifact: named.artifact().cloned(),
                revision_only: false,
            }),
            (None, AcceptedManifests::Node) => Ok(node),
            (None, AcceptedManifests::Both | AcceptedManifests::Request) => {
                let serves =
                    self.journal.manifests_that_serve(environment, &request.service()).await?;
                match serves.filter(|source| source.bundle().is_some()) {
                    Some(bundle) => Ok(bundle),
                    None if accepts == AcceptedManifests::Both => Ok(node),
                    None => Err(ManifestChoiceError::NotAllowed(format!(
                        "{environment} takes manifests from requests alone (allow.manifests: request), and neither this one nor the last success has some; send them with the request"
                    ))),
                }
            }
        }
    }

    /// A bundle of the record, or beside it.
    pub(super) async fn recorded_bundle(
        &self,
        digest: &BundleDigest,
    ) -> Result<Bundle, ManifestChoiceError> {
        let packed = match self.journal.bundle(digest).await? {
            None => None,
            Some(PackedBundle { packed: Some(packed), .. }) => Some(packed),
            Some(PackedBundle { packed: None, .. }) => {
                let read = self.secret_bundles.read(digest).await;
                read.map_err(|source| ManifestChoiceError::NotRead {
                    digest: digest.clone(),
                    source,
                })?
            }
        };
        let packed = packed.ok_or_else(|| ManifestChoiceError::Gone(digest.clone()))?;
        bundles::unpack(&packed, &BundleLimits::RECORDED)
            .map_err(|source| ManifestChoiceError::Unreadable { digest: digest.clone(), source })
    }
}
