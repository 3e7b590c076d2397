//! Notifications go by the receivers of the moment: where a reload brings others, the telling begins again from each one's place.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{config::Receiver, observers::notify::Notifier, startup::snapshot::Snapshot};

/// Notifies the current receivers until it is stopped.
pub(super) async fn tell(mut notifier: Notifier, mut now: watch::Receiver<Arc<Snapshot>>, stop: CancellationToken) {
    loop {
        let receivers = Arc::clone(&now.borrow_and_update().receivers);
        tokio::select! {
            () = stop.cancelled() => return,
            never = notifier.tell(&receivers) => match never {},
            () = others(&mut now, &receivers) => notifier.begin_anew(),
        }
    }
}

/// Returns when there are other receivers than these.
async fn others(now: &mut watch::Receiver<Arc<Snapshot>>, receivers: &Arc<Vec<Receiver>>) {
    if now.wait_for(|snapshot| snapshot.receivers != *receivers).await.is_err() {
        // Nobody can bring others any more.
        std::future::pending().await
    }
}
