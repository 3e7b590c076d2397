//! Notifications go to the current receivers: if a reload changes them, sending restarts from each
//! receiver's position.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    observers::notify::Notifier,
    startup::snapshot::{Snapshot, changed},
};

/// Notifies the current receivers until it is stopped.
pub(super) async fn run(
    mut notifier: Notifier,
    mut now: watch::Receiver<Arc<Snapshot>>,
    stop: CancellationToken,
) {
    loop {
        let receivers = Arc::clone(&now.borrow_and_update().receivers);
        tokio::select! {
            () = stop.cancelled() => return,
            never = notifier.notify(&receivers) => match never {},
            () = changed(&mut now, |snapshot| snapshot.receivers != receivers) => notifier.restart(),
        }
    }
}
