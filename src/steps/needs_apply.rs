//! Which objects of a folder need an apply: not those that are as they were last applied. Reads the
//! cluster, and changes nothing.

use boathook_core::objects::Document;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::cluster::{Cluster, ClusterError};

/// With more objects than this, all are applied: to read each would cost more than one apply.
pub(crate) const READS_MAX: usize = 100;
/// Objects that are read at once.
const READS_AT_ONCE: usize = 8;

/// An object of a manifest, as the cluster has it.
pub(crate) enum LiveState {
    /// It is not there.
    Absent,
    /// It is there, like this.
    Present(Document),
    /// It may not be read, or the cluster does not know its kind.
    Unreadable,
    /// It was not looked at.
    Unread,
}

impl LiveState {
    /// The object, if it was read.
    pub(crate) const fn document(&self) -> Option<&Document> {
        match self {
            Self::Present(live) => Some(live),
            Self::Absent | Self::Unreadable | Self::Unread => None,
        }
    }
}

/// What is to be applied of a folder, and notes on what is not.
pub(crate) struct Apply {
    pub(crate) documents: Vec<Document>,
    pub(crate) notes: Vec<String>,
}

/// Reads each of the documents, a few at a time.
pub(crate) async fn live_states(
    cluster: &Cluster,
    documents: &[Document],
) -> Result<Vec<LiveState>, ClusterError> {
    // A loop: of futures from a closure the compiler cannot prove that they are `Send`.
    let mut reads = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        if is_read(document, documents.len()) {
            reads.push(live_state(cluster, index, document));
        }
    }
    let read: Vec<_> = stream::iter(reads).buffer_unordered(READS_AT_ONCE).try_collect().await?;
    let mut states: Vec<LiveState> = documents.iter().map(|_| LiveState::Unread).collect();
    for (index, state) in read {
        states[index] = state;
    }
    Ok(states)
}

/// Secrets are never read, Jobs always, because one may forbid the whole apply. A Knative service
/// among them is a new one.
fn is_read(document: &Document, count: usize) -> bool {
    document.is_namespace()
        || document.is_job()
        || count <= READS_MAX && !document.is_secret() && !document.is_knative_service()
}

async fn live_state(
    cluster: &Cluster,
    index: usize,
    document: &Document,
) -> Result<(usize, LiveState), ClusterError> {
    let state = match cluster.live(document).await {
        Ok(Some(live)) => LiveState::Present(live),
        Ok(None) => LiveState::Absent,
        Err(error) if error.is_retryable() => return Err(error),
        // What is wrong with it, `kubectl apply` says.
        Err(_) => LiveState::Unreadable,
    };
    Ok((index, state))
}

/// Leaves out what is as it was last applied, and namespaces that boathook must not change.
pub(crate) fn needing_apply(documents: Vec<Document>, live: &[LiveState]) -> Apply {
    let count = documents.len();
    let mut notes = Vec::new();
    let mut unchanged = 0;
    let mut needed = Vec::new();
    for (document, state) in documents.into_iter().zip(live) {
        let left_alone = match state {
            LiveState::Present(live) if document.is_as_applied(live) => {
                unchanged += 1;
                continue;
            }
            LiveState::Present(_) => {
                "it exists and differs from what was last applied; setup.sh applies namespaces"
            }
            LiveState::Unreadable => "it may not be read",
            LiveState::Absent | LiveState::Unread => "",
        };
        if document.is_namespace() && !left_alone.is_empty() {
            notes.push(format!(
                "namespace {} was left out of the apply: {left_alone}",
                document.name()
            ));
        } else {
            needed.push(document);
        }
    }
    notes.extend(left_out(count, unchanged, needed.len()));
    Apply { documents: needed, notes }
}

/// A note on what is left out because it is unchanged, or because everything is.
fn left_out(count: usize, unchanged: usize, needed: usize) -> Option<String> {
    match (needed, unchanged) {
        (0, _) if count > 0 && unchanged == count => Some(
            "nothing to apply: all that the manifests hold is as it was last applied".to_owned(),
        ),
        (0, _) => Some(
            "nothing to apply: all that the manifests hold exists and is left alone".to_owned(),
        ),
        (_, 0) => None,
        _ => Some(format!(
            "{unchanged} of {count} objects of the manifests were left out of the apply: they are as they were last applied"
        )),
    }
}
