//! How long to wait for a candidate that is not Ready, by its cause.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    diagnosis::{Diagnosis, Outlook},
    steps::{Context, StepError},
};

/// A start is not mentioned before this time.
const STARTING: Duration = Duration::from_secs(5);

/// Tolerates a transient cause for a while, and reports what is waited for.
pub(crate) struct Patience {
    /// How long a transient cause may last.
    grace: Duration,
    /// How long a container may keep restarting.
    restarts: Duration,
    /// The last cause, and since when its outlook is the same.
    last: Option<(Diagnosis, Instant)>,
}

impl Patience {
    pub(crate) const fn new(grace: Duration, restarts: Duration) -> Self {
        Self { grace, restarts, last: None }
    }

    /// Whether a cause is tolerated now.
    pub(crate) const fn is_tried(&self) -> bool {
        self.last.is_some()
    }

    /// What is waited for, as text.
    pub(crate) fn reason(&self) -> Option<String> {
        self.last.as_ref().map(|(found, _)| found.in_words())
    }

    /// Takes the current cause; returns an error once waiting is over.
    pub(crate) async fn consider(
        &mut self,
        context: &Context<'_>,
        found: Option<Diagnosis>,
    ) -> Result<(), StepError> {
        let Some(found) = found else {
            if self.last.take().is_some() {
                context.waits.over().await;
            }
            return Ok(());
        };
        let same = self.last.as_ref().filter(|(last, _)| last.outlook() == found.outlook());
        let since = same.map_or_else(Instant::now, |(_, since)| *since);
        let ended = match found.outlook() {
            Outlook::Permanent => Some(found.in_words()),
            Outlook::Restarting if self.restarts.is_zero() => Some(found.in_words()),
            Outlook::Restarting => {
                over(&found, since, self.restarts, "was not ready within {} s of restarts")
            }
            Outlook::Transient => over(&found, since, self.grace, "did not recover within {} s"),
            Outlook::Starting => None,
        };
        if let Some(words) = ended {
            return Err(StepError::Failed(words));
        }
        let is_early = found.outlook() == Outlook::Starting && since.elapsed() < STARTING;
        if !is_early {
            context.waits.report_now(&found.in_words()).await;
        }
        self.last = Some((found, since));
        Ok(())
    }
}

fn over(found: &Diagnosis, since: Instant, limit: Duration, how: &str) -> Option<String> {
    let how = how.replace("{}", &limit.as_secs().to_string());
    (since.elapsed() >= limit).then(|| format!("{}; it {how}", found.in_words()))
}
