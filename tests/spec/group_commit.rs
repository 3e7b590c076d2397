//! Group commit: what waits together is written together, and nobody waits for ever.

use std::{
    future::ready,
    pin::pin,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
};

use boathook::{
    clock::Clock,
    deployment::{Environment, Identity, JobId, ServiceKey},
    journal::{AcceptError, Accepted, Batch, Filter, Journal, Record, SqliteStore, Store, StoreError, Success, Summary},
};
use futures_util::future::join_all;

use crate::{
    samples::{QUEUE, acceptance},
    state_dir::StateDir,
};

/// A store whose next write waits for leave.
struct Gate {
    store: SqliteStore,
    leave: Mutex<Receiver<Leave>>,
    /// How many records each transaction had.
    written: Mutex<Vec<usize>>,
}

enum Leave {
    Write,
    Panic,
}

impl Store for Gate {
    fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        let leave = self.leave.lock().unwrap().recv();
        if matches!(leave, Ok(Leave::Panic)) {
            std::panic::resume_unwind(Box::new("as told"));
        }
        self.written.lock().unwrap().push(batch.records.len());
        self.store.write(batch)
    }

    fn check(&self) -> Result<(), StoreError> {
        self.store.check()
    }

    fn last_sequence(&self) -> Result<u64, StoreError> {
        self.store.last_sequence()
    }

    fn live(&self) -> Result<Vec<JobId>, StoreError> {
        self.store.live()
    }

    fn find(&self, identity: &Identity) -> Result<Option<Summary>, StoreError> {
        self.store.find(identity)
    }

    fn summary(&self, job: &JobId) -> Result<Option<Summary>, StoreError> {
        self.store.summary(job)
    }

    fn record(&self, sequence: u64) -> Result<Option<Record>, StoreError> {
        self.store.record(sequence)
    }

    fn records(&self, job: &JobId, after: u64) -> Result<Vec<Record>, StoreError> {
        self.store.records(job, after)
    }

    fn list(&self, filter: &Filter) -> Result<Vec<Summary>, StoreError> {
        self.store.list(filter)
    }

    fn last_success(&self, environment: Environment, service: &ServiceKey) -> Result<Option<Success>, StoreError> {
        self.store.last_success(environment, service)
    }
}

/// A journal whose store writes only with leave.
fn gated(dir: &StateDir) -> (Journal, Arc<Gate>, Sender<Leave>) {
    let (leave, asked) = channel();
    let store = Arc::new(Gate { store: dir.try_store().unwrap(), leave: Mutex::new(asked), written: Mutex::default() });
    (Journal::open(Arc::clone(&store) as _, Clock::system()).unwrap(), store, leave)
}

async fn ask(journal: &Journal, count: u32) -> Vec<Result<Accepted, AcceptError>> {
    join_all((0..count).map(|number| journal.accept(acceptance("game", &number.to_string()), QUEUE))).await
}

#[tokio::test]
async fn what_waits_while_the_disk_is_written_is_written_together() {
    let dir = StateDir::new();
    let (journal, store, leave) = gated(&dir);
    let mut first = pin!(ask(&journal, 1));
    let mut rest = pin!(ask(&journal, 50));
    tokio::select! {
        biased;
        _ = &mut first => panic!("told before it was written"),
        _ = &mut rest => panic!("told before it was written"),
        () = ready(()) => {}
    }
    // The leader may have begun with the first alone, or found more waiting; it never needs more than one further transaction.
    leave.send(Leave::Write).unwrap();
    leave.send(Leave::Write).unwrap();

    let (first, rest) = (first.await, rest.await);
    assert!(first.into_iter().chain(rest).all(|accepted| accepted.is_ok()));
    let written = store.written.lock().unwrap();
    assert!(written.len() <= 2, "{written:?}");
    assert_eq!(written.iter().sum::<usize>(), 50);
}

#[tokio::test]
async fn a_writer_that_comes_to_grief_lets_its_callers_go_and_the_next_one_writes() {
    let dir = StateDir::new();
    let (journal, _store, leave) = gated(&dir);
    leave.send(Leave::Panic).unwrap();
    assert!(matches!(ask(&journal, 1).await[..], [Err(AcceptError::Store(StoreError::Stopped))]));
    assert!(journal.live().is_empty());

    leave.send(Leave::Write).unwrap();
    assert!(matches!(ask(&journal, 1).await[..], [Ok(Accepted::New(_))]));
}
