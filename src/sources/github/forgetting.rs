//! How far a repository was read is forgotten once nobody watches it: whoever names it again later
//! wants none of what was deployed in between.

use std::time::Duration;

use boathook_core::{deployment::error_chain, rate::Backoff};
use tokio::time::sleep;
use tracing::warn;

use crate::{
    intake::github::{SOURCES, Watched},
    journal::{Journal, StoreError},
};

/// Pauses while the journal cannot be written.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Forgets how far all other repositories were read; tries until that is on disk.
pub async fn forget_others(journal: &Journal, watched: &[Watched]) {
    let mut backoff = Backoff::new(PAUSES.0, PAUSES.1);
    while let Err(error) = forget(journal, watched).await {
        let pause = backoff.pause();
        if backoff.failures() == 1 {
            warn!(
                cause = error_chain(&error),
                "Failed to forget how far repositories on GitHub were read that nobody watches now"
            );
        }
        sleep(pause).await;
    }
}

async fn forget(journal: &Journal, watched: &[Watched]) -> Result<(), StoreError> {
    let known = journal.sources().await?;
    let is_other = |source: &&String| {
        source.starts_with(SOURCES) && !watched.iter().any(|one| one.source() == **source)
    };
    for source in known.iter().filter(is_other) {
        journal.forget_source(source).await?;
    }
    Ok(())
}
