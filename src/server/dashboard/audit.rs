//! `GET /dashboard/audit`: the newest lines of the audit log, as in its files. `boathook audit
//! verify` proves whether they are complete.

use actix_web::{
    HttpResponse,
    web::{Data, Query},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::task::spawn_blocking;

use crate::{
    observers::audit::{Newest, newest},
    server::{
        ApiError, OperatorState,
        dashboard::{
            layout::{Follows, Page},
            parts::{Cell, section, table},
        },
        html::{Escaped, time},
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

pub async fn audit(
    wanted: Query<Wanted>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let id = wanted.deployment.trim();
    let lines = lines(&operators, Some(id).filter(|id| !id.is_empty())).await;
    let page = Page {
        title: "Audit",
        place: "/dashboard/audit",
        news: "",
        follows: Follows::Everything,
        read_at: operators.clock.now(),
    };
    let form = format!(
        "<form method=\"get\" action=\"/dashboard/audit\" role=\"search\" aria-label=\"Filter the lines\">\n<label>Deployment \
         <input type=\"text\" name=\"deployment\" value=\"{}\" maxlength=\"64\"></label>\n<button type=\"submit\">Show</button>\n</form>\n",
        Escaped(id)
    );
    Ok(page.answer(
        HttpResponse::Ok(),
        &format!("<h1>Audit</h1>\n{form}{}", section("lines", "Newest lines", &lines)),
    ))
}

/// The newest lines of one deployment, or of all, as a table.
pub async fn lines(operators: &OperatorState, id: Option<&str>) -> String {
    let (folder, wanted) = (operators.audit.clone(), id.map(str::to_owned));
    let read = spawn_blocking(move || newest(&folder, wanted.as_deref(), LINES)).await;
    let Ok(Ok(Newest { lines, has_older })) = read else {
        return "<p class=\"problem\">The audit log cannot be read; <code>boathook audit verify</code> tells why.</p>\n".to_owned();
    };
    if lines.is_empty() {
        return "<p class=\"empty\">No line is there yet.</p>\n".to_owned();
    }
    let older = if has_older {
        "<p class=\"note\">Earlier lines: <code>boathook audit show</code></p>\n"
    } else {
        ""
    };
    let columns = ["Line", "When", "What", "Details"];
    format!(
        "{}{older}",
        table("Lines of the audit log, newest first", columns, lines.iter().map(row))
    )
}

fn row(line: &Value) -> [Cell; 4] {
    let text = |name: &str| line[name].as_str().unwrap_or_default();
    let at = text("at").parse::<Timestamp>().map(time).unwrap_or_default();
    let of = match text("deployment") {
        "" => String::new(),
        id => format!(
            " <a href=\"/dashboard/deployments/{id}\"><code>{id}</code></a>",
            id = Escaped(id)
        ),
    };
    [
        Cell::of("number", Escaped(&line["number"].to_string())),
        Cell::of("at", at + &of),
        Cell::head(Escaped(&text("what").replace('_', " "))),
        Cell::of("details", format!("{} {}", who(&line["who"]), fields(line, &NOT_AGAIN)).trim()),
    ]
}

/// Who did it; empty for boathook itself.
fn who(who: &Value) -> String {
    if who["program"] == "boathook" { String::new() } else { fields(who, &[]) }
}

fn fields(object: &Value, without: &[&str]) -> String {
    let fields = object
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| !without.contains(&name.as_str()));
    let filled = fields.filter(|(_, value)| {
        value.as_str() != Some("") && value.as_array().is_none_or(|items| !items.is_empty())
    });
    let shown = filled.map(|(name, value)| {
        format!(
            "<span class=\"field\"><span class=\"muted\">{}</span> {}</span>",
            Escaped(&name.replace('_', " ")),
            Escaped(&short(value))
        )
    });
    shown.collect::<Vec<_>>().join(" ")
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
