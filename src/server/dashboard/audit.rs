//! `GET /dashboard/audit`: the newest lines of the audit log, as in its files. `boathook audit
//! verify` proves whether they are complete.

use actix_web::{
    HttpResponse,
    web::{Data, Query},
};
use askama::Template;
use boathook_core::clock::date_and_time;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::task::spawn_blocking;

use crate::{
    observers::audit::{Newest, newest},
    server::{
        ApiError, OperatorState,
        dashboard::{
            layout::{Frame, answer},
            parts::InWords as _,
        },
    },
};

/// Lines on one page.
const LINES: usize = 200;
/// Characters of one value.
const VALUE_SHOWN: usize = 200;
/// Fields of the chain, or with a column of their own.
const NOT_AGAIN: [&str; 8] =
    ["number", "previous", "hash", "sequence", "at", "deployment", "what", "who"];

/// Which lines are wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    deployment: String,
}

#[derive(Template)]
#[template(path = "dashboard/audit.html")]
struct Audit {
    frame: Frame,
    wanted: String,
    audit: Result<AuditLines, Unreadable>,
}

/// Lines as `parts.html` shows them.
pub struct AuditLines {
    pub lines: Vec<AuditLine>,
    /// Whether there are earlier ones.
    pub has_older: bool,
}

pub struct AuditLine {
    pub number: String,
    pub at: String,
    /// Its deployment; empty where it is about none.
    pub deployment: String,
    pub what: String,
    /// Who did it, and everything else: name and value.
    pub fields: Vec<(String, String)>,
}

/// The audit log cannot be read.
pub struct Unreadable;

pub async fn audit(
    wanted: Query<Wanted>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let id = wanted.deployment.trim();
    let page = Audit {
        audit: lines(&operators, Some(id).filter(|id| !id.is_empty())).await,
        frame: Frame {
            title: "Audit".to_owned(),
            place: "/dashboard/audit",
            news: String::new(),
            follows: Some("all".to_owned()),
            read_at: operators.clock.now(),
        },
        wanted: id.to_owned(),
    };
    Ok(answer(HttpResponse::Ok(), &page))
}

/// The newest lines of one deployment, or of all.
pub async fn lines(operators: &OperatorState, id: Option<&str>) -> Result<AuditLines, Unreadable> {
    let folder = operators.audit.clone();
    let wanted = id.map(str::to_owned);
    let read = spawn_blocking(move || newest(&folder, wanted.as_deref(), LINES)).await;
    let Ok(Ok(Newest { lines, has_older })) = read else { return Err(Unreadable) };
    Ok(AuditLines { lines: lines.iter().map(AuditLine::of).collect(), has_older })
}

impl AuditLine {
    fn of(line: &Value) -> Self {
        let text = |name: &str| line[name].as_str().unwrap_or_default();
        Self {
            number: line["number"].to_string(),
            at: text("at").parse::<Timestamp>().map(date_and_time).unwrap_or_default(),
            deployment: text("deployment").to_owned(),
            what: text("what").replace('_', " "),
            fields: who(&line["who"]).into_iter().chain(fields(line, &NOT_AGAIN)).collect(),
        }
    }
}

/// Who did it; empty for boathook itself.
fn who(who: &Value) -> Vec<(String, String)> {
    if who["program"] == "boathook" { Vec::new() } else { fields(who, &[]) }
}

fn fields(object: &Value, without: &[&str]) -> Vec<(String, String)> {
    let fields = object
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| !without.contains(&name.as_str()));
    let filled = fields.filter(|(_, value)| {
        value.as_str() != Some("") && value.as_array().is_none_or(|items| !items.is_empty())
    });
    filled.map(|(name, value)| (name.replace('_', " "), short(value))).collect()
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(words) if words.iter().all(Value::is_string) => {
            words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    };
    match text.char_indices().nth(VALUE_SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
