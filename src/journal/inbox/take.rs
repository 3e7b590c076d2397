//! The leader's side: it takes the requests that wait, in order, and has them decided with what
//! waits here.

use std::{
    collections::HashSet,
    sync::{Arc, Weak},
    time::Duration,
};

use boathook_core::deployment::error_chain;
use futures_util::future::join_all;
use tokio::{
    sync::oneshot,
    task::spawn_blocking,
    time::{Instant, timeout},
};
use tracing::{info, warn};

use crate::journal::{
    Notices, PostgresError, StoreError, inbox::request::Request, store::inbox::WaitingRequest,
    writer::shared::Shared,
};

/// How often the leader reads requests that nobody announced.
const INTERVAL: Duration = Duration::from_secs(1);
/// How often it removes what processes left behind that are gone.
const TIDIED: Duration = Duration::from_secs(600);

/// A request, and what it asks; none if this version cannot read it.
type Read = (WaitingRequest, Option<Request>);

/// Takes requests until the journal is dropped; only where several boathooks share the record.
pub(in crate::journal) fn begin(shared: &Arc<Shared>) {
    if let Some(notices) = shared.store.notices() {
        tokio::spawn(run(Arc::downgrade(shared), notices));
    }
}

async fn run(shared: Weak<Shared>, mut notices: Notices) {
    let mut taking = Taking::default();
    loop {
        // The journal is closed when its last handle is dropped: this task holds none while it waits.
        let Some(shared) = shared.upgrade() else { return };
        let taken = taking.take(&shared).await;
        taking.note(&taken);
        taking.tidy(&shared).await;
        drop(shared);
        let _ = timeout(INTERVAL, notices.inbox()).await;
    }
}

#[derive(Default)]
struct Taking {
    /// Requests that this version cannot read; each is logged once.
    unreadable: HashSet<String>,
    /// Requests whose batch failed: each is tried alone, so that it holds up no other.
    suspected: HashSet<String>,
    failed: bool,
    tidied: Option<Instant>,
}

impl Taking {
    /// All that wait now. What could not be written stays, and is taken again.
    async fn take(&mut self, shared: &Arc<Shared>) -> Result<(), StoreError> {
        let mut after = 0;
        let mut unreadable = HashSet::new();
        let mut suspected = HashSet::new();
        loop {
            let requests = read(shared, after).await?;
            let Some((last, _)) = requests.last() else { break };
            after = last.number;
            let mut together = Vec::new();
            let mut alone = Vec::new();
            for (WaitingRequest { id, .. }, request) in requests {
                match request {
                    None => drop(unreadable.insert(id)),
                    Some(request) if self.suspected.contains(&id) => alone.push((id, request)),
                    Some(request) => together.push((id, request)),
                }
            }
            suspected.extend(try_together(shared, together).await);
            for one in alone {
                suspected.extend(try_together(shared, vec![one]).await);
            }
        }
        for id in unreadable.difference(&self.unreadable) {
            warn!(
                request.id = id,
                "A request in the inbox is left alone: this version cannot read it"
            );
        }
        (self.unreadable, self.suspected) = (unreadable, suspected);
        Ok(())
    }

    fn note(&mut self, taken: &Result<(), StoreError>) {
        match taken {
            Ok(()) if self.failed => info!("The inbox can be read again"),
            Err(error) if !self.failed => {
                let reason = error_chain(error);
                warn!(reason, "The inbox cannot be read; what other boathooks ask waits");
            }
            Ok(()) | Err(_) => {}
        }
        self.failed = taken.is_err();
    }

    /// Removes what processes left behind that are gone. That it failed shows elsewhere.
    async fn tidy(&mut self, shared: &Arc<Shared>) {
        if self.tidied.is_some_and(|at| at.elapsed() < TIDIED) {
            return;
        }
        self.tidied = Some(Instant::now());
        let store = Arc::clone(&shared.store);
        let _ = spawn_blocking(move || store.remove_old_requests()).await;
    }
}

/// Has the requests decided in one batch, if they fit; returns those whose batch failed. That one of
/// them was taken back is no failure: the others are decided the next time.
async fn try_together(shared: &Arc<Shared>, requests: Vec<(String, Request)>) -> Vec<String> {
    let mut queued = Vec::new();
    let mut trying = Vec::new();
    for (id, request) in requests {
        let (tried, is_tried) = oneshot::channel();
        queued.push(request.queued(id.clone(), tried));
        trying.push(async move { (id, is_tried.await) });
    }
    shared.submit_all(queued).await;
    let failed = join_all(trying).await.into_iter().filter(|(_, tried)| match tried {
        Ok(Ok(()) | Err(StoreError::Postgres(PostgresError::TakenBack { .. }))) => false,
        Ok(Err(_)) | Err(_) => true,
    });
    failed.map(|(id, _)| id).collect()
}

async fn read(shared: &Arc<Shared>, after: u64) -> Result<Vec<Read>, StoreError> {
    let store = Arc::clone(&shared.store);
    let reading = spawn_blocking(move || {
        let requests = store.waiting_requests(after)?.into_iter().map(|request| {
            let read = serde_json::from_str(&request.command).ok();
            (request, read)
        });
        Ok(requests.collect())
    });
    reading.await.unwrap_or(Err(StoreError::Stopped))
}
