//! Sentences in which a colon follows a word such as `token`: what comes then is a reason, not a
//! value.
//!
//! `failed to fetch anonymous token: unexpected status ...` and `require authorization:
//! authorization failed: no basic auth credentials` are what an operator has to read. Only words of
//! this list are taken for the beginning of one: nobody's secret is `unexpected`.

/// The first words of reasons, as Go programs, registries and Kubernetes write them.
const FIRST_WORDS: [&str; 62] = [
    "a",
    "access",
    "an",
    "anonymous",
    "authentication",
    "authorization",
    "bad",
    "cannot",
    "client",
    "connection",
    "context",
    "could",
    "couldn",
    "credentials",
    "denied",
    "dial",
    "does",
    "eof",
    "error",
    "exec",
    "expected",
    "expired",
    "failed",
    "failure",
    "forbidden",
    "get",
    "has",
    "head",
    "http",
    "https",
    "illegal",
    "incorrect",
    "insufficient_scope",
    "invalid",
    "is",
    "it",
    "lookup",
    "malformed",
    "missing",
    "must",
    "net/http",
    "no",
    "not",
    "open",
    "permission",
    "post",
    "pull",
    "read",
    "received",
    "request",
    "required",
    "rpc",
    "run",
    "server",
    "signature",
    "stat",
    "the",
    "unable",
    "unauthorized",
    "unexpected",
    "unknown",
    "x509",
];

/// Whether a text begins as a reason does; the status code that follows on an address which ends in
/// `/token` is one too.
pub(super) fn begins_prose(text: &str) -> bool {
    let word = text.split(|c: char| c.is_whitespace() || c == ':').next().unwrap_or_default();
    FIRST_WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)) || is_status_code(word)
}

fn is_status_code(word: &str) -> bool {
    word.len() == 3 && word.parse::<u16>().is_ok_and(|code| (100..600).contains(&code))
}
