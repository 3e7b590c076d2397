//! A client of a running sandbox's control port. One request, one answer; it waits as long as the
//! sandbox does.

use std::net::SocketAddr;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{Kind, crictl::Printed, registry::Published};

/// A sandbox that runs somewhere else on this machine.
#[derive(Debug)]
pub struct ControlClient {
    address: SocketAddr,
    http: reqwest::Client,
}

/// Why a sandbox's command failed.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Nothing answers there, or the answer is not a sandbox's.
    #[error(
        "no sandbox answers at {address}; `boathook-sandbox` prints its control address when it \
         starts"
    )]
    NoAnswer {
        /// Where it was looked for.
        address: SocketAddr,
        source: reqwest::Error,
    },
    /// It refused.
    #[error("{0}")]
    Refused(String),
    /// The HTTP client could not be created.
    #[error("failed to prepare an HTTP client")]
    Client(#[source] reqwest::Error),
}

#[derive(serde::Deserialize)]
struct Refusal {
    error: String,
}

impl ControlClient {
    /// A client for the sandbox whose control port is at this address.
    pub fn new(address: SocketAddr) -> Result<Self, ControlError> {
        // Another part of the process may have chosen a provider already; any will do for loopback
        // without TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .map_err(ControlError::Client)?;
        Ok(Self { address, http })
    }

    /// Publishes `REPOSITORY:TAG=BEHAVIOUR`.
    pub async fn publish(&self, image: &str) -> Result<Published, ControlError> {
        self.answer(self.post("images", &json!({"image": image}))).await
    }

    pub async fn images(&self) -> Result<Vec<Published>, ControlError> {
        self.answer(self.http.get(self.url("images"))).await
    }

    /// Breaks runs at a place, a number of times or until it is repaired.
    pub async fn break_place(
        &self,
        place: &str,
        fault: &str,
        times: Option<u32>,
    ) -> Result<(), ControlError> {
        self.send(self.post("faults", &json!({"place": place, "fault": fault, "times": times})))
            .await
            .map(drop)
    }

    /// Repairs what was broken.
    pub async fn repair(&self, place: &str) -> Result<(), ControlError> {
        self.send(self.post("faults/repair", &json!({"place": place}))).await.map(drop)
    }

    /// What became of the objects of a kind, a change an item.
    pub async fn changes(&self, kind: Kind) -> Result<Vec<Value>, ControlError> {
        self.answer(self.http.get(self.url(&format!("changes/{}", kind.qualified())))).await
    }

    /// Runs the `crictl` stand-in.
    pub async fn crictl(&self, arguments: &[String]) -> Result<Printed, ControlError> {
        self.answer(self.post("crictl", &json!({"arguments": arguments}))).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    fn post(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        self.http
            .post(self.url(path))
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .body(body.to_string())
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, ControlError> {
        let body = self.send(request).await?;
        serde_json::from_slice(&body).map_err(|error| {
            ControlError::Refused(format!("the sandbox's answer makes no sense: {error}"))
        })
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Vec<u8>, ControlError> {
        let no_answer = |source| ControlError::NoAnswer { address: self.address, source };
        let response = request.send().await.map_err(no_answer)?;
        let succeeded = response.status().is_success();
        let body = response.bytes().await.map_err(no_answer)?;
        if succeeded {
            return Ok(body.to_vec());
        }
        let text = serde_json::from_slice(&body).map_or_else(
            |_| String::from_utf8_lossy(&body).into_owned(),
            |Refusal { error }| error,
        );
        Err(ControlError::Refused(text))
    }
}
