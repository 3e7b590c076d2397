//! Classifies a whole message of containerd, the kubelet, Knative or kubectl.

use std::sync::LazyLock;

use regex::Regex;

use crate::failure::{
    Class,
    network::{is_away, is_misconfigured},
    of_status,
};

/// A status code that a client marks as one, `status code 503`, `unexpected status from HEAD
/// request to https://...: 503 ...`, or with its own phrase, `502 Bad Gateway`, or, as docker has
/// it, `error parsing HTTP 503 response body`. Never a number in a name or a tag.
static STATUS: LazyLock<Regex> = LazyLock::new(|| {
    let where_from = r"(?: from [a-z]+ request to [^ \n]+| \[[^\]\n]*\]| https?://[^ \n]+)?";
    let phrases = [
        "(401) Unauthorized",
        "(403) Forbidden",
        "(404) Not Found",
        "(408) Request Timeout",
        "(429) Too Many Requests",
        "(500) Internal Server Error",
        "(502) Bad Gateway",
        "(503) Service (?:Temporarily )?Unavailable",
        "(504) Gateway Time-?out",
    ];
    let phrases = phrases.join("|");
    regex(&format!(
        r#"(?i)\bstatus(?: code)?{where_from}:? "?([345][0-9][0-9])\b|\bparsing HTTP ([345][0-9][0-9])\b|\b(?:{phrases})"#
    ))
});
/// Codes of the distribution specification, which registries write into an answer's body.
static REGISTRY_CODE: LazyLock<Regex> = LazyLock::new(|| {
    let permanent = "UNAUTHORIZED|DENIED|MANIFEST_UNKNOWN|MANIFEST_INVALID|NAME_UNKNOWN|NAME_INVALID|BLOB_UNKNOWN|UNSUPPORTED";
    regex(&format!(
        r#"\b((?i:toomanyrequests)|UNAVAILABLE)(?:[: "]|$)|\b(?:{permanent}):|(?:^|: )(?:unauthorized|denied): "#
    ))
});
static GRPC_CODE: LazyLock<Regex> = LazyLock::new(|| regex(r"\bcode = ([A-Z][A-Za-z]+)"));

/// Messages of clients when a registry requires a login, or another one.
const REFUSED_LOGIN: [&str; 7] = [
    "no basic auth credentials",
    "authorization failed",
    "authentication required",
    "insufficient_scope",
    "pull access denied",
    "requested access to the resource is denied",
    "failed to authorize",
];

/// Word boundaries are ASCII.
fn regex(pattern: &str) -> Regex {
    Regex::new(&pattern.replace(r"\b", r"(?-u:\b)"))
        .expect("the pattern is fixed, and the tests use it")
}

/// The class of a message; none if it has no known sign, so that the caller decides.
///
/// The innermost sign, which is the last, decides: a status code before a registry's own code, both
/// before a broken connection, and that before a gRPC code, which containerd also takes for what a
/// registry answered.
#[must_use]
pub fn of_message(text: &str) -> Option<Class> {
    let lower = text.to_ascii_lowercase();
    if is_misconfigured(&lower) {
        return Some(Class::Permanent);
    }
    last_status(text)
        .map(of_status)
        .or_else(|| of_registry(text))
        .or_else(|| of_connection(&lower))
        .or_else(|| of_grpc(text))
}

/// Whether a registry refused for want of a login: 401, 403, and what clients make of them.
#[must_use]
pub fn is_refused_login(text: &str) -> bool {
    match last_status(text) {
        Some(status) => matches!(status, 401 | 403),
        None => of_connection(&text.to_ascii_lowercase()) == Some(Class::Permanent),
    }
}

fn last_status(text: &str) -> Option<u16> {
    let found = STATUS.captures_iter(text).last()?;
    found.iter().skip(1).flatten().find_map(|code| code.as_str().parse().ok())
}

fn of_registry(text: &str) -> Option<Class> {
    let found = REGISTRY_CODE.captures_iter(text).last()?;
    Some(if found.get(1).is_some() { Class::Transient } else { Class::Permanent })
}

fn of_connection(lower: &str) -> Option<Class> {
    if says_login(lower) && !is_away(lower) {
        return Some(Class::Permanent);
    }
    is_away(lower).then_some(Class::Transient)
}

fn says_login(lower: &str) -> bool {
    REFUSED_LOGIN.iter().any(|words| lower.contains(words))
}

/// `Unknown` says nothing, and the rest had no sign either.
fn of_grpc(text: &str) -> Option<Class> {
    match GRPC_CODE.captures_iter(text).last()?.get(1)?.as_str() {
        "Unavailable" | "DeadlineExceeded" | "ResourceExhausted" | "Aborted" | "Canceled" => {
            Some(Class::Transient)
        }
        "Unknown" | "Internal" => None,
        _ => Some(Class::Permanent),
    }
}
