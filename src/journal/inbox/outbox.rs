//! The follower's side: it puts requests in, many in one transaction, takes them back if nobody
//! answers, and hands answers on.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};
use tokio::{sync::oneshot, task::spawn_blocking};

use crate::journal::{
    InboxAnswer, Store, StoreError,
    inbox::{request::Request, waiting::Waiting},
    locked::locked,
    store::new_name,
};

/// How long a request waits for its answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long an answer waits for the records that it rests on, from when it was asked.
const LONGEST: Duration = Duration::from_secs(20);
/// How long the database may leave open what became of a request.
const UNANSWERED: Duration = Duration::from_secs(75);
/// The largest command: a bundle of 16 MiB with its headers, and what JSON adds.
const COMMAND_MAX: usize = 32 << 20;

/// What a follower has sent, and who waits for it.
pub(in crate::journal) struct Outbox {
    store: Arc<dyn Store>,
    /// What the rows of this process are known by.
    instance: String,
    waiting: Mutex<Waiting>,
}

/// Answers that were read, and are still to be given.
#[derive(Default)]
pub(in crate::journal) struct Answers(Vec<InboxAnswer>);

impl Outbox {
    pub(in crate::journal) fn new(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        Ok(Self { store, instance: new_name()?, waiting: Mutex::default() })
    }

    /// What the leader decides.
    pub(in crate::journal) async fn decision<T, E>(
        self: &Arc<Self>,
        request: Request,
    ) -> Result<T, E>
    where
        T: DeserializeOwned,
        E: DeserializeOwned + From<StoreError>,
    {
        let answer = self.ask(&request).await?;
        serde_json::from_str::<Result<T, E>>(&answer).unwrap_or_else(|error| {
            Err(StoreError::UnknownAnswer { source: Arc::new(error) }.into())
        })
    }

    async fn ask(self: &Arc<Self>, request: &impl Serialize) -> Result<String, StoreError> {
        let command = serde_json::to_string(request)
            .map_err(|error| StoreError::failed("write a request down", error))?;
        if command.len() > COMMAND_MAX {
            return Err(StoreError::TooLarge { max: COMMAND_MAX });
        }
        let (reply, answer) = oneshot::channel();
        let is_served = {
            let mut waiting = locked(&self.waiting);
            waiting.add(command, reply, PATIENCE)?;
            std::mem::replace(&mut waiting.is_served, true)
        };
        if !is_served {
            let sender = Sender(Arc::clone(self));
            spawn_blocking(move || sender.run());
        }
        answer.await.unwrap_or(Err(StoreError::Stopped))
    }

    /// Whether nobody waits for an answer.
    pub(in crate::journal) fn is_empty(&self) -> bool {
        locked(&self.waiting).is_empty()
    }

    /// Reads the answers that have come, and takes back what has waited too long. Blocks.
    pub(in crate::journal) fn poll(&self) -> Result<Answers, StoreError> {
        if self.is_empty() {
            return Ok(Answers::default());
        }
        let polled = self.take_back().and_then(|()| self.store.inbox_answers(&self.instance));
        if polled.is_err() {
            self.give_up();
        }
        polled.map(Answers)
    }

    /// A request that was answered is not taken back: its answer is read.
    fn take_back(&self) -> Result<(), StoreError> {
        let overdue = locked(&self.waiting).overdue(PATIENCE);
        if overdue.is_empty() {
            return Ok(());
        }
        let taken = self.store.take_back(&self.instance, &overdue)?;
        let mut superfluous = Vec::new();
        {
            let mut waiting = locked(&self.waiting);
            for id in taken {
                if waiting.is_in(&id) {
                    superfluous.push(id.clone());
                }
                waiting.reply(&id, Err(StoreError::NoAnswer));
            }
        }
        self.remove(&superfluous)
    }

    /// While the database says nothing, nobody knows what became of those that waited too long.
    fn give_up(&self) {
        let mut waiting = locked(&self.waiting);
        for id in waiting.waited(UNANSWERED) {
            waiting.reply(&id, Err(StoreError::Unanswered));
        }
    }

    /// Hands answers on, and removes their rows. Those that rest on records which this process has not
    /// read up to `last` wait for them, but not for ever. Blocks.
    pub(in crate::journal) fn give(&self, answers: Answers, last: u64) -> Result<(), StoreError> {
        let Answers(answers) = answers;
        let mut ids = Vec::new();
        {
            let mut waiting = locked(&self.waiting);
            let overdue = waiting.waited(LONGEST);
            for InboxAnswer { id, answer, sequence } in answers {
                if sequence <= last || overdue.contains(&id) {
                    waiting.reply(&id, Ok(answer));
                    ids.push(id);
                }
            }
        }
        self.remove(&ids)
    }

    fn remove(&self, ids: &[String]) -> Result<(), StoreError> {
        if ids.is_empty() { Ok(()) } else { self.store.remove_from_inbox(ids) }
    }
}

/// The task that puts requests in, until there are none.
struct Sender(Arc<Outbox>);

impl Sender {
    fn run(self) {
        loop {
            let requests = {
                let mut waiting = locked(&self.0.waiting);
                let requests = waiting.next_unsent();
                waiting.is_served = !requests.is_empty();
                requests
            };
            if requests.is_empty() {
                return;
            }
            let put = self.0.store.put_into_inbox(&self.0.instance, &requests);
            locked(&self.0.waiting).note_put(&requests, &put);
        }
    }
}

impl Drop for Sender {
    /// Also after a panic, so that the next request is sent.
    fn drop(&mut self) {
        if std::thread::panicking() {
            locked(&self.0.waiting).is_served = false;
        }
    }
}
