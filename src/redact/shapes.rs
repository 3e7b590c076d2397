//! Text that has the shape of a secret, no matter whose.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

use crate::redact::{MASK, prose::begins_prose, speaks_of_a_secret};

/// A value: in quotes, in quotes within quoted JSON, or a word. A quote that never closes marks a
/// cut text.
const VALUE: &str = r#"(?:\\"(?:[^"\\]|\\\\(?:\\["\\]|[a-z]))*|"(?:[^"\\]|\\[^\r\n])*|'[^'\r\n]*|(?:\[redacted\]|[^ \t\r\n"'\\,;&<>(){}\[\]`])+)"#;
/// Names that promise a secret; `speaks_of_a_secret` has the last word.
const NAME: &str = r"[A-Za-z0-9_.-]*(?:pass|secret|token|credential|creds|(?:api|access|private|client|signing|encryption)[_.-]?key|pwd|cookie)[A-Za-z0-9_.-]*";

static PRIVATE_KEY: LazyLock<Regex> = LazyLock::new(|| {
    let marker = "[A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----";
    regex(&format!(
        "(?s)-----BEGIN {marker}.*?(?:-----END {marker}|\\z)|(?:[A-Za-z0-9+/=]{{16,}}(?:\\r?\\n|\\\\n)?)+-----END {marker}"
    ))
});
static SHAPED: LazyLock<Regex> = LazyLock::new(|| {
    let shapes = [
        // Base64 of an object: a JWT, whole or cut, or a registry's credentials.
        r"eyJ[A-Za-z0-9_+/=-]{17,}(?:\.[A-Za-z0-9_=-]*)*",
        r"gh[pousr]_[A-Za-z0-9]{16,}",
        r"github_pat_[A-Za-z0-9_]{16,}",
        r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt|oas)-[A-Za-z0-9_-]{16,}",
        r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
        r"dckr_[a-z]{3}_[A-Za-z0-9_-]{16,}",
        r"npm_[A-Za-z0-9]{16,}",
        r"xox[a-z]-[A-Za-z0-9-]{10,}",
        r"hv[sbr]\.[A-Za-z0-9_-]{16,}",
        r"K10[a-f0-9]{16,}::[a-z]+:[A-Za-z0-9]+",
    ];
    regex(&shapes.join("|"))
});
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)(authorization\\?["']?[ \t]*[:=][ \t]*\\?["']?)([^\r\n"'\\,]+)|(bearer[ \t]+)([A-Za-z0-9._~+/=-]{8,})"#,
    )
});
static USER_INFO: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"([A-Za-z][A-Za-z0-9+.-]*://)[^ \t\r\n/?#"'<>`\\]+(@)|([A-Za-z0-9._-]+:)[^ \t\r\n/@"'<>`\\]+(@[A-Za-z0-9.-]+(?::[0-9]+)?/)"#,
    )
});
static NAMED: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r#"(?i)({NAME})(\\?["']?[ \t]*[=:][ \t]*)({VALUE})"#)));
static FLAG: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"(?i)(--?{NAME})([ \t]+)({VALUE})")));
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r#"("name\\?"[ \t]*:[ \t]*\\?"([^"\\]*))(\\?"[ \t]*,[ \t]*\\?"value\\?"[ \t]*:[ \t]*)({VALUE})"#
    ))
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed, and the tests use it")
}

/// The text without anything that has the shape of a secret, in time that grows with its length.
#[must_use]
pub fn without_shapes(text: &str) -> Cow<'_, str> {
    let text = Cow::Borrowed(text);
    let text = replaced(text, &PRIVATE_KEY, |_| MASK.to_owned());
    let text = replaced(text, &SHAPED, |_| MASK.to_owned());
    let text = replaced(text, &USER_INFO, |found| {
        format!("{}{}{MASK}{}{}", part(found, 1), part(found, 3), part(found, 2), part(found, 4))
    });
    let text = replaced(text, &HEADER, header);
    let text =
        replaced(text, &VARIABLE, |found| named(found, part(found, 2), [1, 3], part(found, 4)));
    let text = replaced(text, &NAMED, |found| named(found, part(found, 1), [1, 2], part(found, 3)));
    replaced(text, &FLAG, |found| named(found, part(found, 1), [1, 2], part(found, 3)))
}

fn replaced<'a>(
    text: Cow<'a, str>,
    regex: &Regex,
    with: impl Fn(&Captures<'_>) -> String,
) -> Cow<'a, str> {
    match regex.replace_all(&text, with) {
        Cow::Borrowed(_) => text,
        Cow::Owned(changed) => Cow::Owned(changed),
    }
}

/// A header, with its value hidden; `authorization: no basic auth credentials` is not one.
fn header(found: &Captures<'_>) -> String {
    let (before, value) =
        ([part(found, 1), part(found, 3)].concat(), [part(found, 2), part(found, 4)].concat());
    if !before.ends_with('=') && begins_prose(&value) {
        part(found, 0).to_owned()
    } else {
        format!("{before}{MASK}")
    }
}

/// The match, with the value hidden where its name promises a secret. Quotes stay, so that JSON
/// stays JSON.
fn named(found: &Captures<'_>, name: &str, before: [usize; 2], value: &str) -> String {
    let is_prose = part(found, before[1]).ends_with(": ") && begins_prose(value);
    if !speaks_of_a_secret(name) || is_prose || matches!(value, "null" | "true" | "false") {
        return part(found, 0).to_owned();
    }
    let quotes = value.find(|c| !matches!(c, '\\' | '"' | '\'')).unwrap_or(value.len());
    format!("{}{}{}{MASK}", part(found, before[0]), part(found, before[1]), &value[..quotes])
}

fn part<'a>(found: &Captures<'a>, number: usize) -> &'a str {
    found.get(number).map_or("", |part| part.as_str())
}
