//! What a plan reads of the folder and the cluster: at once where nothing depends on another.

use std::borrow::Cow;

use boathook_core::{
    deployment::RevisionName,
    objects::{Document, KeptTargets},
    rollout::ManifestSource,
};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};

use crate::{
    cluster::{ClusterError, Condition, Revision, Service},
    diagnosis::{self, Outlook},
    engine::{survey_error::SurveyError, surveyor::Surveyor},
    manifests::{ManifestFolder, Manifests},
    plan::LostTag,
    redact::Redactor,
};

/// The most tagged revisions to read.
const TAGS_MAX: usize = 20;
/// How many objects of one kind are read at once.
const AT_ONCE: usize = 8;

/// The service's folder.
pub(super) struct Folder<'a> {
    pub documents: Cow<'a, [Document]>,
    /// The keys that stand twice.
    pub replaced: Vec<String>,
}

/// What was read of a revision.
type Found = Result<Option<Revision>, ClusterError>;

/// What was read of the service before anything else was known, or why it was not.
pub(super) struct Seen {
    pub service: Result<Option<Service>, ClusterError>,
    /// The revision that served last according to the journal: usually it still does.
    pub known: Option<(RevisionName, Found)>,
}

impl<'a> Surveyor<'a> {
    pub(super) async fn folder(&self) -> Result<Folder<'a>, SurveyError> {
        let settings = self.settings();
        let bundle = self.context.manifests.bundle.as_ref();
        let folder = ManifestFolder {
            path: bundle.map_or(&settings.manifests, |bundle| &bundle.folder),
            // What a bundle's digest names is all that runs.
            remote_bases: settings.remote_bases && bundle.is_none(),
            within: bundle.map(|bundle| bundle.root.as_path()),
        };
        let (documents, replaced) = match self.context.documents {
            Some(documents) => (Cow::Borrowed(documents), Vec::new()),
            None => {
                // What a bundle calls a secret is believed only where it may hold some.
                let apart = Redactor::default();
                let believed = bundle.is_none() || settings.bundles.secrets;
                let redactor = if believed { self.context.redactor } else { &apart };
                let read = folder.read(self.cluster(), redactor).await;
                let read = match bundle {
                    Some(bundle) => read.map_err(|error| error.below(&bundle.root))?,
                    None => read?,
                };
                let Manifests { documents, replaced } = read;
                (Cow::Owned(documents), replaced)
            }
        };
        Ok(Folder { documents, replaced })
    }

    /// The folder as operators and senders know it.
    pub(super) fn directory(&self) -> String {
        match (&self.context.manifests.source, &self.context.manifests.bundle) {
            (Some(source @ ManifestSource::Bundle { .. }), Some(bundle)) => {
                let folder = bundle.folder.file_name().unwrap_or_default().to_string_lossy();
                match bundle.folder == bundle.root {
                    true => source.to_string(),
                    false => format!("{folder} of {source}"),
                }
            }
            _ => format!("manifests/{}", self.settings().environment),
        }
    }

    /// Whether policy takes the objects of a bundle; the node's folder is its operator's.
    pub(super) fn check_bundle(&self, documents: &[Document]) -> Result<(), SurveyError> {
        let policy = &self.settings().bundles;
        let refusal = match self.context.manifests.bundle {
            Some(_) => policy.refusal(documents, self.request),
            None => None,
        };
        refusal.map_or(Ok(()), |reason| Err(SurveyError::NotAllowed(reason)))
    }

    pub(super) async fn seen(&self) -> Seen {
        let key = self.request.service();
        let known = async {
            let name = self.context.known.clone()?;
            let found = self.cluster().revision(&self.request.namespace, &name).await;
            Some((name, found))
        };
        let (service, known) = tokio::join!(self.cluster().service(&key), known);
        Seen { service, known }
    }

    /// The revision that serves, unless it was read before.
    pub(super) async fn stable_revision(
        &self,
        stable: Option<&RevisionName>,
        known: Option<(RevisionName, Found)>,
    ) -> Found {
        match (stable, known) {
            (None, _) => Ok(None),
            (Some(stable), Some((name, found))) if name == *stable => found,
            (Some(stable), _) => self.cluster().revision(&self.request.namespace, stable).await,
        }
    }

    /// The tags of others on revisions that were deleted, or whose containers or image fail. One
    /// that the cluster itself may still make Ready is left to its owner.
    pub(super) async fn lost_tags(
        &self,
        service: &Service,
        stable: Option<&RevisionName>,
    ) -> Result<Vec<LostTag>, SurveyError> {
        let named = KeptTargets::of(service.wanted_traffic()).revisions().into_iter();
        let others = named.filter(|name| Some(name) != stable).take(TAGS_MAX);
        let reads = others.map(|name| self.lost_tag(service, name).boxed());
        let found: Vec<Option<LostTag>> = all(reads.collect()).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn lost_tag(
        &self,
        service: &Service,
        revision: RevisionName,
    ) -> Result<Option<LostTag>, ClusterError> {
        let found = self.cluster().revision(&self.request.namespace, &revision).await?;
        let why = why_lost(service, &revision, found.as_ref());
        Ok(why.map(|why| LostTag { revision, why }))
    }

    /// The service, once its status is about its current spec.
    pub(super) fn observed(&self, seen: Option<Service>) -> Result<Option<Service>, SurveyError> {
        match seen {
            Some(service) if !service.is_observed() => {
                Err(SurveyError::Stale(self.request.service().to_string()))
            }
            seen => Ok(seen),
        }
    }
}

/// All answers, or the first error in the order of the reads.
async fn all<T>(
    reads: Vec<BoxFuture<'_, Result<T, ClusterError>>>,
) -> Result<Vec<T>, ClusterError> {
    stream::iter(reads).buffered(AT_ONCE).try_collect().await
}

/// Why a tag on a revision that was read so leads nowhere; none if it may lead somewhere.
fn why_lost(service: &Service, name: &RevisionName, found: Option<&Revision>) -> Option<String> {
    let Some(revision) = found else {
        return (!comes_back(service, name)).then(|| " was deleted and".to_owned());
    };
    let found =
        diagnosis::of_revision(revision).filter(|found| found.outlook() != Outlook::Transient)?;
    let is_unready = revision.condition("Ready").is_some_and(Condition::is_false);
    is_unready.then(|| format!(" is not Ready ({}) and", found.words()))
}

/// Whether Knative recreates a deleted revision: the newest one, and the one that the template
/// names.
pub(super) fn comes_back(service: &Service, revision: &RevisionName) -> bool {
    let name = Some(revision.as_str());
    service.latest_created() == name || service.template_name() == name
}
