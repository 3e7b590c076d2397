//! A boathook that may die after every record of its journal, and is started again. Holds no test.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use boathook_core::{
    deployment::DeploymentId,
    record::{CommandEvent, Event, Record, StepEvent},
};
use tokio::{
    sync::broadcast::Receiver,
    time::{Instant, timeout_at},
};

use crate::support::promotion_harness::Chain;

/// Nothing takes so long that does not hang.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long after a record a condition is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// After so long without a record it is looked at as well.
const SILENCE: Duration = Duration::from_secs(10 * 60);

pub struct Life {
    chain: Option<Chain>,
    records: Receiver<Arc<Record>>,
    deaths: Option<Deaths>,
}

/// After what it has died.
#[derive(Default)]
struct Deaths {
    after: HashSet<String>,
    /// What each deployment is at.
    at: HashMap<DeploymentId, String>,
}

impl Life {
    pub fn new(chain: Chain) -> Self {
        let records = chain.parts.journal().subscribe();
        Self { chain: Some(chain), records, deaths: None }
    }

    /// It dies after every record, once each: what is recorded again in a later life is no new one.
    pub fn dying_after_every_record(chain: Chain) -> Self {
        Self { deaths: Some(Deaths::default()), ..Self::new(chain) }
    }

    pub fn chain(&self) -> &Chain {
        self.chain.as_ref().unwrap()
    }

    /// How often it has died.
    pub fn deaths(&self) -> usize {
        self.deaths.as_ref().map_or(0, |deaths| deaths.after.len())
    }

    /// Time goes on.
    pub async fn passes(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Ok(next) = timeout_at(end, self.records.recv()).await {
            self.lives_on(next.ok()).await;
        }
    }

    /// Time goes on until it is so.
    pub async fn until<T>(&mut self, what: &str, find: impl AsyncFn(&Chain) -> Option<T>) -> T {
        let give_up = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = find(self.chain()).await {
                return found;
            }
            assert!(Instant::now() < give_up, "{what}, but {:#?}", self.chain().all().await);
            self.until_recorded().await;
            self.passes(LOOK).await;
        }
    }

    /// Time goes on until something is recorded, or for long enough.
    async fn until_recorded(&mut self) {
        let begun = Instant::now();
        if let Ok(next) = timeout_at(begun + SILENCE, self.records.recv()).await {
            self.lives_on(next.ok()).await;
        }
    }

    /// It dies after a record after which it has not died yet.
    async fn lives_on(&mut self, record: Option<Arc<Record>>) {
        let deaths = self.deaths.as_mut();
        if deaths.zip(record).is_some_and(|(deaths, record)| deaths.is_new(&record)) {
            self.die().await;
        }
    }

    async fn die(&mut self) {
        if let Some(chain) = self.chain.take() {
            let chain = chain.killed().await;
            self.records = chain.parts.journal().subscribe();
            self.chain = Some(chain);
        }
    }
}

impl Deaths {
    /// Whether it has not died after such a record yet.
    fn is_new(&mut self, record: &Record) -> bool {
        let what = match &record.event {
            Event::Step(StepEvent::StepStarted { step }) => step.clone(),
            Event::Command(CommandEvent::CommandStarted { argv, .. }) => argv.join(" "),
            _ => String::new(),
        };
        let at = self.at.entry(record.deployment.clone()).or_default();
        if !what.is_empty() {
            at.clone_from(&what);
        }
        self.after.insert(format!("{} {} {at}", record.deployment, record.event.name()))
    }
}
