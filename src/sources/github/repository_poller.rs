//! Asks for the deployments of one repository, and takes them in order.

use std::{collections::BTreeMap, time::Duration};

use boathook_core::{
    deployment::{Environment, error_chain},
    rate::Backoff,
};
use tokio::{
    join,
    time::{Instant, sleep},
};
use tracing::{info, warn};

use crate::{
    github::{GitHub, GitHubAnswer, GitHubError, Page, Unreachable},
    intake::takers::Watched,
    observers::metrics::{PollResult, SourceFailure},
    sources::github::{
        GitHubSource,
        listed::Listed,
        poll_error::PollError,
        reporting::{Report, Reports, send_all},
        seen::Seen,
        taking::{Taken, take},
        trouble::Trouble,
    },
};

/// Deployments that a page has, unless that is too large, and that are read at once.
const PAGE: usize = 30;
const READ_MAX: usize = 600;
/// How much smaller a page is asked for after one that was too large.
const SMALLER: usize = 4;
/// The longest pause after failures.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// Asks for the deployments of one repository.
pub(super) struct RepositoryPoller {
    source: GitHubSource,
    github: GitHub,
    watched: Watched,
    interval: Duration,
    window: Duration,
    /// Deployments that a page has.
    page: usize,
    /// The state of the list of which everything is taken.
    settled: Option<String>,
    /// What needs not be looked at again.
    seen: Seen,
    /// What was settled past the cursor while an earlier one waits for room, and what GitHub is told
    /// of it once the cursor passes.
    ahead: BTreeMap<u64, Option<Report>>,
    backoff: Backoff,
    trouble: Trouble,
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
        Self {
            source,
            github,
            watched,
            interval,
            window,
            page: PAGE,
            settled: None,
            seen: Seen::default(),
            ahead: BTreeMap::new(),
            backoff,
            trouble: Trouble::default(),
        }
    }

    /// Takes what is new, and reports to GitHub what is refused; for ever.
    pub(super) async fn run(self) {
        let (reports, waiting) = Reports::of(self.watched.repository.clone());
        let github = self.github.clone();
        let repository = self.watched.repository.clone();
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
        let path = format!("/deployments?per_page={}", self.page);
        let path = GitHub::path(&self.watched.repository, &path);
        let GitHubAnswer::Page(page) = self.github.get(&path, self.settled.as_deref()).await?
        else {
            return Ok(PollResult::NotModified);
        };
        let etag = page.etag.clone();
        let source = self.watched.source();
        let cursor = self.source.journal.source_cursor(&source).await?;
        let newest = Listed::of_page(&page.body)?.first().map_or(0, |one| one.id);
        let mut new = self.new_deployments(page, cursor).await?;
        new.reverse();
        let cursor = match cursor {
            Some(cursor) => cursor,
            None => {
                // What is older is settled, so that the window counts only once.
                let before = new.first().map_or(newest, |oldest| oldest.id.saturating_sub(1));
                self.source.journal.keep_source_cursor(&source, before).await?;
                before
            }
        };
        self.take_all(new, cursor, reports).await?;
        self.settled = etag;
        Ok(PollResult::Ok)
    }

    /// Takes these, the oldest first. Where an environment has no room, its deployments wait, and so
    /// does the cursor; those of the others are taken.
    async fn take_all(
        &mut self,
        new: Vec<Listed>,
        cursor: u64,
        reports: &Reports,
    ) -> Result<(), PollError> {
        let source = self.watched.source();
        let mut full = Vec::new();
        let mut waits = None;
        for listed in new {
            let id = listed.id;
            let report = match self.ahead.remove(&id) {
                Some(report) => report,
                None => match self.take_one(listed, &mut full).await {
                    Taken::Settled => None,
                    Taken::Refused(report) => report,
                    Taken::NotNow => {
                        waits.get_or_insert(id);
                        self.seen.wait(id);
                        continue;
                    }
                },
            };
            if id > cursor && waits.is_some() {
                self.ahead.insert(id, report);
                continue;
            }
            // Before GitHub is told: what it shows as refused is never judged again.
            if id > cursor {
                self.source.journal.keep_source_cursor(&source, id).await?;
            }
            self.seen.add(id);
            if let Some(report) = report {
                reports.add(report);
            }
        }
        waits.map_or(Ok(()), |id| Err(PollError::NotNow(id)))
    }

    /// Takes one, unless its environment is among those that have no room now.
    async fn take_one(&self, listed: Listed, full: &mut Vec<Environment>) -> Taken {
        let Some(deployment) = listed.deployment(&self.watched.repository) else {
            return Taken::Settled;
        };
        let taker = self.watched.taker(&deployment.environment);
        let environment = taker.map(|taker| taker.environment);
        if environment.is_some_and(|one| full.contains(&one)) {
            return Taken::NotNow;
        }
        let admission = self.source.admission.get();
        let taken = take(&self.source, &admission, &self.watched, &deployment).await;
        if matches!(taken, Taken::NotNow) {
            full.extend(environment);
        }
        taken
    }

    /// Those after the cursor, the newest first, and among the newest those that GitHub did not list
    /// before; where there is no cursor yet, those within the window.
    async fn new_deployments(
        &mut self,
        first: Page,
        cursor: Option<u64>,
    ) -> Result<Vec<Listed>, PollError> {
        let now = self.source.clock.now();
        let oldest = now.checked_sub(self.window).unwrap_or(now);
        let mut new = Vec::new();
        let mut page = first;
        let mut others = Vec::new();
        for _ in 0..READ_MAX.div_ceil(self.page) {
            let read = Listed::of_page(&page.body)?;
            let mut is_last = false;
            for listed in read {
                let is_after = cursor.map_or_else(|| listed.is_since(oldest), |it| listed.id > it);
                is_last |= !is_after;
                if is_after || self.seen.lacks(listed.id, listed.is_since(oldest)) {
                    new.push(listed);
                } else {
                    others.push(listed.id);
                }
            }
            let Some(next) = page.next.filter(|_| !is_last) else {
                self.seen.begin(others);
                return Ok(new);
            };
            page = match self.github.get(&next, None).await? {
                GitHubAnswer::Page(page) => page,
                GitHubAnswer::NotModified => return Ok(new),
            };
        }
        self.seen.begin(others);
        warn!(
            github.repository = %self.watched.repository,
            "{} has more than {READ_MAX} new deployments; the oldest are not taken", self.watched.repository
        );
        Ok(new)
    }

    fn name(&self) -> &str {
        self.watched.repository.as_str()
    }

    /// How long to wait after a failure, which is logged if it is new.
    fn pause_after(&mut self, error: &PollError) -> Duration {
        let failure = SourceFailure { at: self.source.clock.now(), cause: error_chain(error) };
        self.source.polls.record_failure(self.name(), error.result(), failure);
        let pause = match error {
            // The other environments do not wait for the one that has no room.
            PollError::NotNow(_) => self.interval,
            PollError::GitHub(_) | PollError::Journal(_) => self.backoff.pause(),
        };
        let of_github = match error {
            PollError::GitHub(error) => Some(error),
            PollError::Journal(_) | PollError::NotNow(_) => None,
        };
        if matches!(of_github, Some(GitHubError::Unreachable(Unreachable::TooLarge(_)))) {
            // The tag is that of the page as it was asked for.
            self.page = (self.page / SMALLER).max(1);
            self.settled = None;
        }
        let asked = of_github.and_then(GitHubError::wait);
        let pause = asked.map_or(pause, |asked| asked.max(pause));
        if self.trouble.is_new(of_github, Instant::now()) {
            warn!(
                github.repository = %self.watched.repository,
                cause = error_chain(error),
                "Failed to take deployments of {} from GitHub; trying again in {} s", self.watched.repository, pause.as_secs()
            );
        }
        pause
    }
}
