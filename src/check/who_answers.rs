//! Asks an address whether it is boathook that answers there.

use std::{
    error::Error,
    io::{self, ErrorKind},
    iter::successors,
    time::Duration,
};

use boathook_core::deployment::error_chain;
use reqwest::{ClientBuilder, StatusCode};
use serde_json::Value;

use crate::http_client;

const TIMEOUT: Duration = Duration::from_secs(5);
/// The most that is read of an answer.
pub(super) const BODY_MAX: usize = 64 << 10;

/// A question that boathook answers in its own way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    /// That of the public listener.
    Health,
    /// That of the dashboard's listener.
    Deployments,
}

/// What answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListenerAnswer {
    /// boathook.
    Boathook,
    /// Another program, and what it says.
    Other(String),
    /// Nobody: the connection is refused.
    Refused,
    /// Nothing that can be read, and why.
    Nothing(String),
}

impl Question {
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Health => "/health",
            Self::Deployments => "/v1/deployments?limit=1",
        }
    }

    /// Asks at a URL that begins so.
    pub(super) async fn ask(self, base: &str) -> ListenerAnswer {
        let url = format!("{base}{}", self.path());
        self.ask_through(http_client::direct(&url), &url).await
    }

    async fn ask_through(self, client: ClientBuilder, url: &str) -> ListenerAnswer {
        let asked = async {
            let answer = client.timeout(TIMEOUT).build()?.get(url).send().await?;
            let status = answer.status();
            Ok((status, http_client::beginning(answer, BODY_MAX).await?))
        };
        match asked.await {
            Ok((status, body)) if self.is_boathook(status, &body) => ListenerAnswer::Boathook,
            Ok((status, _)) => ListenerAnswer::Other(format!(
                "{} is answered {status}, and not as boathook does",
                self.path()
            )),
            Err(error) if is_refused(&error) => ListenerAnswer::Refused,
            Err(error) => ListenerAnswer::Nothing(error_chain(&reqwest::Error::without_url(error))),
        }
    }

    /// A boathook that accepts nothing at the moment answers 503 with its reason.
    pub(super) fn is_boathook(self, status: StatusCode, body: &[u8]) -> bool {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return false };
        match (self, status.as_u16()) {
            (Self::Health, 200) => body["status"] == "healthy" && body["version"].is_string(),
            (Self::Health, 503) => body["error"].is_string(),
            (Self::Deployments, 200) => body.is_array() || body["deployments"].is_array(),
            (Self::Health | Self::Deployments, _) => false,
        }
    }
}

fn is_refused(error: &reqwest::Error) -> bool {
    successors(error.source(), |&error| error.source())
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| error.kind() == ErrorKind::ConnectionRefused)
}
