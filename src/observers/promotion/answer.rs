//! What comes of sending a promotion once.

use std::{sync::Arc, time::Duration};

use boathook_core::{deployment::DeploymentId, failure};
use futures_util::future::BoxFuture;

use crate::observers::promotion::PromotionRequest;

/// Sends a request once, to wherever the configuration of the moment says.
pub type Deliver = Arc<dyn Fn(PromotionRequest) -> BoxFuture<'static, Answer> + Send + Sync>;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is in the next environment's journal, now or since an earlier attempt.
    Taken {
        /// The deployment there, where the answer named it.
        id: Option<DeploymentId>,
        /// Where that one is shown.
        status_url: String,
    },
    /// It will not be taken, however often it is sent.
    Refused(String),
    /// There was no answer, or the answer asks for another attempt.
    Later {
        reason: String,
        /// The pause that the answer asks for.
        after: Option<Duration>,
    },
}

impl Answer {
    /// Another try is worth it.
    pub fn later(reason: impl Into<String>) -> Self {
        Self::Later { reason: reason.into(), after: None }
    }

    /// What an error with this status code means. A lock (423) is lifted some time; the rest is as for every sender.
    #[must_use]
    pub fn to_error(status: u16, reason: String, after: Option<Duration>) -> Self {
        match status {
            423 => Self::Later { reason, after },
            _ if failure::of_status(status).is_transient() => Self::Later { reason, after },
            _ => Self::Refused(reason),
        }
    }
}
