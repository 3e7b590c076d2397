//! One question to Prometheus's HTTP API, and what its answer comes to: one number, or why there is
//! none. What is quoted of an answer is cut and escaped.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::health::{
    Finite, Method, MetricNames, ProbeAnswer, ProbeRequest, Prometheus, Sample, Unanswered,
};

/// The path of an instant query below the server's URL.
const PATH: &str = "/api/v1/query";
/// VictoriaMetrics evaluates a query half a minute before now without it, where a new revision has no
/// value; others ignore it.
const NOW: &str = "&nocache=1";
/// How far the time of a value may be from ours: servers evaluate a query at the moment of the
/// question, so an older one is a cache's, or the clocks differ.
const TIME_TOLERANCE: Duration = Duration::from_secs(60);
/// What begins a remark on the query that older Prometheuses and Thanos put among the warnings: the
/// value is as exact as without it.
const INFO: &str = "PromQL info:";
/// Characters of an answer to quote.
const QUOTE_MAX: usize = 200;

/// Why a question came to no number. It says nothing about the revision, neither good nor bad.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoValue {
    #[error("{0}")]
    Unanswered(Unanswered),
    #[error("the server answered {status}{}", message.as_ref().map(|message| format!(": {message}")).unwrap_or_default())]
    Refused {
        /// The status code.
        status: u16,
        /// What the server said of it.
        message: Option<String>,
    },
    #[error("what answered is no Prometheus: {0}")]
    Unreadable(String),
    #[error(
        "the answer is too long to be read; the query must come to one number, by sum() for example"
    )]
    TooLong,
    #[error("the server warns that the answer may be wrong: {0}")]
    Warned(String),
    #[error("no data")]
    NoData,
    #[error("{0} series came; the query must come to one number, by sum() for example")]
    Several(usize),
    #[error("the query comes to a {0}, not to one number")]
    NotANumber(String),
    #[error("the value is {0}, as where nothing was counted yet")]
    NotFinite(String),
    #[error("the value is {seconds} s {}: a cache answered, or the clocks differ", if *is_old { "old" } else { "in the future" })]
    OtherTime {
        /// How far it is from now.
        seconds: u64,
        /// Whether it is of the past.
        is_old: bool,
    },
}

impl Prometheus {
    /// The question with the placeholders replaced.
    #[must_use]
    pub fn request(&self, names: &MetricNames<'_>) -> ProbeRequest {
        let Self { url, query, headers, timeout } = self;
        let query: String = form_urlencoded::byte_serialize(names.fill(query).as_bytes()).collect();
        let query = query.replace('+', "%20");
        ProbeRequest {
            url: format!(
                "{}{PATH}?query={query}&timeout={}{NOW}",
                url.trim_end_matches('/'),
                timeout.as_secs_f64()
            ),
            connect_to: None,
            timeout: *timeout,
            method: Method::Get,
            headers: headers.clone(),
            grpc: None,
        }
    }
}

/// The number that came at this time.
pub fn metric_value(sample: Sample, now: Timestamp) -> Result<Finite, NoValue> {
    let (status, body) = match sample.result.map_err(NoValue::Unanswered)? {
        ProbeAnswer::Http { status, body, location: _ } => (status, body),
        ProbeAnswer::Grpc(_) => return Err(NoValue::Unreadable("gRPC".to_owned())),
    };
    let reply = serde_json::from_str::<Reply>(&body);
    match reply {
        Ok(reply) if reply.status == "success" && status == 200 => reply.value(now),
        Ok(reply) => Err(NoValue::Refused { status, message: reply.error() }),
        Err(_) if status != 200 => Err(NoValue::Refused { status, message: None }),
        Err(error) if error.is_eof() && !body.is_empty() => Err(NoValue::TooLong),
        Err(_) => Err(NoValue::Unreadable(quoted(&body))),
    }
}

/// An answer, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    status: String,
    error_type: Option<String>,
    error: Option<String>,
    #[serde(default)]
    warnings: Option<Vec<String>>,
    /// VictoriaMetrics: some of its nodes did not answer.
    #[serde(default)]
    is_partial: bool,
    #[serde(default)]
    data: Option<Data>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Data {
    result_type: String,
    result: Value,
}

impl Reply {
    fn error(&self) -> Option<String> {
        let both: Vec<&str> =
            [&self.error_type, &self.error].into_iter().flatten().map(String::as_str).collect();
        (!both.is_empty()).then(|| quoted(&both.join(": ")))
    }

    fn value(&self, now: Timestamp) -> Result<Finite, NoValue> {
        let mut warnings = self.warnings.iter().flatten();
        if let Some(warning) = warnings.find(|warning| !warning.starts_with(INFO)) {
            return Err(NoValue::Warned(quoted(warning)));
        }
        if self.is_partial {
            return Err(NoValue::Warned("it is partial".to_owned()));
        }
        let Some(Data { result_type, result }) = &self.data else {
            return Err(NoValue::Unreadable("without data".to_owned()));
        };
        match (result_type.as_str(), result) {
            ("scalar", point) => number(point, now),
            ("vector", Value::Array(series)) => match series.as_slice() {
                [] => Err(NoValue::NoData),
                [one] if one.get("histogram").is_some() => {
                    Err(NoValue::NotANumber("histogram".to_owned()))
                }
                [one] => number(&one["value"], now),
                several => Err(NoValue::Several(several.len())),
            },
            (other, _) => Err(NoValue::NotANumber(quoted(other))),
        }
    }
}

/// The number of a point: its time in seconds, and its value as text.
fn number(point: &Value, now: Timestamp) -> Result<Finite, NoValue> {
    let unreadable = || NoValue::Unreadable(quoted(&point.to_string()));
    let at = point[0].as_f64().ok_or_else(unreadable)?;
    let text = point[1].as_str().ok_or_else(unreadable)?;
    let number: f64 = text.parse().map_err(|_| unreadable())?;
    let late = now.as_duration().as_secs_f64() - at;
    match Duration::try_from_secs_f64(late.abs()) {
        Ok(distance) if distance <= TIME_TOLERANCE => {}
        distance => {
            let seconds = distance.map_or(u64::MAX, |distance| distance.as_secs());
            return Err(NoValue::OtherTime { seconds, is_old: late > 0.0 });
        }
    }
    Finite::new(number).ok_or_else(|| NoValue::NotFinite(quoted(text)))
}

/// The beginning of a text of the server's, whose quotes stay as they are.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for c in text.chars().take(QUOTE_MAX) {
        match c {
            '"' | '\'' | '\\' => quoted.push(c),
            other => quoted.extend(other.escape_debug()),
        }
    }
    quoted
}
