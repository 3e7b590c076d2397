//! Pulls on this node what the boathook that leads asks for, one image after another.

use std::{error::Error, sync::Arc, time::Duration};

use boathook_core::{
    clock::Clock,
    deployment::{DeploymentId, ImageRef},
    rate::Backoff,
    rollout::PullResult,
};
use tokio::{
    task::spawn_blocking,
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    engine::Engine,
    journal::{PostgresStore, StoreError},
    observers::audit::Refusals,
};

/// How often the database is asked.
const INTERVAL: Duration = Duration::from_secs(1);
/// Pauses while an answer cannot be written.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(10));
/// How often that is tried; the one who asked does not wait longer than a pull may take.
const TRIES: u32 = 20;

/// What pulling takes.
pub(super) struct PullingForOthers {
    pub store: Arc<PostgresStore>,
    pub engine: Engine,
    /// Where each pull has its line.
    pub refusals: Refusals,
    pub clock: Clock,
}

impl PullingForOthers {
    /// Pulls until it is stopped; a pull that is cut off is begun anew by the next start.
    pub async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.keep_pulling()).await;
    }

    async fn keep_pulling(&self) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let store = Arc::clone(&self.store);
            match blocking(move || store.pulls_to_do()).await {
                Ok(pulls) => {
                    for (deployment, image) in pulls {
                        self.pull(&deployment, &image).await;
                    }
                }
                // That the database is away is said by those who need it more.
                Err(error) => {
                    debug!(error = &error as &dyn Error, "Failed to read what to pull for others");
                }
            }
        }
    }

    async fn pull(&self, deployment: &DeploymentId, image: &ImageRef) {
        let result = self.engine.pull_for_another(deployment, image).await;
        self.refusals.note_pull(self.clock.now(), deployment, image, &result);
        info!(deployment.id = %deployment, %image, succeeded = result.succeeded, "Pulled for the boathook that leads");
        if let Err(error) = self.answer(deployment, image, &result).await {
            warn!(deployment.id = %deployment, error = &error as &dyn Error, "Failed to say how a pull for another node ended");
        }
    }

    async fn answer(
        &self,
        deployment: &DeploymentId,
        image: &ImageRef,
        result: &PullResult,
    ) -> Result<(), StoreError> {
        let mut backoff = BACKOFF;
        let mut tries = 1;
        loop {
            let store = Arc::clone(&self.store);
            let deployment = deployment.clone();
            let image = image.clone();
            let result = result.clone();
            let noted = blocking(move || store.note_pulled(&deployment, &image, &result)).await;
            if noted.is_ok() || tries == TRIES {
                return noted;
            }
            tries += 1;
            sleep(backoff.pause()).await;
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    spawn_blocking(work).await.unwrap_or(Err(StoreError::Stopped))
}
