//! What an apply would change beside the service. Asks the cluster, and changes nothing.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use boathook_core::{
    deployment::{ImageRef, error_chain},
    objects::Document,
    rollout::steps::ApplyManifests,
};

use crate::{
    cluster::{Cluster, ClusterError},
    comparison::{COMPARE_FOLDERS, Comparison, Pair, Sides, UnreadablePairs, pairs},
    steps::{
        StepError,
        apply_manifests::write,
        needs_apply::{LiveState, live_states},
    },
};

/// How long kubectl may take: people wait for what it finds, and nothing else does.
const LIMIT: Duration = Duration::from_secs(10);

/// What is known of the objects that a plan applies.
pub struct ChangedObjects {
    /// The objects of which it is known, in the order of the plan.
    pub comparisons: Vec<Comparison>,
    /// Why it is not known of others, if there are others.
    pub unknown: Option<String>,
}

/// Compares the objects of a step with the cluster. kubectl is asked only of those that are there
/// and are not as they were last applied, and of those that boathook does not read, such as Secrets.
pub async fn changed_objects(
    step: &ApplyManifests,
    image: &ImageRef,
    cluster: &Cluster,
    work: &Path,
) -> Result<ChangedObjects, StepError> {
    let mut documents = step.with_image(step.documents.clone(), image);
    documents.retain(|document| !document.is_knative_service());
    let live = live_states(cluster, &documents).await?;
    let mut known: Vec<Option<Comparison>> = Vec::new();
    let mut unclear = Vec::new();
    for (index, (document, state)) in documents.iter().zip(&live).enumerate() {
        let sides = sides(document, state, &new_namespaces(&documents, &live));
        if sides.is_none() && !is_left_alone(document, state) {
            unclear.push((index, document.clone()));
        }
        known.push(sides.map(|sides| Comparison::of(document, sides)));
    }
    let mut unknown = None;
    match ask(step, cluster, work, &unclear).await {
        Ok(compared) => compared.into_iter().for_each(|(at, found)| known[at] = Some(found)),
        Err(error) => unknown = Some(error_chain(&error)),
    }
    Ok(ChangedObjects { comparisons: known.into_iter().flatten().collect(), unknown })
}

/// What the reads tell of an object; none if kubectl has to be asked.
fn sides(document: &Document, state: &LiveState, new_namespaces: &[&str]) -> Option<Sides> {
    let in_new = document.namespace().is_some_and(|namespace| new_namespaces.contains(&namespace));
    match state {
        LiveState::Present(live) if document.is_as_applied(live) => Some(Sides::Unchanged),
        LiveState::Absent => Some(Sides::Created(Some(document.0.clone()))),
        LiveState::Unread | LiveState::Unreadable if in_new => {
            Some(Sides::Created(Some(document.0.clone())))
        }
        LiveState::Present(_) | LiveState::Unread | LiveState::Unreadable => None,
    }
}

/// The namespaces among the objects that are not there yet.
fn new_namespaces<'a>(documents: &'a [Document], live: &[LiveState]) -> Vec<&'a str> {
    let namespaces = documents
        .iter()
        .zip(live)
        .filter(|(document, state)| document.is_namespace() && matches!(state, LiveState::Absent));
    namespaces.map(|(document, _)| document.name()).collect()
}

/// A namespace that exists is not applied.
fn is_left_alone(document: &Document, state: &LiveState) -> bool {
    document.is_namespace() && !matches!(state, LiveState::Absent)
}

async fn ask(
    step: &ApplyManifests,
    cluster: &Cluster,
    work: &Path,
    unclear: &[(usize, Document)],
) -> Result<Vec<(usize, Comparison)>, Unclear> {
    if unclear.is_empty() {
        return Ok(Vec::new());
    }
    let documents: Vec<Document> = unclear.iter().map(|(_, document)| document.clone()).collect();
    write(step, work, &documents).await?;
    let temporary = TemporaryFolder::make(work)?;
    let folders = (work, step.directory.as_str(), temporary.0.as_path());
    let compared = cluster.diff(folders, COMPARE_FOLDERS, LIMIT).await?;
    let found = pairs(&compared.text())?;
    Ok(unclear.iter().map(|(at, document)| (*at, judged(document, &found))).collect())
}

/// What kubectl found of an object; one that it does not name stays as it is.
fn judged(document: &Document, found: &[Pair]) -> Comparison {
    let is_it = |other: &Document| {
        other.qualified_name() == document.qualified_name()
            && (document.is_cluster_scoped() || other.namespace() == document.namespace())
    };
    let sides = found.iter().find_map(|pair| match pair {
        Pair { live, merged: Some(merged), is_too_large } if is_it(merged) => {
            Some(match (live, is_too_large) {
                (live, true) => Sides::TooLarge { exists: live.is_some() },
                (None, false) => Sides::Created(Some(merged.0.clone())),
                (Some(live), false) => {
                    Sides::Changed { before: live.0.clone(), after: merged.0.clone() }
                }
            })
        }
        _ => None,
    });
    Comparison::of(document, sides.unwrap_or(Sides::Unchanged))
}

/// Where kubectl writes both sides. It is removed however the comparison ends: the files show Secrets.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn make(work: &Path) -> Result<Self, Unclear> {
        let folder = Self(work.join("compare"));
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder.0);
        made.map(|()| folder).map_err(Unclear::NoFolder)
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What cannot be removed goes with the deployment's own folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Why kubectl's comparison is not known.
#[derive(Debug, thiserror::Error)]
enum Unclear {
    #[error(transparent)]
    Failed(#[from] ClusterError),
    #[error("`kubectl diff` was not understood")]
    Unreadable(#[from] UnreadablePairs),
    #[error(transparent)]
    Unwritten(#[from] StepError),
    #[error("failed to make a folder for what kubectl compares")]
    NoFolder(#[source] io::Error),
}
