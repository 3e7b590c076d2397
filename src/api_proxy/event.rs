//! What happens to the proxy itself, for whoever keeps a record of it.

use std::{sync::Arc, time::Duration};

/// Takes what happens; it may not wait.
pub type ProxyLog = Arc<dyn Fn(ProxyEvent) + Send + Sync>;

/// A start or an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyEvent {
    /// It is about to be started.
    Started {
        /// The whole argument list.
        argv: Vec<String>,
    },
    /// It ended.
    Ended {
        /// How.
        exit: String,
        /// How long it ran.
        duration: Duration,
        /// Why boathook ended it; none if it ended by itself.
        reason: Option<&'static str>,
        /// The end of its error output if it ended by itself, without secrets.
        stderr: String,
    },
}
