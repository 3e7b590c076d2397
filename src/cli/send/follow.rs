//! Follows a deployment to its end: by its stream of events, and by polling the status where
//! streaming does not work.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    cli::send::{
        Reporter,
        events::{EventReader, PublicEvent},
    },
    journal::DeploymentView,
};

/// A stream without even a keep-alive for this long is buffered by a proxy.
const SILENCE: Duration = Duration::from_secs(40);
/// The pause between two polls of the status.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// How long one poll may take.
const ASK_TIMEOUT: Duration = Duration::from_secs(10);

/// One deployment that is followed.
pub struct Follow<'a> {
    pub client: &'a Client,
    pub status: Url,
    pub events: Url,
    pub reporter: &'a Reporter,
}

impl Follow<'_> {
    /// The deployment when it has ended, when its rollback has failed, or at the deadline, after
    /// one last poll.
    pub(crate) async fn to_the_end(&self, deadline: Instant) -> Option<DeploymentView> {
        let mut last = None;
        let seen = timeout_at(deadline, async {
            // No event says what a queued deployment waits for, so the status is read once.
            // Everything else is in the events, in order.
            if let Some(history) = self.fetch().await {
                self.reporter.queued(&history);
            }
            let mut after = 0;
            let mut streams = true;
            loop {
                streams = streams && self.stream(&mut after).await;
                last = self.ask().await.or(last.take());
                if last.as_ref().is_some_and(|history: &DeploymentView| history.status.is_settled())
                {
                    return;
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        })
        .await;
        if seen.is_ok() { last } else { self.ask().await.or(last) }
    }

    /// Reads events until the stream ends; false if streaming does not work here.
    async fn stream(&self, after: &mut u64) -> bool {
        let request =
            self.client.get(self.events.clone()).header("last-event-id", after.to_string());
        match request.send().await {
            Ok(response) if response.status() == StatusCode::OK => self.read(response, after).await,
            Ok(_) | Err(_) => true,
        }
    }

    async fn read(&self, response: Response, after: &mut u64) -> bool {
        let mut chunks = response.bytes_stream();
        let mut reader = EventReader::default();
        loop {
            match timeout(SILENCE, chunks.next()).await {
                Err(_) => return false,
                Ok(None | Some(Err(_))) => return true,
                Ok(Some(Ok(chunk))) => {
                    for (sequence, reported) in reader.push(chunk) {
                        *after = sequence;
                        self.reporter.report(&reported);
                        if matches!(
                            reported,
                            PublicEvent::Ended { .. } | PublicEvent::RollbackFailed { .. }
                        ) {
                            return true;
                        }
                    }
                }
            }
        }
    }

    async fn ask(&self) -> Option<DeploymentView> {
        let history = self.fetch().await?;
        self.reporter.asked(&history);
        Some(history)
    }

    async fn fetch(&self) -> Option<DeploymentView> {
        let answer = self
            .client
            .get(self.status.clone())
            .header("accept", "application/json")
            .timeout(ASK_TIMEOUT)
            .send()
            .await
            .ok()?;
        let text = answer.error_for_status().ok()?.text().await.ok()?;
        serde_json::from_str(&text).ok()
    }
}
