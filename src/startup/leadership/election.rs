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
    journal::{Journal, PostgresStore, StoreError},
    observers::metrics::Leadership,
    startup::{
        Acting,
        leadership::{
            LostLead,
            lead_guard::LeadGuard,
            term::{self, Term},
        },
    },
};

/// How often the lease is read, if nothing is heard of its end.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long an attempt to lead may still take once boathook is asked to stop.
const ATTEMPT_ENDS_WITHIN: Duration = Duration::from_secs(3);
/// How long releasing the lease may take; without that, it ends by itself.
const RELEASE_WITHIN: Duration = Duration::from_secs(5);
/// How long the record may be unreadable for the one that has just won; then another one tries.
const READ_WITHIN: Duration = Duration::from_secs(30);
const READ_PAUSE: Duration = Duration::from_millis(100);

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
        let Some(guard) = self.win().await? else {
            if self.store.leads() {
                self.release().await;
            }
            return Ok(());
        };
        let programs = self.runner.within();
        let acted = tokio::select! {
            lost = term::keep(self.term(), &guard) => return Err(lost),
            acted = self.act(acting.with_runner(Arc::new(programs.clone()))) => acted,
        };
        if acted.is_err() || acted.as_ref().is_ok_and(|is_quiet| !is_quiet) {
            // Nothing of this process acts once another leads. It may still answer.
            programs.kill_all();
        }
        if !self.release().await {
            // It may hang where only its end helps.
            guard.lose();
        }
        acted.map(drop)
    }

    /// Waits until nobody else leads; nothing if boathook is asked to stop.
    async fn win(&self) -> Result<Option<LeadGuard>, LostLead> {
        let mut notices = self.store.announced();
        let mut failed = false;
        loop {
            let stopped = async {
                self.stop.cancelled().await;
                sleep(ATTEMPT_ENDS_WITHIN).await;
            };
            let tried = tokio::select! {
                tried = self.try_to_win() => tried,
                () = stopped => return Ok(None),
            };
            if self.stop.is_cancelled() {
                return Ok(None);
            }
            match tried {
                Ok(Some(sent)) => return self.begin(sent).map(Some),
                Ok(None) => failed = false,
                Err(error) if LostLead::is_final(&error) => return Err(LostLead::Unfit(error)),
                Err(error) => {
                    if !failed {
                        warn!(reason = error_chain(&error), "This boathook cannot see who leads");
                    }
                    failed = true;
                }
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = sleep(INTERVAL) => {}
                () = notices.lead() => {}
            }
        }
    }

    /// Takes the lease if it is free, and says when it was renewed: taking it may have waited for
    /// others.
    async fn try_to_win(&self) -> Result<Option<Instant>, StoreError> {
        let store = Arc::clone(&self.store);
        let tried = spawn_blocking(move || {
            let leads = store.leads() || (store.may_lead()? && store.try_to_lead()?);
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
        let store = Arc::clone(&self.store);
        let runner = self.runner.clone();
        let stop = move || {
            // In this order: nothing is recorded of programs that were killed.
            store.stop_writing();
            runner.kill_all();
        };
        let guard = LeadGuard::start(renewed + term::STOPS_AFTER, stop);
        let guard = guard.map_err(LostLead::Thread)?;
        term::note_renewal(self.term(), &guard, renewed);
        Ok(guard)
    }

    const fn term(&self) -> Term<'_> {
        let Self { store, runner, leadership, .. } = self;
        Term { store, runner, leadership }
    }

    /// Whether everything has ended that acted.
    async fn act(&self, acting: Acting) -> Result<bool, LostLead> {
        let until = Instant::now() + READ_WITHIN;
        while let Err(error) = self.journal.lead().await {
            if Instant::now() > until || LostLead::is_final(&error) {
                return Err(LostLead::Unread(error));
            }
            sleep(READ_PAUSE).await;
        }
        info!("This boathook leads from now on");
        Ok(acting.run().await)
    }

    /// Whether it is known what became of it.
    async fn release(&self) -> bool {
        let store = Arc::clone(&self.store);
        let released = spawn_blocking(move || store.release_lease());
        self.leadership.follow();
        match timeout(RELEASE_WITHIN, released).await {
            Ok(Ok(Ok(()))) => info!("Another boathook may lead now"),
            Ok(Ok(Err(error))) => {
                warn!(reason = error_chain(&error), "The lease was not released; it ends by itself")
            }
            Ok(Err(_)) | Err(_) => {
                warn!("The lease was not released in time; it ends by itself");
                return false;
            }
        }
        true
    }
}
