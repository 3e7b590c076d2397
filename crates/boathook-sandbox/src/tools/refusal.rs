//! How kubectl prints what the API server refused.

use serde_json::Value;

use crate::{Status, tools::output::Output};

/// The address of the simulated API server in messages.
const SERVER: &str = "10.98.0.1:6443";

/// The output for a refusal.
pub(super) fn print(status: &Status) -> Output {
    Output::failed(text(status)).warned(&status.warnings)
}

/// The line for a refusal.
pub(super) fn text(status: &Status) -> String {
    let Status { code: _, reason, message, details, warnings: _ } = status;
    match (*reason, details["name"].as_str()) {
        ("Unauthorized", _) => {
            "error: You must be logged in to the server (Unauthorized)".to_owned()
        }
        ("Invalid", Some(name)) => {
            let kind = details["kind"].as_str().unwrap_or_default();
            format!("The {kind} \"{name}\" is invalid: {}", causes(details))
        }
        ("Invalid", None) => format!("The request is invalid: {message}"),
        ("UnsupportedMediaType", _) => format!("error: {message}"),
        (reason, _) => format!("Error from server ({reason}): {message}"),
    }
}

/// What is wrong, field by field; each in a line of its own if it is more than one.
fn causes(details: &Value) -> String {
    let text = |cause: &Value, field: &str| cause[field].as_str().unwrap_or_default().to_owned();
    let lines = details["causes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|cause| format!("{}: {}", text(cause, "field"), text(cause, "message")));
    let lines: Vec<_> = lines.collect();
    if let [one] = lines.as_slice() { one.clone() } else { format!("\n* {}", lines.join("\n* ")) }
}

/// The same refusal, as `apply` wraps it: `Error from server (Reason): CONTEXT: message`.
pub(super) fn wrapped(status: &Status, context: &str) -> String {
    match status.reason {
        "Unauthorized" | "UnsupportedMediaType" => text(status),
        "Invalid" if status.details["causes"].is_array() => text(status),
        reason => format!("Error from server ({reason}): {context}: {}", status.message),
    }
}

/// Nothing listens at the API server's address.
pub(super) fn unreachable(time: &str, verb: &str, file: &str) -> Output {
    if verb == "apply" {
        return Output::failed(format!(
            "error validating \"{file}\": error validating data: failed to download openapi: Get \
             \"https://{SERVER}/openapi/v2?timeout=32s\": dial tcp {SERVER}: connect: connection \
             refused; if you choose to ignore these errors, turn validation off with \
             --validate=false"
        ));
    }
    let line = format!(
        "E{}   24790 memcache.go:265] \"Unhandled Error\" err=\"couldn't get current server API \
         group list: Get \\\"https://{SERVER}/api?timeout=32s\\\": dial tcp {SERVER}: connect: \
         connection refused\"\n",
        klog_time(time)
    );
    Output::failed(format!(
        "{}The connection to the server {SERVER} was refused - did you specify the right host or \
         port?",
        line.repeat(5)
    ))
}

/// A time as klog writes it: `1122 19:12:10.000000` for `2026-11-22T19:12:10Z`.
pub(super) fn klog_time(time: &str) -> String {
    let (date, clock) = time.trim_end_matches('Z').split_once('T').unwrap_or_default();
    let digits: String = date.chars().skip(4).filter(char::is_ascii_digit).collect();
    format!("{digits} {clock}.000000")
}
