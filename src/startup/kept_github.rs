//! The one client of GitHub. Whoever asks GitHub shares it, because GitHub's limits belong to the
//! credential; a reload that changes neither address nor credential leaves it as it is.

use std::sync::{Arc, Mutex, PoisonError};

use boathook_core::clock::Clock;

use crate::{
    github::{Credential, GitHub, Transport},
    startup::github_settings::GitHubSettings,
};

/// The client that is kept. Clones share it.
#[derive(Clone)]
pub struct KeptGitHub {
    transport: Arc<dyn Transport>,
    clock: Clock,
    kept: Arc<Mutex<Option<Kept>>>,
}

struct Kept {
    api: String,
    credential: Credential,
    client: GitHub,
}

impl KeptGitHub {
    pub(super) fn new(transport: Arc<dyn Transport>, clock: Clock) -> Self {
        Self { transport, clock, kept: Arc::default() }
    }

    /// The client that the settings mean, if there is something to sign in with.
    pub(super) fn client(&self, settings: &GitHubSettings) -> Option<GitHub> {
        let GitHubSettings { api, credential, .. } = settings;
        let credential = credential.as_ref()?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let same = kept.as_ref().filter(|kept| kept.api == *api && kept.credential == *credential);
        if let Some(Kept { client, .. }) = same {
            return Some(client.clone());
        }
        let transport = Arc::clone(&self.transport);
        let clock = self.clock.clone();
        let client = GitHub::new(api.clone(), credential.clone(), transport, clock);
        let api = api.clone();
        let credential = credential.clone();
        *kept = Some(Kept { api, credential, client: client.clone() });
        Some(client)
    }
}
