//! One line of the audit log as text: when, which deployment, what, who did it, and the rest as
//! `name=value`.

use boathook_core::{clock::date_and_time, deployment::ShellWord};
use jiff::Timestamp;
use serde_json::Value;

use crate::cli::terminal::Line;

/// Fields of the hash chain, and fields that the line already begins with.
const NOT_AGAIN: [&str; 8] =
    ["number", "previous", "hash", "sequence", "at", "deployment", "what", "who"];

/// The line, harmless on a terminal.
pub fn describe(line: &Value) -> String {
    let text = |name: &str| Line(line[name].as_str().unwrap_or("-")).to_string();
    let at = line["at"].as_str().and_then(|at| at.parse::<Timestamp>().ok()).unwrap_or_default();
    let begin = format!(
        "#{} {} {} {}",
        line["number"],
        date_and_time(at),
        text("deployment"),
        text("what")
    );
    let who = line["who"].as_object().into_iter().flatten();
    let rest = line
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| !NOT_AGAIN.contains(&name.as_str()));
    who.chain(rest).fold(begin, |reported, (name, value)| {
        format!("{reported} {}={}", Line(name), shown(value))
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => ShellWord(text).to_string(),
        Value::Array(words) if words.iter().all(Value::is_string) => {
            format!(
                "({})",
                words
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|word| ShellWord(word).to_string())
                    .collect::<Vec<_>>()
                    .join(" ")
            )
        }
        other => Line(&other.to_string()).to_string(),
    }
}
