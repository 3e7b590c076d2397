//! Follows a deployment to its end: its events as they come, and questions where they do not.

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

/// A stream that says nothing for so long, not even that it is still there, is held back by something in between.
const SILENCE: Duration = Duration::from_secs(40);
/// Between two questions.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// How long one question may take.
const ASK_TIMEOUT: Duration = Duration::from_secs(10);

/// One deployment that is followed.
pub struct Follow<'a> {
    pub client: &'a Client,
    pub status: Url,
    pub events: Url,
    pub reporter: &'a Reporter,
}

impl Follow<'_> {
    /// The deployment at its end, or where only an operator can help it on, or as it is when the deadline has come, which one more question tells.
    pub async fn to_the_end(&self, deadline: Instant) -> Option<DeploymentView> {
        let mut last = None;
        let seen = timeout_at(deadline, async {
            // Where it has to wait, no event says what for; everything else is in the events, in order.
            if let Some(history) = self.fetch().await {
                self.reporter.queued(&history);
            }
            let (mut after, mut streams) = (0, true);
            loop {
                streams = streams && self.stream(&mut after).await;
                last = self.ask().await.or(last.take());
                if last.as_ref().is_some_and(|history: &DeploymentView| history.status.is_settled()) {
                    return;
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        })
        .await;
        if seen.is_ok() { last } else { self.ask().await.or(last) }
    }

    /// Reads events until the stream ends; false where streaming is of no use here.
    async fn stream(&self, after: &mut u64) -> bool {
        let request = self.client.get(self.events.clone()).header("last-event-id", after.to_string());
        match request.send().await {
            Ok(response) if response.status() == StatusCode::OK => self.read(response, after).await,
            Ok(_) | Err(_) => true,
        }
    }

    async fn read(&self, response: Response, after: &mut u64) -> bool {
        let (mut chunks, mut reader) = (response.bytes_stream(), EventReader::default());
        loop {
            match timeout(SILENCE, chunks.next()).await {
                Err(_) => return false,
                Ok(None | Some(Err(_))) => return true,
                Ok(Some(Ok(chunk))) => {
                    for (sequence, reported) in reader.push(&chunk) {
                        *after = sequence;
                        self.reporter.report(&reported);
                        if matches!(reported, PublicEvent::Ended { .. } | PublicEvent::RollbackFailed { .. }) {
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
        let answer = self.client.get(self.status.clone()).header("accept", "application/json").timeout(ASK_TIMEOUT).send().await.ok()?;
        let text = answer.error_for_status().ok()?.text().await.ok()?;
        serde_json::from_str(&text).ok()
    }
}
