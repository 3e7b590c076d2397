//! How far a source was read is forgotten once nobody reads it: whoever names it again later wants
//! none of what came in between.

use std::time::Duration;

use boathook_core::{deployment::error_chain, rate::Backoff};
use tokio::time::sleep;
use tracing::warn;

use crate::journal::{Journal, StoreError};

/// Pauses while the journal cannot be written.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));

/// Forgets how far all other sources of a kind were read, whose names begin with `kind`; tries until
/// that is on disk.
pub async fn forget_others(journal: &Journal, kind: &str, kept: &[String]) {
    let mut backoff = BACKOFF;
    while let Err(error) = forget(journal, kind, kept).await {
        let pause = backoff.pause();
        if backoff.failures() == 1 {
            warn!(
                cause = error_chain(&error),
                "Failed to forget how far sources were read that nobody reads now"
            );
        }
        sleep(pause).await;
    }
}

async fn forget(journal: &Journal, kind: &str, kept: &[String]) -> Result<(), StoreError> {
    let known = journal.sources().await?;
    for source in known.iter().filter(|one| one.starts_with(kind) && !kept.contains(one)) {
        journal.forget_source(source).await?;
    }
    Ok(())
}
