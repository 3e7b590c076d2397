//! One line of the audit log as text: when, which deployment, what, who did it, and the rest as
//! `name=value`.

use boathook_core::{clock::date_and_time, deployment::ShellWord};
use serde_json::Value;

use crate::{cli::terminal::Line, observers::audit::LineParts};

/// The line, harmless on a terminal.
pub fn describe(line: &Value) -> String {
    let LineParts { number, at, deployment, what, who, rest } = LineParts::of(line);
    let begin = format!(
        "#{number} {} {} {}",
        date_and_time(at.unwrap_or_default()),
        Line(deployment.unwrap_or("-")),
        Line(what.unwrap_or("-"))
    );
    who.into_iter().chain(rest).fold(begin, |reported, (name, value)| {
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
