//! Follows a deployment to its end: by its stream of events, and by polling while there is none.
//!
//! Both give the same events, numbered; each is reported once.

use boathook_core::{clock::Clock, record::Status};
use futures_util::StreamExt;
use reqwest::{Client, Response, StatusCode, Url, header::ACCEPT};
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    cli::{
        follow::{EventReader, Pace, PublicEvent, ReadEvent, Reporter},
        messages,
    },
    http_client,
    journal::DeploymentView,
};

/// Bytes of an answer at most; the rest is not read.
const ANSWER_MAX: usize = 4 << 20;
/// Answers in a row that there is no such deployment, until one without a deadline is given up: it
/// has ended and was pruned. At a deadline this is not needed, and a proxy may say the same.
const GONE_AFTER: u32 = 3;

/// One deployment that is followed.
pub struct Follow<'a> {
    pub client: &'a Client,
    pub status: Url,
    pub events: Url,
    /// Reads an event as it is at `events`.
    pub read: ReadEvent,
    pub reporter: &'a Reporter,
    pub pace: Pace,
    pub until: Until,
}

/// What a follower waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The end, or a rollback that failed: an operator is needed.
    Settled,
    /// The end, however long rollbacks are retried.
    Ended,
}

impl Until {
    const fn is_reached(self, status: Status) -> bool {
        match self {
            Self::Settled => status.is_settled(),
            Self::Ended => matches!(status, Status::Ended(_)),
        }
    }
}

/// What was seen of it so far.
#[derive(Default)]
struct Seen {
    /// The sequence of the last event.
    after: u64,
    /// A worker has taken it up.
    has_begun: bool,
    /// No more events come.
    is_complete: bool,
    /// The last question for the status had no answer.
    is_away: bool,
    /// Answers in a row that there is no such deployment.
    missing: u32,
    /// No deadline ends it.
    is_endless: bool,
    deployment: Option<DeploymentView>,
}

impl Seen {
    const fn is_gone(&self) -> bool {
        self.is_endless && self.missing >= GONE_AFTER
    }
}

impl Follow<'_> {
    /// The deployment when it has ended, when its rollback has failed, or at the deadline, after
    /// one last poll; none if it was never seen.
    pub async fn to_the_end(&self, deadline: Option<Instant>) -> Option<DeploymentView> {
        let mut seen = Seen { is_endless: deadline.is_none(), ..Seen::default() };
        let Some(deadline) = deadline else {
            self.follow(&mut seen).await;
            return seen.deployment;
        };
        if timeout_at(deadline, self.follow(&mut seen)).await.is_err() {
            let last = async {
                self.poll(&mut seen).await;
                self.ask(&mut seen).await;
            };
            // Without an answer, what was seen before has to do.
            let _: Result<(), _> = timeout(self.pace.answer, last).await;
        }
        seen.deployment
    }

    async fn follow(&self, seen: &mut Seen) {
        // No event says what a queued deployment waits for; its status does.
        self.ask(seen).await;
        let mut reconnect = self.pace.reconnect;
        loop {
            if !seen.is_complete && self.stream(seen).await {
                reconnect.reset();
            }
            let again = Instant::now() + reconnect.pause();
            while !self.is_over(seen).await {
                let next = Instant::now() + self.pace.poll;
                tokio::time::sleep_until(next.min(again)).await;
                if next >= again {
                    break;
                }
            }
            if self.is_done(seen) {
                return;
            }
        }
    }

    fn is_done(&self, seen: &Seen) -> bool {
        let is_reached = |seen: &DeploymentView| self.until.is_reached(seen.status);
        seen.is_gone() || seen.deployment.as_ref().is_some_and(is_reached)
    }

    /// Polls events and status; whether that is the end, and all its events reported.
    async fn is_over(&self, seen: &mut Seen) -> bool {
        self.poll(seen).await;
        self.ask(seen).await;
        if self.is_done(seen) {
            // What was recorded between the two answers.
            self.poll(seen).await;
        }
        self.is_done(seen)
    }

    /// Reads events until the stream ends or falls silent; whether it sent anything.
    async fn stream(&self, seen: &mut Seen) -> bool {
        let request = self
            .client
            .get(self.events.clone())
            .header(ACCEPT, "text/event-stream")
            .header("last-event-id", seen.after.to_string());
        match timeout(self.pace.answer, request.send()).await {
            Ok(Ok(response)) if response.status() == StatusCode::OK => {
                self.read(response, seen).await
            }
            Ok(Ok(response)) => {
                seen.is_complete |= response.status() == StatusCode::NO_CONTENT;
                false
            }
            Ok(Err(_)) | Err(_) => false,
        }
    }

    async fn read(&self, response: Response, seen: &mut Seen) -> bool {
        let mut chunks = response.bytes_stream();
        let mut reader = EventReader::new(self.read);
        let mut silent_until = Instant::now() + self.pace.answer;
        let mut was_heard = false;
        loop {
            let waits = !seen.has_begun;
            let chunk = tokio::select! {
                chunk = chunks.next() => chunk,
                () = tokio::time::sleep_until(silent_until) => return was_heard,
                () = tokio::time::sleep(self.pace.queue), if waits => {
                    self.ask(seen).await;
                    continue;
                }
            };
            let Some(Ok(chunk)) = chunk else { return was_heard };
            was_heard = true;
            silent_until = Instant::now() + self.pace.silence;
            for (sequence, event) in reader.push(chunk) {
                self.take(seen, sequence, &event);
                if event.may_settle() && (seen.is_complete || self.until == Until::Settled) {
                    return true;
                }
            }
        }
    }

    /// Reports the events that there are now.
    async fn poll(&self, seen: &mut Seen) {
        while !seen.is_complete {
            let before = seen.after;
            for event in self.events_after(seen).await.unwrap_or_default() {
                let Some(sequence) = event["sequence"].as_u64() else { continue };
                if let Some(event) = (self.read)(event) {
                    self.take(seen, sequence, &event);
                }
                // What is not shown is read all the same, or the next answer would be this one.
                seen.after = seen.after.max(sequence);
            }
            if seen.after == before {
                return;
            }
        }
    }

    async fn events_after(&self, seen: &mut Seen) -> Option<Vec<Value>> {
        let (status, text) = self.get(&self.events, seen.after).await?;
        seen.is_complete |= status == StatusCode::NO_CONTENT;
        match serde_json::from_slice::<Value>(&text).ok()?["events"].take() {
            Value::Array(events) if status == StatusCode::OK => Some(events),
            _ => None,
        }
    }

    fn take(&self, seen: &mut Seen, sequence: u64, event: &PublicEvent) {
        if sequence <= seen.after {
            return;
        }
        seen.after = sequence;
        seen.has_begun |= matches!(event, PublicEvent::Started { .. });
        seen.is_complete |= matches!(event, PublicEvent::Ended { .. });
        self.reporter.report(event);
    }

    async fn ask(&self, seen: &mut Seen) {
        let answer = self.get(&self.status, 0).await;
        let is_missing = matches!(answer, Some((StatusCode::NOT_FOUND, _)));
        seen.missing = if is_missing { seen.missing + 1 } else { 0 };
        if seen.is_gone() {
            self.reporter.note(Clock::system().now(), messages::GONE);
        }
        let shown = answer.filter(|(status, _)| *status == StatusCode::OK);
        if let Some(view) =
            shown.and_then(|(_, text)| serde_json::from_slice::<DeploymentView>(&text).ok())
        {
            self.reporter.queued(&view);
            seen.deployment = Some(view);
            seen.is_away = false;
        } else if !std::mem::replace(&mut seen.is_away, true) {
            self.reporter.note(Clock::system().now(), messages::AWAY);
        }
    }

    async fn get(&self, url: &Url, after: u64) -> Option<(StatusCode, Vec<u8>)> {
        let request = self
            .client
            .get(url.clone())
            .header(ACCEPT, "application/json")
            .header("last-event-id", after.to_string())
            .timeout(self.pace.answer);
        let response = request.send().await.ok()?;
        let status = response.status();
        Some((status, http_client::beginning(response, ANSWER_MAX).await.ok()?))
    }
}
