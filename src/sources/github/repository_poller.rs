//! Asks for the deployments of one repository, and takes them in order.

use std::time::Duration;

use boathook_core::{deployment::error_chain, rate::Backoff};
use tokio::{
    join,
    time::{Instant, sleep},
};
use tracing::{info, warn};

use crate::{
    github::{Answer, GitHub, GitHubError, Page},
    intake::github::Watched,
    journal::StoreError,
    observers::metrics::{PollResult, SourceFailure},
    sources::github::{
        GitHubSource,
        listed::Listed,
        reporting::{Reports, send_all},
        taking::{Taken, take},
        trouble::Trouble,
    },
};

/// Deployments that a page has, and pages that are read at once.
const PAGE: usize = 30;
const PAGES_MAX: usize = 20;
/// The longest pause after failures.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// Asks for the deployments of one repository.
pub(super) struct RepositoryPoller {
    source: GitHubSource,
    github: GitHub,
    watched: Watched,
    interval: Duration,
    window: Duration,
    /// The state of the list of which everything is taken.
    settled: Option<String>,
    backoff: Backoff,
    trouble: Trouble,
}

/// Why a look came to nothing.
#[derive(Debug, thiserror::Error)]
enum PollError {
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    #[error("failed to keep in the journal how far the repository was read")]
    Journal(#[from] StoreError),
    /// boathook could not take a deployment now.
    #[error("boathook cannot take deployment {0} now")]
    NotNow(u64),
}

impl PollError {
    const fn result(&self) -> PollResult {
        match self {
            Self::GitHub(GitHubError::Limited(_)) => PollResult::Limited,
            Self::GitHub(_) | Self::Journal(_) | Self::NotNow(_) => PollResult::Failed,
        }
    }
}

impl RepositoryPoller {
    pub(super) fn new(
        source: GitHubSource,
        github: GitHub,
        watched: Watched,
        interval: Duration,
        window: Duration,
    ) -> Self {
        let longest = if LONGEST.as_nanos() > interval.as_nanos() { LONGEST } else { interval };
        let backoff = Backoff::new(interval, longest);
        let trouble = Trouble::default();
        Self { source, github, watched, interval, window, settled: None, backoff, trouble }
    }

    /// Takes what is new, and reports to GitHub what is refused; for ever.
    pub(super) async fn run(self) {
        let (reports, waiting) = Reports::of(self.watched.repository.clone());
        let (github, repository) = (self.github.clone(), self.watched.repository.clone());
        join!(self.keep_looking(&reports), send_all(&github, &repository, waiting));
    }

    /// Looks, takes what is new, and waits; for ever.
    async fn keep_looking(mut self, reports: &Reports) {
        loop {
            let pause = match self.look(reports).await {
                Ok(result) => {
                    let now = self.source.clock.now();
                    self.source.polls.record_read(self.name(), result, now);
                    if self.trouble.end() {
                        info!(github.repository = %self.watched.repository, "GitHub answers again for {}", self.watched.repository);
                    }
                    self.backoff.reset();
                    self.interval
                }
                Err(error) => self.pause_after(&error),
            };
            sleep(pause).await;
        }
    }

    /// One look: what is new since the cursor is taken, the oldest first.
    async fn look(&mut self, reports: &Reports) -> Result<PollResult, PollError> {
        let path = GitHub::path(&self.watched.repository, &format!("/deployments?per_page={PAGE}"));
        let Answer::Page(page) = self.github.get(&path, self.settled.as_deref()).await? else {
            return Ok(PollResult::NotModified);
        };
        let etag = page.etag.clone();
        let source = self.watched.source();
        let cursor = self.source.journal.source_cursor(&source).await?;
        let newest = Listed::of_page(&page.body)?.first().map_or(0, |one| one.id);
        let mut new = self.new_deployments(page, cursor).await?;
        new.reverse();
        if cursor.is_none() {
            // What is older is settled, so that the window counts only once.
            let before = new.first().map_or(newest, |oldest| oldest.id.saturating_sub(1));
            self.source.journal.keep_source_cursor(&source, before).await?;
        }
        for listed in new {
            let id = listed.id;
            let admission = self.source.admission.get();
            let taken = match listed.deployment(&self.watched.repository) {
                Some(one) => take(&self.source, &admission, &self.watched, &one).await,
                None => Taken::Settled,
            };
            let report = match taken {
                Taken::Settled => None,
                Taken::Refused(report) => report,
                Taken::NotNow => return Err(PollError::NotNow(id)),
            };
            // Before it is reported: what it shows as refused is never judged again.
            self.source.journal.keep_source_cursor(&source, id).await?;
            if let Some(report) = report {
                reports.add(report);
            }
        }
        self.settled = etag;
        Ok(PollResult::Ok)
    }

    /// Those after the cursor, the newest first; where there is none yet, those within the window.
    async fn new_deployments(
        &self,
        first: Page,
        cursor: Option<u64>,
    ) -> Result<Vec<Listed>, PollError> {
        let now = self.source.clock.now();
        let oldest = now.checked_sub(self.window).unwrap_or(now);
        let is_new = |one: &Listed| match cursor {
            Some(cursor) => one.id > cursor,
            None => one.is_since(oldest),
        };
        let (mut new, mut page) = (Vec::new(), first);
        for _ in 0..PAGES_MAX {
            let read = Listed::of_page(&page.body)?;
            let is_last = !read.iter().all(is_new);
            new.extend(read.into_iter().filter(is_new));
            let Some(next) = page.next.filter(|_| !is_last) else { return Ok(new) };
            page = match self.github.get(&next, None).await? {
                Answer::Page(page) => page,
                Answer::NotModified => return Ok(new),
            };
        }
        warn!(
            github.repository = %self.watched.repository,
            "{} has more than {} new deployments; the oldest are not taken", self.watched.repository, PAGE * PAGES_MAX
        );
        Ok(new)
    }

    fn name(&self) -> &str {
        self.watched.repository.as_str()
    }

    /// How long to wait after a failure, which is logged if it is news.
    fn pause_after(&mut self, error: &PollError) -> Duration {
        let failure = SourceFailure { at: self.source.clock.now(), cause: error_chain(error) };
        self.source.polls.record_failure(self.name(), error.result(), failure);
        let pause = self.backoff.pause();
        let of_github = match error {
            PollError::GitHub(error) => Some(error),
            PollError::Journal(_) | PollError::NotNow(_) => None,
        };
        let asked = of_github.and_then(GitHubError::wait);
        let pause = asked.map_or(pause, |asked| asked.max(pause));
        if self.trouble.is_news(of_github, Instant::now()) {
            warn!(
                github.repository = %self.watched.repository,
                cause = error_chain(error),
                "Failed to take deployments of {} from GitHub; trying again in {} s", self.watched.repository, pause.as_secs()
            );
        }
        pause
    }
}
