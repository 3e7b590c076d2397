//! Asking URLs of the service until there is a verdict: what the steps that probe have in common.

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    health::{ProbeRequest, Rules, Series, Verdict},
    steps::{Context, Finding, StepError},
};

/// How to ask a URL of the service, and what is well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probing {
    /// What is well.
    pub rules: Rules,
    /// `http` or `https`, whatever status says (TLS often ends outside the cluster).
    pub scheme: String,
    /// The port, where it is not the scheme's own.
    pub port: Option<u16>,
    /// Where connections go instead of what the host resolves to.
    pub connect_to: Option<SocketAddr>,
    /// How long there may be no verdict.
    pub deadline: Duration,
}

/// Which URL was asked, for the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The candidate's own, by its tag.
    Candidate,
    /// The service's own, which users use.
    Service,
}

impl Asked {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Service => "service",
        }
    }

    pub(crate) fn finding(self, series: &Series) -> Finding {
        Finding::Health { of: self.name().to_owned(), numbers: series.numbers(), times: series.times() }
    }
}

impl Probing {
    /// The question for the host in `url`, at our scheme, port and path. The first of a series may take its cold start.
    pub(crate) fn request(&self, url: &str, is_first: bool) -> ProbeRequest {
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or(host);
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let url = format!("{}://{host}{port}{}", self.scheme, self.rules.path);
        let timeout = if is_first { self.rules.cold_start.max(self.rules.timeout) } else { self.rules.timeout };
        ProbeRequest { url, connect_to: self.connect_to, timeout }
    }

    /// Asks until the samples are enough for a verdict, or the deadline has passed.
    pub(crate) async fn verdict(&self, context: &Context<'_>, asked: Asked, url: &str) -> Result<Finding, StepError> {
        let until = Instant::now() + self.deadline;
        let mut series = Series::default();
        let (mut next, mut is_first) = (Instant::now(), true);
        loop {
            context.sleep_until(next).await?;
            next = Instant::now() + self.rules.interval;
            series.push(&context.prober.probe(self.request(url, is_first)).await, &self.rules);
            is_first = false;
            if let Some(reason) = series.bad_so_far(&self.rules) {
                return Err(self.bad(context, asked, url, &reason, &series).await);
            }
            match series.verdict(&self.rules) {
                Verdict::Good { .. } if next <= until && series.is_open(&self.rules) => {}
                Verdict::Good { .. } => return Ok(asked.finding(&series)),
                Verdict::Bad { reason, .. } => return Err(self.bad(context, asked, url, &reason, &series).await),
                Verdict::Inconclusive { reason, .. } if next > until => {
                    let reason = format!("no verdict within {} s: {reason}", self.deadline.as_secs());
                    return Err(self.bad(context, asked, url, &reason, &series).await);
                }
                Verdict::Inconclusive { .. } => {}
            }
        }
    }

    /// The error for a bad verdict, after its numbers went into the record.
    pub(crate) async fn bad(&self, context: &Context<'_>, asked: Asked, url: &str, reason: &str, series: &Series) -> StepError {
        context.learn(asked.finding(series)).await;
        StepError::Failed(format!("{} is not well: {reason}", self.request(url, false).url))
    }
}
