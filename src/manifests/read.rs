//! Reads an environment's folder: its files, or the output of kustomize.

use std::path::Path;

use boathook_core::objects::Document;

use crate::{
    cluster::Cluster,
    manifests::{
        ManifestError, Manifests,
        budget::Budget,
        documents, folder,
        kustomization::{Kustomization, file_of},
        secrets::secrets,
    },
    redact::Redactor,
};

/// Where the manifests are, and what reading them may do.
#[derive(Clone, Copy, Debug)]
pub struct ManifestFolder<'a> {
    /// The folder.
    pub path: &'a Path,
    /// Whether a kustomization may fetch bases and files from elsewhere.
    pub remote_bases: bool,
    /// The folder that nothing outside of is read, if there is one.
    pub within: Option<&'a Path>,
}

impl ManifestFolder<'_> {
    /// The objects in the folder. The redactor knows the secrets in what boathook reads itself
    /// before any program runs, and those that only kustomize finds (in what it fetches, or in
    /// files that boathook cannot read) once kustomize has run.
    pub async fn read(
        self,
        cluster: &Cluster,
        redactor: &Redactor,
    ) -> Result<Manifests, ManifestError> {
        let manifests = match file_of(self.path).await {
            None => folder::read(self.path).await?,
            Some(_) => Manifests {
                documents: self.build(cluster, redactor).await?,
                ..Manifests::default()
            },
        };
        redactor.learn(secrets(&manifests.documents));
        Ok(manifests)
    }

    /// Teaches the redactor the readable secrets without running anything: for a plan from before
    /// this start.
    pub(crate) async fn teach(self, redactor: &Redactor) {
        let secrets = match file_of(self.path).await {
            None => secrets(&folder::readable(self.path).await),
            Some(_) => Kustomization::examine(self.path, self.within).await.secrets(),
        };
        redactor.learn(secrets);
    }

    async fn build(
        self,
        cluster: &Cluster,
        redactor: &Redactor,
    ) -> Result<Vec<Document>, ManifestError> {
        let kustomization = Kustomization::examine(self.path, self.within).await;
        redactor.learn(kustomization.secrets());
        kustomization.check(self.path, self.remote_bases)?;
        let built = cluster.kustomize(self.path).await;
        let built = built
            .map_err(|source| ManifestError::NotBuilt { path: self.path.to_owned(), source })?;
        let malformed = |fault| ManifestError::Malformed {
            path: self.path.join("(as kustomize builds it)"),
            fault,
        };
        documents::read(&built.bytes, &mut Budget::new()).map_err(malformed)
    }
}
