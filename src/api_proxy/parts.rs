//! What the proxy is made of; the caller assembles it.

use std::{path::PathBuf, sync::Arc};

use boathook_core::{api_server::ProxyEvent, current::Current};
use boathook_process::Runner;

use crate::{cluster::Tools, redact::Redactor};

/// Takes what happens to the proxy; it may not wait.
pub type ProxyLog = Arc<dyn Fn(ProxyEvent) + Send + Sync>;

/// What it is made of.
pub struct ProxyParts {
    pub runner: Arc<dyn Runner>,
    /// Where kubectl is, and its environment; a proxy is replaced when they are.
    pub tools: Current<Tools>,
    /// The folder of its socket, which no other boathook uses.
    pub folder: PathBuf,
    /// Removes secrets from its error output.
    pub redactor: Redactor,
    /// Records each start and each end.
    pub log: ProxyLog,
}
