//! What serves a service, as a bar of traffic.

use crate::{
    journal::{ServiceView, ServingRevision, Share},
    server::dashboard::parts::{Part, traffic},
};

/// The shares of a service's revisions, from the left.
pub trait Shares {
    fn shares(&self) -> Vec<Part>;
}

impl Shares for ServiceView {
    fn shares(&self) -> Vec<Part> {
        let candidate = self.serving.iter().find(|one| one.is_candidate).map(|one| &one.revision);
        let share = |ServingRevision { revision, percent, .. }: &ServingRevision| Share {
            revision: revision.clone(),
            percent: *percent,
        };
        traffic(&self.serving.iter().map(share).collect::<Vec<_>>(), candidate)
    }
}
