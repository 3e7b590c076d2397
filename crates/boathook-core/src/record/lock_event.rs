//! What happens to a lock. Senders learn of a lock where it refuses them, not from its records.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use crate::{
    deployment::Actor,
    record::{Lock, Rewrite, older_text},
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LockEvent {
    /// A lock was set.
    Locked(Arc<Lock>),
    /// Someone ended that lock.
    Unlocked {
        #[serde(deserialize_with = "older_text::or_text")]
        by: Actor,
        lock: Arc<Lock>,
    },
}

impl LockEvent {
    pub(super) fn rewritten(self, rewrite: &dyn Rewrite) -> Self {
        match self {
            Self::Locked(_) => self,
            Self::Unlocked { by, lock } => Self::Unlocked { by: rewrite.actor(by), lock },
        }
    }
}
