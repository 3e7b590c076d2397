//! How a URL of the service is probed, and what counts as healthy.

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    health::{ProbeRequest, Rules, Unanswered, recorded},
    rollout::{Scheme, UrlSettings},
};

/// The label after name and namespace in the host of a cluster-local service.
const CLUSTER_LOCAL: &str = "svc";
/// Probing without a verdict ends this many samples after those that are needed.
const SPARE_SAMPLES: u32 = 10;
/// The header by which an application that insists on https is content.
const FORWARDED_PROTO: &str = "X-Forwarded-Proto";
/// What helps where an application redirects to https.
const APPLICATION_REDIRECTS: &str =
    "if the application insists on https, set health.headers: {X-Forwarded-Proto: https}";
/// What helps where Knative's gateway redirects to https, which it does whatever the request says.
const GATEWAY_REDIRECTS: &str = "if Knative redirects (networking.knative.dev/http-protocol: redirected, or http-protocol in config-network), \
     set url.scheme: https and the gateway's TLS port in url.ingress_address";

/// How to probe a URL of the service, and what counts as healthy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct Probing {
    /// What counts as healthy.
    pub rules: Rules,
    /// Where the service answers.
    #[serde(flatten)]
    pub url: UrlSettings,
    /// The deadline for a verdict.
    pub deadline: Duration,
}

impl TryFrom<Map<String, Value>> for Probing {
    type Error = serde_json::Error;

    /// Reads what this or an older build recorded: those called the address `connect_to`, and the
    /// oldest knew no domain.
    fn try_from(mut fields: Map<String, Value>) -> Result<Self, Self::Error> {
        let rules = recorded(fields.remove("rules").unwrap_or_default())?;
        let deadline = serde_json::from_value(fields.remove("deadline").unwrap_or_default())?;
        rename_address(&mut fields);
        if let Some(Value::Object(local)) = fields.get_mut("cluster_local") {
            rename_address(local);
        }
        fields.entry("domain").or_insert_with(|| "".into());
        let url = serde_json::from_value(Value::Object(fields))?;
        Ok(Self { rules, url, deadline })
    }
}

fn rename_address(fields: &mut Map<String, Value>) {
    if let Some(address) = fields.remove("connect_to") {
        fields.insert("ingress_address".to_owned(), address);
    }
}

/// Whether a URL in status is cluster-local: `SERVICE.NAMESPACE.svc.CLUSTER-DOMAIN`, for tags too.
/// `domain` is that of public services.
#[must_use]
pub fn is_cluster_local(url: &str, domain: &str) -> bool {
    let host = host_of(url);
    let is_public =
        !domain.is_empty() && host.strip_suffix(domain).is_some_and(|name| name.ends_with('.'));
    !is_public && host.split('.').nth(2) == Some(CLUSTER_LOCAL)
}

fn host_of(url: &str) -> &str {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    host.split(['/', ':']).next().unwrap_or(host)
}

impl Probing {
    /// Probing by these rules until the needed samples are there, with some to spare.
    #[must_use]
    pub fn new(rules: Rules, url: UrlSettings) -> Self {
        let samples = rules.min_samples + SPARE_SAMPLES;
        let deadline = rules.cold_start + (rules.interval + rules.timeout) * samples;
        Self { rules, url, deadline }
    }

    /// The scheme and port for probing the host in `url`: ours, or those of the gateway inside the
    /// cluster.
    fn place(&self, url: &str) -> Result<(String, Option<SocketAddr>), Unanswered> {
        let host = host_of(url);
        if is_cluster_local(url, &self.url.domain) {
            let local = self.url.cluster_local.ok_or_else(|| {
                Unanswered(format!("{host} answers inside the cluster only, and config names no gateway for it (url.cluster_local)"))
            })?;
            return Ok((format!("{}://{host}", local.scheme), local.ingress_address));
        }
        let port = self.url.port.map(|port| format!(":{port}")).unwrap_or_default();
        Ok((format!("{}://{host}{port}", self.url.scheme), self.url.ingress_address))
    }

    /// The probes of the host in `url`, one for each path. The first of a series may take a cold
    /// start.
    pub fn requests(&self, url: &str, is_first: bool) -> Result<Vec<ProbeRequest>, Unanswered> {
        let (place, connect_to) = self.place(url)?;
        let Rules { paths, method, grpc, timeout, cold_start, .. } = &self.rules;
        let headers = self.rules.all_headers();
        let timeout = if is_first { *cold_start.max(timeout) } else { *timeout };
        let ask = |path: &str| ProbeRequest {
            url: format!("{place}{path}"),
            connect_to,
            timeout,
            method: *method,
            headers: headers.clone(),
            grpc: grpc.clone(),
        };
        Ok(if grpc.is_some() {
            vec![ask("")]
        } else {
            paths.iter().map(|path| ask(path)).collect()
        })
    }

    /// The probed URL as text, with its path if there is only one.
    #[must_use]
    pub fn shown(&self, url: &str) -> String {
        let place = self.place(url).map_or_else(|_| url.to_owned(), |(place, _)| place);
        match (&self.rules.grpc, self.rules.paths.as_slice()) {
            (Some(service), _) if service.is_empty() => format!("gRPC health at {place}"),
            (Some(service), _) => format!("gRPC health of {service} at {place}"),
            (None, [path]) => format!("{place}{path}"),
            (None, _) => place,
        }
    }

    /// What helps where http is redirected to https: the header, unless it is sent already.
    #[must_use]
    pub fn hint(&self, redirects_to_https: bool) -> String {
        let is_sent = self
            .rules
            .headers
            .iter()
            .any(|header| header.name.eq_ignore_ascii_case(FORWARDED_PROTO));
        match (self.url.scheme == Scheme::Http && redirects_to_https, is_sent) {
            (false, _) => String::new(),
            (true, false) => format!("; {APPLICATION_REDIRECTS}; {GATEWAY_REDIRECTS}"),
            (true, true) => format!("; {GATEWAY_REDIRECTS}"),
        }
    }
}
