//! How the API server names the kinds of objects, read from it and kept for a while.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::cluster::ApiResource;

/// How long an answer is believed; a kind that it lacks is asked for anew.
const KEPT_FOR: Duration = Duration::from_secs(600);
/// The most groups and versions that are kept.
const KEPT_MAX: usize = 64;

/// The kinds of each group and version that was asked for.
#[derive(Debug, Default)]
pub(super) struct ServedKinds(Mutex<HashMap<String, Listed>>);

#[derive(Debug)]
struct Listed {
    at: Instant,
    resources: Vec<ApiResource>,
}

impl ServedKinds {
    pub(super) fn find(&self, api_version: &str, kind: &str) -> Option<ApiResource> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let listed = kept.get(api_version).filter(|listed| listed.at.elapsed() < KEPT_FOR)?;
        listed.resources.iter().find(|resource| resource.kind == kind).cloned()
    }

    pub(super) fn keep(&self, api_version: &str, resources: Vec<ApiResource>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, listed| listed.at.elapsed() < KEPT_FOR);
        if kept.len() < KEPT_MAX {
            kept.insert(api_version.to_owned(), Listed { at: Instant::now(), resources });
        }
    }

    /// The next one that needs a kind of it asks anew.
    pub(super) fn forget(&self, api_version: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(api_version);
    }
}
