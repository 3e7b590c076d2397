//! The follower's task: it reads what the leader wrote, and hands the leader's answers on after that,
//! so that who has an answer finds here what it rests on.

use std::{
    future::pending,
    sync::{Arc, Weak},
    time::Duration,
};

use boathook_core::deployment::error_chain;
use tokio::{task::spawn_blocking, time::timeout};
use tracing::{info, warn};

use crate::journal::{
    Notices, StoreError,
    inbox::outbox::Outbox,
    writer::shared::{Role, Shared},
};

/// How often a follower looks for records that nobody announced.
const INTERVAL: Duration = Duration::from_secs(1);

/// Follows the leader until the journal is dropped, or this boathook leads itself.
pub(in crate::journal) fn begin(shared: &Arc<Shared>, outbox: &Arc<Outbox>) {
    let notices = shared.store.notices();
    tokio::spawn(run(Arc::downgrade(shared), Arc::downgrade(outbox), notices));
}

async fn run(shared: Weak<Shared>, outbox: Weak<Outbox>, mut notices: Option<Notices>) {
    let mut failed = false;
    loop {
        // The journal is closed when its last handle is dropped: this task holds none while it waits.
        let (Some(shared), Some(outbox)) = (shared.upgrade(), outbox.upgrade()) else { return };
        // Also one that leads by now may wait for answers to what it asked before.
        if shared.role() == Role::Follows || !outbox.is_empty() {
            // A panic is logged, and the next poll begins anew.
            if let Ok(polled) = spawn_blocking(move || poll(&shared, &outbox)).await {
                note(&polled, failed);
                failed = polled.is_err();
            }
        } else {
            drop((shared, outbox));
        }
        let announced = async {
            match &mut notices {
                Some(notices) => notices.records().await,
                None => pending().await,
            }
        };
        let _ = timeout(INTERVAL, announced).await;
    }
}

fn note(polled: &Result<(), StoreError>, failed: bool) {
    match polled {
        Ok(()) if failed => info!("The record can be read again; this boathook follows it"),
        Err(error) if !failed => {
            let reason = error_chain(error);
            warn!(reason, "The record cannot be read; what this boathook shows is as old as that");
        }
        Ok(()) | Err(_) => {}
    }
}

/// Takes in what the leader has written, and hands on the answers that were there before. Blocks.
fn poll(shared: &Shared, outbox: &Outbox) -> Result<(), StoreError> {
    let answers = outbox.poll();
    let caught_up = shared.catch_up();
    outbox.give(answers?, shared.live().last)?;
    caught_up
}
