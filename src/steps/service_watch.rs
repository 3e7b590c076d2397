//! The kubectl that watches a service across steps.

use std::sync::Arc;

use boathook_core::deployment::ServiceKey;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Fuse, FusedFuture},
};
use tokio::{
    sync::{Mutex, MutexGuard, mpsc},
    time::Instant,
};

use crate::cluster::{Cluster, ClusterError, Service, WatchEvents};

/// The most lines of watch output to hold; kubectl waits while the buffer is full.
const LINES: usize = 256;

/// The watch on a deployment's service. One kubectl runs across steps; its output between two steps
/// is read by the next.
///
/// kubectl is started by the first step that needs it.
#[derive(Default)]
pub struct ServiceWatch(Mutex<Run>);

/// A kubectl watch, running or ended.
pub(super) struct Run {
    pub(super) ends: Fuse<BoxFuture<'static, Result<(), ClusterError>>>,
    pub(super) lines: mpsc::Receiver<String>,
    pub(super) drained: bool,
    pub(super) events: WatchEvents,
    /// When the service has to be read, because kubectl has printed one line only.
    pub(super) unsure_until: Option<Instant>,
    /// The service as it was last seen.
    pub(super) last: Option<Arc<Service>>,
}

impl ServiceWatch {
    /// The watch, for one reader at a time.
    pub(super) async fn lock(&self) -> MutexGuard<'_, Run> {
        self.0.lock().await
    }

    /// Ends kubectl while nobody watches; the next step that watches starts another.
    pub(crate) async fn rest(&self) {
        *self.0.lock().await = Run::default();
    }
}

impl Run {
    pub(super) fn start(cluster: &Cluster, service: &ServiceKey) -> Self {
        let cluster = cluster.clone();
        let service = service.clone();
        let (sender, lines) = mpsc::channel(LINES);
        let ends: BoxFuture<'static, _> =
            Box::pin(async move { cluster.watch_service(&service, sender).await });
        Self { ends: ends.fuse(), lines, drained: false, ..Self::default() }
    }

    pub(super) fn is_over(&self) -> bool {
        self.drained && self.ends.is_terminated()
    }
}

/// A watch that has ended.
impl Default for Run {
    fn default() -> Self {
        let (_, lines) = mpsc::channel(1);
        Self {
            ends: Fuse::terminated(),
            lines,
            drained: true,
            events: WatchEvents::default(),
            unsure_until: None,
            last: None,
        }
    }
}
