//! Follows the journal, counts its records, and writes the page for scrapers.

use std::{
    collections::BTreeMap,
    error::Error,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use boathook_core::{deployment::Environment, record::Status};
use jiff::Timestamp;
use tokio::{sync::watch, task::spawn_blocking, time::timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    journal::{Commits, Journal, StoreError},
    observers::metrics::{
        Counters, Known, Leadership, RelayState, RepositoryState, counter::Counter, counts::Counts,
        disk, names, page::Page, process,
    },
};

/// Records that are read at once.
const BATCH: u32 = 256;
/// Records that arrive within this time are read together; a scrape counts them at once.
const TOGETHER: Duration = Duration::from_secs(1);
/// How long a scrape waits for a database; scrapers wait 10 s.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
/// The interval of retries if the journal cannot be read.
const PAUSE: Duration = Duration::from_secs(10);

/// The observer that counts records. Clones are cheap and share one count.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    journal: Journal,
    sources: Sources,
    began: Timestamp,
    counts: Mutex<Counts>,
}

/// What is shown besides the journal.
pub struct Sources {
    /// What others count.
    pub counters: Counters,
    /// Who leads of several boathooks.
    pub leadership: Leadership,
    /// The last record that the audit log has on disk.
    pub audited: watch::Receiver<u64>,
    pub state: PathBuf,
}

impl Metrics {
    /// Counts from now on; create it before anything new is accepted. `began` is when the program
    /// started.
    #[must_use]
    pub fn new(journal: Journal, sources: Sources, began: Timestamp) -> Self {
        let counts = Mutex::new(Counts::new(&journal));
        Self(Arc::new(Inner { journal, sources, began, counts }))
    }

    /// Counts new records until it is stopped, so that a scrape has little to do.
    pub async fn run(self, stop: CancellationToken) {
        let mut changes = self.0.journal.changes();
        loop {
            let counted = self.catch_up().await;
            if let Err(problem) = &counted {
                warn!(
                    error = problem as &dyn Error,
                    "The metrics wait for the journal, which cannot be read"
                );
            }
            let next = async {
                match counted {
                    Ok(()) => {
                        changes.next().await;
                        tokio::time::sleep(TOGETHER).await;
                    }
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = next => {}
            }
        }
    }

    /// The page, with everything that is in the journal by now. A database that is away is something to
    /// be seen, so the page then lacks what only that knows.
    pub async fn page(&self, known: &Known) -> Result<String, StoreError> {
        self.unless_away(self.catch_up()).await?;
        let mut page = Page::default();
        self.write_counts(known, &mut page);
        page.gauge(&names::IN_PROGRESS, self.in_progress(&known.environments));
        page.gauge(&names::QUEUE_LIMIT, [([], known.queue_limit as f64)]);
        let locks = self.0.journal.locks();
        let locked = locks.iter().map(|lock| lock.environment);
        page.gauge(&names::LOCKS, by_environment(&known.environments, locked));
        let holds = self.0.journal.holds();
        let held = holds.iter().map(|hold| hold.environment);
        page.gauge(&names::HELD, by_environment(&known.environments, held));
        let watched = self.0.journal.watched();
        let watched = watched.iter().map(|(_, one)| one.acceptance.request.environment);
        page.gauge(&names::WATCHED, by_environment(&known.environments, watched));
        if let Some(waiting) = self.unless_away(self.0.journal.to_promote_count()).await? {
            page.gauge(&names::TO_PROMOTE, to_promote(&known.environments, waiting));
        }
        self.write_counted(&mut page);
        write_ends(known, &mut page);
        let last = self.0.journal.last_sequence();
        let lag = last.saturating_sub(*self.0.sources.audited.borrow());
        page.gauge(&names::AUDIT_LAG, [([], lag as f64)]);
        self.0.sources.leadership.write(last, &mut page);
        let state = self.0.sources.state.clone();
        let written = page.clone();
        let seen = spawn_blocking(move || {
            let mut page = written;
            disk::write(&state, &mut page);
            process::write(&mut page);
            page
        });
        let mut page = seen.await.unwrap_or(page);
        page.gauge(&names::BUILD, [([env!("CARGO_PKG_VERSION").to_owned()], 1.0)]);
        page.gauge(&names::BEGAN, [([], self.0.began.as_duration().as_secs_f64())]);
        Ok(page.into_text())
    }

    /// Each repository on GitHub that boathook asks for deployments.
    #[must_use]
    pub fn repositories(&self) -> Vec<(String, RepositoryState)> {
        self.0.sources.counters.polls.repositories()
    }

    /// Each relay that boathook follows.
    #[must_use]
    pub fn relays(&self) -> Vec<(String, RelayState)> {
        self.0.sources.counters.relays.relays()
    }

    /// What is counted by now, and 0 for what never happened in an environment.
    fn write_counts(&self, known: &Known, page: &mut Page) {
        let mut counts = self.counts();
        counts.make_known(&known.environments);
        counts.write(page);
    }

    /// Counters that others keep.
    fn write_counted(&self, page: &mut Page) {
        let Counters { requests, deliveries, reports, proxy_ends, relays, polls } =
            &self.0.sources.counters;
        let requests = requests.counts().map(|(asked, became, count)| {
            ([asked.into_str().to_owned(), became.into_str().to_owned()], count)
        });
        page.counter(&Counter { name: names::REQUESTS, values: requests.collect() });
        let reported = deliveries
            .counts()
            .into_iter()
            .map(|((receiver, outcome), count)| ([receiver, outcome.into_str().to_owned()], count))
            .collect();
        page.counter(&Counter { name: names::NOTIFICATIONS, values: reported });
        let statuses = reports.counts().into_iter();
        let statuses = statuses.map(|(result, count)| ([result.into_str().to_owned()], count));
        page.counter(&Counter { name: names::GITHUB_STATUSES, values: statuses.collect() });
        let ends = proxy_ends.counts().map(|(by, count)| ([by.to_owned()], count));
        page.counter(&Counter { name: names::PROXY_ENDS, values: BTreeMap::from(ends) });
        page.counter(&Counter { name: names::RELAY_EVENTS, values: relays.events() });
        page.gauge(&names::RELAY_CONNECTED, relays.connected());
        page.counter(&Counter { name: names::GITHUB_POLLS, values: polls.polls() });
        page.gauge(&names::GITHUB_READ_AT, polls.read_at());
        page.counter(&Counter { name: names::GITHUB_DEPLOYMENTS, values: polls.deployments() });
        let Commits { durations, failed } = self.0.journal.commits();
        page.durations(&names::COMMITS, &durations);
        page.counter(&Counter {
            name: names::FAILED_COMMITS,
            values: BTreeMap::from([([], failed)]),
        });
    }

    /// What the journal answers; none if it is in a database that does not answer in time.
    async fn unless_away<T>(
        &self,
        asked: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<Option<T>, StoreError> {
        if !self.0.sources.leadership.is_shared() {
            return asked.await.map(Some);
        }
        Ok(timeout(ANSWERS_WITHIN, asked).await.ok().and_then(Result::ok))
    }

    /// Counts what is in the journal by now; two calls at once count nothing twice.
    async fn catch_up(&self) -> Result<(), StoreError> {
        loop {
            let last = self.counts().last;
            let records = self.0.journal.records_of_all(last, BATCH).await?;
            self.counts().count(&records);
            if records.len() < BATCH as usize {
                return Ok(());
            }
        }
    }

    /// How many deployments have each status, including 0 in each of `environments`.
    fn in_progress(&self, environments: &[Environment]) -> Vec<([String; 2], f64)> {
        let standing = Status::ALL.into_iter().filter(|status| status.end().is_none());
        let standing = standing.collect::<Vec<_>>();
        let none = environments.iter().flat_map(|environment| {
            standing.iter().map(move |status| ((*environment, status.name()), 0))
        });
        let mut counts: BTreeMap<(Environment, &str), u32> = none.collect();
        for (_, one) in self.0.journal.live() {
            let place = (one.acceptance.request.environment, one.state.status().name());
            *counts.entry(place).or_default() += 1;
        }
        let gauge = |((environment, status), count): ((Environment, &str), u32)| {
            ([environment.to_string(), status.to_owned()], f64::from(count))
        };
        counts.into_iter().map(gauge).collect()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many of each environment, including 0 in each of `environments`.
fn to_promote(
    environments: &[Environment],
    waiting: Vec<(Environment, u64)>,
) -> impl Iterator<Item = ([String; 1], f64)> {
    let none = environments.iter().map(|environment| (*environment, 0));
    let counts: BTreeMap<Environment, u64> = none.chain(waiting).collect();
    counts.into_iter().map(|(environment, count)| ([environment.to_string()], count as f64))
}

/// How many of `all` are in each environment, including 0 in each of `environments`.
fn by_environment(
    environments: &[Environment],
    all: impl Iterator<Item = Environment>,
) -> Vec<([String; 1], f64)> {
    let none = environments.iter().map(|environment| (*environment, 0));
    let mut counts: BTreeMap<Environment, u32> = none.collect();
    all.for_each(|environment| *counts.entry(environment).or_default() += 1);
    let gauge =
        |(environment, count): (Environment, u32)| ([environment.to_string()], f64::from(count));
    counts.into_iter().map(gauge).collect()
}

/// When the credentials of boathook and its senders expire.
fn write_ends(known: &Known, page: &mut Page) {
    let Known { queue_limit: _, environments: _, secrets, certificate, kubeconfig } = known;
    let seconds = |at: &Timestamp| at.as_duration().as_secs_f64();
    let secrets = secrets
        .iter()
        .map(|(environment, id, at)| ([environment.name().to_owned(), id.clone()], seconds(at)));
    page.gauge(&names::SECRET_ENDS, secrets);
    page.gauge(&names::CERTIFICATE_ENDS, certificate.as_ref().map(|at| ([], seconds(at))));
    page.gauge(&names::KUBECONFIG_ENDS, kubeconfig.as_ref().map(|at| ([], seconds(at))));
}
