//! Sentences in which a colon follows a word such as `token`: what comes then is a reason, not a
//! value.
//!
//! `failed to fetch anonymous token: unexpected status ...` and `require authorization:
//! authorization failed: no basic auth credentials` are what an operator has to read. A word of this
//! list begins one: nobody's secret is `unexpected`. So does any word that another word follows.

/// The first words of reasons, as Go programs, registries and Kubernetes write them.
const FIRST_WORDS: [&str; 63] = [
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
    "decoding",
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

/// Whether a sentence goes on here, after its first word: with a word, or with a name in quotes. A
/// word that `:` or `=` follows is the next name.
pub(super) fn is_sentence(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix(' ') else { return false };
    let word = rest.split([' ', ',', ';', ')', '.']).next().unwrap_or_default();
    rest.starts_with(['"', '\''])
        || !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())
}

fn is_status_code(word: &str) -> bool {
    word.len() == 3 && word.parse::<u16>().is_ok_and(|code| (100..600).contains(&code))
}
