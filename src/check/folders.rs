//! The manifests of each enabled environment, read once for all checks: kustomize takes a second or
//! two.

use boathook_core::{deployment::Environment, objects::Document};

use crate::{
    check::{CheckContext, CheckResult},
    config::EnvironmentConfig,
    manifests::{ManifestError, ManifestFolder, Manifests},
};

/// An environment's folder, as far as it could be read.
pub(super) struct ReadFolder<'a> {
    pub environment: Environment,
    pub settings: &'a EnvironmentConfig,
    pub manifests: Result<Manifests, ManifestError>,
}

/// The folders of all enabled environments.
pub(super) struct Folders<'a>(pub Vec<ReadFolder<'a>>);

/// A folder that could be read.
#[derive(Clone, Copy)]
pub(super) struct Readable<'a> {
    pub environment: Environment,
    pub settings: &'a EnvironmentConfig,
    pub documents: &'a [Document],
}

impl<'a> Folders<'a> {
    /// Reads each of them. The redactor learns their secrets.
    pub(super) async fn read(context: &'a CheckContext) -> Self {
        let mut folders = Vec::new();
        for (environment, settings) in
            context.config.in_order().into_iter().filter(|(_, settings)| settings.enabled)
        {
            let folder = ManifestFolder {
                path: &settings.manifests,
                remote_bases: settings.allow.remote_bases,
                within: None,
            };
            let manifests = match settings.has_bundles_alone() {
                true => Ok(Manifests::default()),
                false => folder.read(&context.cluster, &context.redactor).await,
            };
            folders.push(ReadFolder { environment, settings, manifests });
        }
        Self(folders)
    }

    /// Those that could be read.
    pub(super) fn readable(&self) -> impl Iterator<Item = Readable<'_>> {
        self.0.iter().filter_map(|folder| {
            let ReadFolder { environment, settings, manifests } = folder;
            Some(Readable {
                environment: *environment,
                settings,
                documents: &manifests.as_ref().ok()?.documents,
            })
        })
    }

    /// What is found in each document of those that could be read.
    pub(super) fn in_each<'f>(
        &'f self,
        find: impl Fn(Readable<'f>, &'f Document) -> Option<CheckResult>,
    ) -> Vec<CheckResult> {
        let documents =
            |folder: Readable<'f>| folder.documents.iter().map(move |document| (folder, document));
        let found = self.readable().flat_map(documents);
        found.filter_map(|(folder, document)| find(folder, document)).collect()
    }
}
