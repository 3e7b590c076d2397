//! How a boathook comes to lead: it looks at the lease, takes it once it is free, and acts for as long
//! as it has it.

use std::{sync::Arc, time::Duration};

use boathook_core::deployment::error_chain;
use boathook_process::ProgramRunner;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    journal::{Journal, LEASE_LASTS, PostgresStore, StoreError},
    observers::metrics::Leadership,
    startup::{
        Acting,
        leadership::{LostLead, lead_guard::LeadGuard, term},
    },
};

/// How often the lease is looked at.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long releasing the lease may take; without that, it ends by itself.
const RELEASE_WITHIN: Duration = Duration::from_secs(5);

/// One boathook among several.
pub(in crate::startup) struct Election {
    pub store: Arc<PostgresStore>,
    pub journal: Journal,
    /// What starts its programs.
    pub runner: ProgramRunner,
    pub leadership: Leadership,
    pub stop: CancellationToken,
}

impl Election {
    /// Follows until this boathook leads, and acts then until it is stopped, when another may lead at
    /// once. An error ends the process: it has lost the lead, and its programs are killed.
    pub(in crate::startup) async fn run(self, acting: Acting) -> Result<(), LostLead> {
        let guard = tokio::select! {
            () = self.stop.cancelled() => {
                if self.store.leads() {
                    self.release().await;
                }
                return Ok(());
            }
            won = self.win() => won?,
        };
        let acted = tokio::select! {
            lost = term::keep(&self.store, &guard, &self.leadership) => return Err(lost),
            acted = self.act(acting) => acted,
        };
        self.release().await;
        drop(guard);
        acted
    }

    /// Waits until nobody else leads.
    async fn win(&self) -> Result<LeadGuard, LostLead> {
        let mut failed = false;
        loop {
            match self.try_to_win().await {
                Ok(Some(sent)) => return self.begin(sent),
                Ok(None) => failed = false,
                Err(error) if LostLead::is_final(&error) => return Err(LostLead::Unfit(error)),
                Err(error) if !failed => {
                    failed = true;
                    warn!(reason = error_chain(&error), "This boathook cannot see who leads");
                }
                Err(_) => {}
            }
            sleep(INTERVAL).await;
        }
    }

    /// Takes the lease if it is free, and says when it was renewed: taking it may have waited for
    /// others.
    async fn try_to_win(&self) -> Result<Option<Instant>, StoreError> {
        let store = Arc::clone(&self.store);
        let tried = spawn_blocking(move || {
            let leads = store.leads() || (store.lease()?.has_ended() && store.try_to_lead()?);
            if !leads {
                return Ok(None);
            }
            let sent = Instant::now();
            store.renew_lease()?;
            Ok(Some(sent))
        });
        tried.await.unwrap_or(Err(StoreError::Stopped))
    }

    fn begin(&self, renewed: Instant) -> Result<LeadGuard, LostLead> {
        let (store, runner) = (Arc::clone(&self.store), self.runner.clone());
        let stop = move || {
            // In this order: nothing is recorded of programs that were killed.
            store.stop_writing();
            runner.kill_all();
        };
        self.leadership.lead(renewed + LEASE_LASTS);
        LeadGuard::start(renewed + term::STOPS_AFTER, stop).map_err(LostLead::Thread)
    }

    async fn act(&self, acting: Acting) -> Result<(), LostLead> {
        self.journal.lead().await.map_err(LostLead::Unread)?;
        info!("This boathook leads from now on");
        acting.run().await;
        Ok(())
    }

    async fn release(&self) {
        let store = Arc::clone(&self.store);
        let released = spawn_blocking(move || store.release_lease());
        self.leadership.follow();
        match timeout(RELEASE_WITHIN, released).await {
            Ok(Ok(Ok(()))) => info!("Another boathook may lead now"),
            Ok(Ok(Err(error))) => {
                warn!(reason = error_chain(&error), "The lease was not released; it ends by itself")
            }
            Ok(Err(_)) | Err(_) => warn!("The lease was not released in time; it ends by itself"),
        }
    }
}
