//! Reports one deployment to GitHub: finds or makes its deployment there, then adds the status.

use serde_json::json;
use tracing::info;

use crate::{
    github::{GitHub, GitHubError},
    journal::{GitHubDeployment, Journal, StoreError},
    observers::github::{
        calls::{self, NewStatus, WantedDeployment},
        description::description,
        report::Report,
        reporting::{Reporting, ReportingEnvironment},
        subject::{Subject, existing},
    },
    redact::Redactor,
};

/// Reports to GitHub, once for each call.
pub(super) struct StatusPublisher<'a> {
    pub(super) journal: &'a Journal,
    pub(super) redactor: &'a Redactor,
    pub(super) github: &'a GitHub,
    pub(super) reporting: &'a Reporting,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Published {
    Sent,
    /// It is not for GitHub.
    Skipped,
}

/// Why GitHub does not have it.
#[derive(Debug, thiserror::Error)]
pub(super) enum PublishError {
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    #[error(transparent)]
    Journal(#[from] StoreError),
}

impl StatusPublisher<'_> {
    /// Reports to GitHub. A crash before its end has the same reported again, and makes no second deployment
    /// there.
    pub(super) async fn publish(&self, report: &Report) -> Result<Published, PublishError> {
        let environment = report.acceptance.request.environment;
        let Some(environment) = self.reporting.environments.get(&environment) else {
            return Ok(Published::Skipped);
        };
        let status = self.status(report, environment);
        let mut published = Published::Skipped;
        let mut refused = None;
        for deployment in self.deployments(report, environment).await? {
            match calls::add_status(self.github, &deployment, &status).await {
                Ok(()) => self.journal.note_reported(deployment).await?,
                // The others have it nevertheless.
                Err(problem) if !problem.is_retryable() => refused = Some(problem),
                Err(problem) => return Err(problem.into()),
            }
            published = Published::Sent;
        }
        refused.map_or(Ok(published), |problem| Err(problem.into()))
    }

    /// Reports to one deployment on GitHub only.
    pub(super) async fn publish_at(
        &self,
        on_github: &GitHubDeployment,
        report: &Report,
    ) -> Result<Published, PublishError> {
        let environment = report.acceptance.request.environment;
        let Some(environment) = self.reporting.environments.get(&environment) else {
            return Ok(Published::Skipped);
        };
        calls::add_status(self.github, on_github, &self.status(report, environment)).await?;
        Ok(Published::Sent)
    }

    /// The deployments on GitHub.
    async fn deployments(
        &self,
        report: &Report,
        environment: &ReportingEnvironment,
    ) -> Result<Vec<GitHubDeployment>, PublishError> {
        let Report { id, acceptance, .. } = report;
        let known = existing(id, acceptance, self.journal).await?;
        if !known.is_empty() || !report.may_create {
            return Ok(known);
        }
        match Subject::of(acceptance, environment, self.journal).await? {
            Ok(subject) => Ok(vec![self.find_or_create(report, environment, &subject).await?]),
            Err(why) => {
                // Once: the statuses after the first say nothing new.
                if report.first == report.accepted_seq {
                    info!(deployment.id = %id, "A deployment is not reported to GitHub: {why}");
                }
                Ok(Vec::new())
            }
        }
    }

    async fn find_or_create(
        &self,
        report: &Report,
        environment: &ReportingEnvironment,
        subject: &Subject,
    ) -> Result<GitHubDeployment, PublishError> {
        let request = &report.acceptance.request;
        let wanted = WantedDeployment {
            id: &report.id,
            subject,
            request: json!({
                "id": report.id,
                "deployment_id": self.redactor.text(request.deployment_id.as_str()),
                "service": request.service().to_string(),
                "image": request.image,
            }),
            name: &environment.name,
            description: self.line(&format!("{}: {}", request.service(), request.image)),
        };
        let deployment = match calls::find(self.github, &wanted).await? {
            Some(found) => found,
            None => calls::create(self.github, &wanted).await?,
        };
        self.journal.keep_github_deployment(&report.id, deployment.clone()).await?;
        Ok(deployment)
    }

    fn status(&self, report: &Report, environment: &ReportingEnvironment) -> NewStatus {
        let is_web = |url: &String| url.starts_with("https://") || url.starts_with("http://");
        let base = self.reporting.public_url.as_deref().filter(|_| environment.log_url);
        NewStatus {
            state: report.status.state,
            description: self.line(&report.status.text),
            environment_url: report.service_url.clone().filter(is_web),
            log_url: base.map(|base| report.acceptance.token.link(base, &report.id)),
        }
    }

    fn line(&self, text: &str) -> String {
        description(&self.redactor.text(text))
    }
}
