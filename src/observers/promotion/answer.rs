//! What comes of sending a promotion once.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{deployment::JobId, observers::promotion::Letter};

/// Sends a letter once, to wherever the configuration of the moment says.
pub type Deliver = Arc<dyn Fn(Letter) -> BoxFuture<'static, Answer> + Send + Sync>;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It stands in the next environment's journal, now or since an earlier try.
    Taken {
        /// The deployment there, where the answer named it.
        job: Option<JobId>,
        /// Where that one is shown.
        status_url: String,
    },
    /// It will not be taken, however often it is sent.
    Refused(String),
    /// Nobody answered, or asked for another try.
    Later(String),
}

impl Answer {
    /// What an error with this status code means: 408, 423, 429 and whatever is not the sender's fault may pass.
    #[must_use]
    pub fn to_error(status: u16, reason: String) -> Self {
        match status {
            408 | 423 | 429 => Self::Later(reason),
            400..=499 => Self::Refused(reason),
            _ => Self::Later(reason),
        }
    }
}
