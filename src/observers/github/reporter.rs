//! Reports to GitHub what became of deployments: the newest status of each, at least once. No deployment
//! waits for it.

use std::{collections::HashSet, convert::Infallible, error::Error, time::Duration};

use boathook_core::{
    deployment::{DeploymentId, error_chain},
    rate::Backoff,
};
use tracing::{error, info, warn};

use crate::{
    github::{GitHub, GitHubError},
    journal::{Journal, StoreError},
    observers::{
        cursor::{Cursor, CursorError, Cursors},
        github::{
            ReportCounters, ReportResult, Reporting,
            pending::Pending,
            publisher::{PublishError, Published, StatusPublisher},
            repeat::Repeat,
            report::Report,
            report_reader::{Batch, ReportReader},
        },
    },
    redact::Redactor,
};

/// The name of the position.
const NAME: &str = "statuses";
/// The position is also saved after this many records of which nothing is reported.
const UNWRITTEN_MAX: u64 = 1024;
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(300));
/// GitHub's limits are by the hour; whatever it says, boathook asks again after so long.
const LONGEST_REST: Duration = Duration::from_secs(3600);
/// The interval of retries if the journal cannot be read.
const JOURNAL_PAUSE: Duration = Duration::from_secs(10);

/// The observer that reports to GitHub.
pub struct Reporter {
    journal: Journal,
    redactor: Redactor,
    cursor: Cursor,
    counters: ReportCounters,
    /// Where it begins if it has no position.
    began: u64,
}

/// How far along the journal it is, and what GitHub has not got yet.
struct Position {
    reader: ReportReader,
    pending: Pending,
    /// Deployments of which GitHub refused a status; only their last one is tried again.
    refused: HashSet<DeploymentId>,
    backoff: Backoff,
    written: u64,
}

impl Reporter {
    /// A reporter that keeps its position in `cursors`; without one, it begins with what is
    /// recorded from now on.
    #[must_use]
    pub fn new(
        journal: Journal,
        redactor: Redactor,
        cursors: &Cursors,
        counters: ReportCounters,
    ) -> Self {
        let began = journal.last_sequence();
        Self { journal, redactor, cursor: cursors.of(NAME), counters, began }
    }

    /// Reports for ever. It may be dropped at any time; what was under way is then sent again by the
    /// next call.
    pub async fn report(&self, github: &GitHub, reporting: &Reporting) -> Infallible {
        let mut position = self.begin().await;
        loop {
            if let Err(problem) = self.step(&mut position, github, reporting).await {
                warn!(
                    error = &problem as &dyn Error,
                    "The statuses for GitHub wait for the journal"
                );
                tokio::time::sleep(JOURNAL_PAUSE).await;
            }
        }
    }

    /// Without a position, the next call begins at the current end of the journal.
    pub fn restart(&mut self) {
        self.began = self.journal.last_sequence();
    }

    /// Forgets the position, because nothing is reported any more: what happens until that is wanted
    /// again is not made up for.
    pub async fn forget(&self) {
        if let Err(problem) = self.cursor.remove().await {
            warn_of_position(&problem);
        }
    }

    async fn begin(&self) -> Position {
        let known = self.cursor.read().await.unwrap_or_else(|problem| {
            warn_of_position(&problem);
            None
        });
        let read =
            known.filter(|place| *place <= self.journal.last_sequence()).unwrap_or(self.began);
        let mut position = Position {
            reader: ReportReader::new(self.journal.clone(), read),
            pending: Pending::default(),
            refused: HashSet::new(),
            backoff: BACKOFF,
            written: read,
        };
        if known != Some(read) {
            self.write_down(read, &mut position).await;
        }
        position
    }

    /// Takes in what was recorded, and reports the next thing.
    async fn step(
        &self,
        position: &mut Position,
        github: &GitHub,
        reporting: &Reporting,
    ) -> Result<(), StoreError> {
        let publisher =
            StatusPublisher { journal: &self.journal, redactor: &self.redactor, github, reporting };
        if let Some(Repeat { on_github, report }) = Repeat::next(&self.journal).await? {
            if let Some(report) = report {
                let published = publisher.publish_at(&on_github, &report).await;
                if !self.is_settled(&report, published, position).await? {
                    return Ok(());
                }
            }
            return self.journal.note_reported(on_github).await;
        }
        self.take_in(position).await?;
        let Some(report) = position.pending.next().cloned() else { return Ok(()) };
        if !report.is_last && position.refused.contains(&report.id) {
            return self.leave(&report, position).await;
        }
        let published = publisher.publish(&report).await;
        if self.is_settled(&report, published, position).await? {
            self.leave(&report, position).await?;
        }
        Ok(())
    }

    /// Whether nothing more is to be done for a report; if GitHub takes it later, this waits.
    async fn is_settled(
        &self,
        report: &Report,
        published: Result<Published, PublishError>,
        position: &mut Position,
    ) -> Result<bool, StoreError> {
        match published {
            Ok(published) => self.published(report, published, position),
            Err(PublishError::Journal(problem)) => return Err(problem),
            Err(PublishError::GitHub(problem))
                if problem.is_retryable() || problem.is_of_credential() =>
            {
                self.wait(&problem, position).await;
                return Ok(false);
            }
            Err(PublishError::GitHub(problem)) => self.refused(report, &problem, position),
        }
        Ok(true)
    }

    /// Reads what was recorded, and waits for that, or for a repeat, if GitHub has everything else.
    async fn take_in(&self, position: &mut Position) -> Result<(), StoreError> {
        while position.pending.has_room() {
            let Batch { reports, is_all } = match position.pending.is_empty() {
                true => position.reader.next().await?,
                false => position.reader.read().await?,
            };
            for report in reports {
                if position.pending.add(report) {
                    self.counters.add(ReportResult::Overtaken);
                }
            }
            self.save(position, UNWRITTEN_MAX).await;
            if is_all {
                break;
            }
        }
        Ok(())
    }

    /// The report is dealt with.
    async fn leave(&self, report: &Report, position: &mut Position) -> Result<(), StoreError> {
        position.pending.remove(&report.id);
        if report.is_last {
            position.refused.remove(&report.id);
        }
        self.save(position, 0).await;
        Ok(())
    }

    fn published(&self, report: &Report, published: Published, position: &mut Position) {
        position.backoff.reset();
        match published {
            Published::Skipped => {}
            Published::Sent => {
                self.counters.add(ReportResult::Sent);
                info!(
                    deployment.id = %report.id,
                    "Reported to GitHub that a deployment is {}",
                    report.status.state.name()
                );
            }
        }
    }

    async fn wait(&self, problem: &GitHubError, position: &mut Position) {
        self.counters.add(ReportResult::Failed);
        if position.backoff.failures() == 0 {
            warn!(
                problem = error_chain(problem),
                "GitHub does not take statuses of deployments now; boathook retries"
            );
        }
        let asked = problem.wait().unwrap_or_default();
        tokio::time::sleep(position.backoff.pause().max(asked).min(LONGEST_REST)).await;
    }

    fn refused(&self, report: &Report, problem: &GitHubError, position: &mut Position) {
        self.counters.add(ReportResult::Refused);
        position.refused.insert(report.id.clone());
        error!(
            deployment.id = %report.id,
            problem = error_chain(problem),
            "GitHub refuses a status of a deployment; only its last one is tried again"
        );
    }

    /// Saves the position if it is more than `unwritten` records further.
    async fn save(&self, position: &mut Position, unwritten: u64) {
        let done = position.pending.position(position.reader.position());
        if done.saturating_sub(position.written) > unwritten {
            self.write_down(done, position).await;
        }
    }

    /// If it fails, a restart repeats what was sent since the last time.
    async fn write_down(&self, done: u64, position: &mut Position) {
        match self.cursor.write(done).await {
            Ok(()) => position.written = done,
            Err(problem) => error!(
                error = &problem as &dyn Error,
                "Failed to save the position of the statuses for GitHub"
            ),
        }
    }
}

fn warn_of_position(problem: &CursorError) {
    warn!(
        error = problem as &dyn Error,
        "The position of the statuses for GitHub is unknown; they begin now"
    );
}
