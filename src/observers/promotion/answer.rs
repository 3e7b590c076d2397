//! The result of sending a promotion once.

use std::{sync::Arc, time::Duration};

use boathook_core::{deployment::DeploymentId, proof::NotProven, record::Reason};
use futures_util::future::BoxFuture;

use crate::observers::promotion::PromotionRequest;

/// Sends a request once, to where one configuration says.
pub type Deliver =
    Arc<dyn Fn(PromotionRequest) -> BoxFuture<'static, PromotionAnswer> + Send + Sync>;

/// The result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromotionAnswer {
    /// It is in the next environment's journal, now or since an earlier attempt.
    Taken {
        /// The deployment there, where the answer named it.
        id: Option<DeploymentId>,
        /// Its `status_url`.
        status_url: String,
    },
    /// The next environment requires proof that the digest lacks for now.
    NotProven(NotProven),
    /// It is refused permanently.
    Refused(Reason),
    /// There was no answer, or the answer asks for another attempt.
    Later {
        reason: Reason,
        /// The pause that the answer asks for.
        after: Option<Duration>,
    },
}

impl PromotionAnswer {
    /// It is refused permanently, in words that name nobody.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(Reason::stated(reason))
    }

    /// A retry may succeed.
    pub fn later(reason: impl Into<String>) -> Self {
        Self::Later { reason: Reason::stated(reason), after: None }
    }
}
