//! What users get of each service, and whom its status gives their requests to.

use std::{collections::BTreeSet, error::Error, time::Duration};

use jiff::Timestamp;
use reqwest::{Client, Url, header::HOST};
use serde_json::Value;
use tokio::time::sleep;

use crate::failover::evidence::{Lines, Look};

const PAUSE: Duration = Duration::from_millis(200);

/// A namespace of the simulated cluster, as its users and its administrator reach it.
pub struct WatchedNamespace {
    pub client: Client,
    /// Where services are listed.
    pub services: Url,
    pub ingress: Url,
    /// What follows the name of a service in its host.
    pub domain: String,
}

impl WatchedNamespace {
    /// Looks until it is stopped.
    pub async fn watch(self, lines: Lines) -> Result<(), Box<dyn Error>> {
        let mut serving = BTreeSet::new();
        loop {
            let listed = self.client.get(self.services.clone()).send().await?.text().await?;
            let listed: Value = serde_json::from_str(&listed)?;
            for service in listed["items"].as_array().into_iter().flatten() {
                let name = service["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                // Until it was Ready once, a service has no users.
                if is_ready(service) {
                    serving.insert(name.clone());
                }
                if !serving.contains(&name) {
                    continue;
                }
                let at = Timestamp::now();
                let traffic = service["status"]["traffic"].as_array();
                let shares = traffic.into_iter().flatten().map(share).collect();
                lines.add(&Look { at, status: self.visit(&name).await, service: name, shares })?;
            }
            sleep(PAUSE).await;
        }
    }

    async fn visit(&self, service: &str) -> Option<u16> {
        let host = format!("{service}.{}", self.domain);
        let answer = self.client.get(self.ingress.clone()).header(HOST, host).send().await.ok()?;
        let status = answer.status().as_u16();
        answer.bytes().await.ok().map(|_| status)
    }
}

fn is_ready(service: &Value) -> bool {
    let mut conditions = service["status"]["conditions"].as_array().into_iter().flatten();
    conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

fn share(target: &Value) -> (String, u64) {
    let revision = target["revisionName"].as_str().unwrap_or_default().to_owned();
    (revision, target["percent"].as_u64().unwrap_or_default())
}
