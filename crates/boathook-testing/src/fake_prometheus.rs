//! A Prometheus beside the simulated cluster. It answers by the query; what is asked of anyone else
//! goes to another prober.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use boathook_core::{
    clock::Clock,
    health::{
        Header, MetricRule, Mode, OnInconclusive, ProbeAnswer, ProbeRequest, Prober, Prometheus,
        Sample, Unanswered,
    },
};
use futures_util::future::BoxFuture;
use reqwest::Url;
use serde_json::json;

/// Where it answers.
pub const PROMETHEUS: &str = "http://prometheus.test:9090";

/// What it answers to a query.
pub enum QueryAnswer {
    /// One series with this value, of now.
    Value(&'static str),
    /// This body, with this status.
    Body(u16, String),
    /// No series.
    NoData,
    /// Nothing, until the question's deadline.
    Hangs,
    /// The connection is refused.
    Away,
}

type Answers = dyn Fn(&str) -> QueryAnswer + Send + Sync;

pub struct FakePrometheus {
    others: Arc<dyn Prober>,
    clock: Clock,
    answers: Box<Answers>,
    asked: Mutex<Vec<Asked>>,
}

/// A question that it got.
#[derive(Clone, Debug)]
pub struct Asked {
    pub query: String,
    pub headers: Vec<Header>,
}

impl FakePrometheus {
    pub fn new(
        others: Arc<dyn Prober>,
        clock: Clock,
        answers: impl Fn(&str) -> QueryAnswer + Send + Sync + 'static,
    ) -> Self {
        Self { others, clock, answers: Box::new(answers), asked: Mutex::default() }
    }

    /// The questions so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    async fn answer(&self, request: &ProbeRequest) -> Result<ProbeAnswer, Unanswered> {
        let url = Url::parse(&request.url).unwrap();
        assert_eq!(url.path(), "/api/v1/query");
        let query = url.query_pairs().find(|(name, _)| name == "query").unwrap().1.into_owned();
        self.asked
            .lock()
            .unwrap()
            .push(Asked { query: query.clone(), headers: request.headers.clone() });
        let series = |result| {
            let data = json!({"resultType": "vector", "result": result});
            (200, json!({"status": "success", "data": data}).to_string())
        };
        let (status, body) = match (self.answers)(&query) {
            QueryAnswer::Value(value) => {
                let now = self.clock.now().as_duration().as_secs_f64();
                series(json!([{"metric": {}, "value": [now, value]}]))
            }
            QueryAnswer::NoData => series(json!([])),
            QueryAnswer::Body(status, body) => (status, body),
            QueryAnswer::Away => return Err(Unanswered("connection refused".to_owned())),
            QueryAnswer::Hangs => {
                tokio::time::sleep(request.timeout).await;
                return Err(Unanswered(format!("no answer within {:?}", request.timeout)));
            }
        };
        Ok(ProbeAnswer::Http { status, body, location: None })
    }
}

impl Prober for FakePrometheus {
    fn probe(&self, request: ProbeRequest) -> BoxFuture<'_, Sample> {
        if !request.url.starts_with(PROMETHEUS) {
            return self.others.probe(request);
        }
        Box::pin(async move {
            Sample { result: self.answer(&request).await, latency: Duration::from_millis(1) }
        })
    }
}

/// A metric of it, with no limit yet: every ten seconds, three values, two in a row beyond a limit.
pub fn metric(name: &str, query: &str) -> MetricRule {
    MetricRule {
        name: name.to_owned(),
        prometheus: Prometheus {
            url: PROMETHEUS.to_owned(),
            query: query.to_owned(),
            headers: Vec::new(),
            timeout: Duration::from_secs(5),
        },
        max: None,
        min: None,
        relative_to_stable: None,
        interval: Duration::from_secs(10),
        points: 3,
        consecutive_failures: 2,
        mode: Mode::Fail,
        on_inconclusive: OnInconclusive::Continue,
    }
}
