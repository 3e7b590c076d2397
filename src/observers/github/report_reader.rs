//! Reads from the journal what is to be reported to GitHub.

use std::sync::Arc;

use boathook_core::{
    deployment::DeploymentId,
    record::{Event, Outcome, Record, WatchEnd, WatchEvent},
};

use crate::{
    journal::{Follower, Journal, StoreError},
    observers::{
        deployment_tracker::DeploymentTracker,
        github::{github_status::GitHubStatus, report::Report},
    },
};

/// Follows the journal from a position.
pub(super) struct ReportReader {
    journal: Journal,
    follower: Follower,
    tracker: DeploymentTracker,
}

/// What some records mean for GitHub.
pub(super) struct Batch {
    pub(super) reports: Vec<Report>,
    /// Whether the journal has no more at the moment.
    pub(super) is_all: bool,
}

impl ReportReader {
    pub(super) fn new(journal: Journal, position: u64) -> Self {
        Self {
            follower: journal.follower(position),
            tracker: DeploymentTracker::new(journal.clone()),
            journal,
        }
    }

    /// The last record that was read.
    pub(super) const fn position(&self) -> u64 {
        self.follower.position()
    }

    /// What is in the journal by now. If it cannot be read, the next call reads the same again.
    pub(super) async fn read(&mut self) -> Result<Batch, StoreError> {
        let records = self.follower.read().await?;
        self.reports(&records).await
    }

    /// The same once something is recorded; nothing if a repeat came on GitHub.
    pub(super) async fn next(&mut self) -> Result<Batch, StoreError> {
        let records = tokio::select! {
            records = self.follower.next() => records?,
            () = self.journal.github_repeat_kept() => Vec::new(),
        };
        self.reports(&records).await
    }

    async fn reports(&mut self, records: &[Arc<Record>]) -> Result<Batch, StoreError> {
        let mut reports = Vec::new();
        for record in records {
            if let Err(problem) = self.read_one(record, &mut reports).await {
                // It has seen records of this batch, which will be read again.
                self.tracker = DeploymentTracker::new(self.journal.clone());
                return Err(problem);
            }
        }
        if let Some(last) = records.last() {
            self.follower.advance(last.sequence);
        }
        Ok(Batch { reports, is_all: Follower::is_all(records) })
    }

    async fn read_one(
        &mut self,
        record: &Record,
        reports: &mut Vec<Report>,
    ) -> Result<(), StoreError> {
        let own = self.tracker.follow(record, GitHubStatus::of, |before, after| {
            let status = GitHubStatus::of(after)?;
            let is_new = before.flatten().as_ref() != Some(&status);
            is_new.then(|| Report::of(record, after, status))
        });
        if let Some(report) = own.await?.flatten() {
            let succeeded = record.event.outcome() == Some(Outcome::Succeeded);
            let replaced =
                if succeeded { self.replaced_by(&report, record.sequence).await? } else { None };
            reports.extend([Some(report), replaced].into_iter().flatten());
        }
        if let Event::Watch(WatchEvent::WatchEnded { end: WatchEnd::Changed { found }, .. }) =
            &record.event
        {
            let status = GitHubStatus::changed(found);
            reports.extend(self.about(&record.deployment, record.sequence, status).await?);
        }
        Ok(())
    }

    /// That the success before does not serve any more.
    async fn replaced_by(
        &self,
        success: &Report,
        sequence: u64,
    ) -> Result<Option<Report>, StoreError> {
        let request = &success.acceptance.request;
        let environment = request.environment;
        let service = request.service();
        let replaced = self.journal.replaced_success(environment, &service, &success.id).await?;
        let Some(id) = replaced else { return Ok(None) };
        self.about(&id, sequence, GitHubStatus::replaced(&success.id)).await
    }

    async fn about(
        &self,
        id: &DeploymentId,
        sequence: u64,
        status: GitHubStatus,
    ) -> Result<Option<Report>, StoreError> {
        let deployment = self.journal.deployment(id).await?;
        Ok(deployment.map(|deployment| Report::about(id, sequence, &deployment, status)))
    }
}
