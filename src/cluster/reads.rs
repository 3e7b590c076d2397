//! What is shared by all reads of one API server.

use std::sync::Arc;

use boathook_core::api_server::ApiServer;

use crate::cluster::served_kinds::ServedKinds;

/// The API server, and what was learnt of its kinds; clones share both.
#[derive(Clone)]
pub struct Reads {
    api_server: Arc<dyn ApiServer>,
    pub(super) kinds: Arc<ServedKinds>,
}

impl Reads {
    /// Reads this API server.
    #[must_use]
    pub fn new(api_server: Arc<dyn ApiServer>) -> Self {
        Self { api_server, kinds: Arc::default() }
    }

    /// What is read.
    #[must_use]
    pub fn api_server(&self) -> &Arc<dyn ApiServer> {
        &self.api_server
    }
}
