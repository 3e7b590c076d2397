//! Text that has the shape of a secret, no matter whose.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

use crate::redact::{
    MASK,
    prose::{begins_prose, is_sentence},
    speaks_of_a_secret,
};

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
static FLAG: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r#"(?i)((?:^|[^A-Za-z0-9_./-]|\\[nrt]|\x1b\[[0-9;]*m)--?{NAME})([ \t]+)({VALUE})"#
    ))
});
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r#"("name\\?"[ \t]*:[ \t]*\\?"([^"\\]*))(\\?"[ \t]*,[ \t]*\\?"value\\?"[ \t]*:[ \t]*)({VALUE})"#
    ))
});

/// What takes the place of what was found.
type Replacing = fn(&Captures<'_>) -> String;

/// What is looked for in this order, and what takes its place.
static REPLACEMENTS: [(&LazyLock<Regex>, Replacing); 5] = [
    (&PRIVATE_KEY, |_| MASK.to_owned()),
    (&SHAPED, |_| MASK.to_owned()),
    (&USER_INFO, user_info),
    (&HEADER, header),
    (&VARIABLE, |found| named(found, part(found, 2), [1, 3], part(found, 4))),
];

/// A longer text before an `@` is taken for a token.
const USER_MAX: usize = 12;
/// `serviceaccounts` and `unauthenticated` have 15 letters.
const WORD_MAX: usize = 16;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed, and the tests use it")
}

/// The text without anything that has the shape of a secret, in time that grows with its length.
#[must_use]
pub fn without_shapes(text: &str) -> Cow<'_, str> {
    let whole = Cow::Borrowed(text);
    let unshaped =
        REPLACEMENTS.iter().fold(whole, |text, (shape, without)| replaced(text, shape, without));
    let unnamed = without_named(unshaped);
    replaced(unnamed, &FLAG, |found| named(found, part(found, 1), [1, 2], part(found, 3)))
}

/// The text without the values of names that promise a secret. What stays may itself be the name of
/// one: `"db-secret.yaml": token: VALUE`.
fn without_named(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut clean = String::new();
    let mut copied = 0;
    let mut from = 0;
    while let Some(found) = NAMED.captures_at(&text, from)
        && let (Some(whole), Some(value)) = (found.get(0), found.get(3))
    {
        if is_reason(&found, &text[whole.end()..]) || !hides(part(&found, 1), value.as_str()) {
            // A value ends at a blank, so that no text is gone through more than twice.
            let is_word = part(&found, 2).ends_with([' ', '\t']);
            from = if is_word { value.start() } else { whole.end() };
            continue;
        }
        clean.push_str(&text[copied..whole.start()]);
        clean.push_str(&masked([part(&found, 1), part(&found, 2)], value.as_str()));
        copied = whole.end();
        from = copied;
    }
    if copied == 0 {
        return text;
    }
    clean.push_str(&text[copied..]);
    Cow::Owned(clean)
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

/// An address without the password, or without the token that stands alone before the `@`; a name of
/// a user alone stays.
fn user_info(found: &Captures<'_>) -> String {
    let whole = part(found, 0);
    let user = whole.strip_prefix(part(found, 1)).and_then(|rest| rest.strip_suffix('@'));
    if user.is_some_and(|user| user.len() <= USER_MAX && is_word(user)) {
        return whole.to_owned();
    }
    format!("{}{}{MASK}{}{}", part(found, 1), part(found, 3), part(found, 2), part(found, 4))
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Whether it may be a word of a sentence: short, and lower case but for its first letter.
fn is_ordinary(word: &str) -> bool {
    let rest = word.get(1..).unwrap_or_default();
    word.len() <= WORD_MAX && is_word(word) && !rest.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Whether `NAME: VALUE` is the beginning of a reason. After a name of a password only a word that
/// begins reasons counts, because a passphrase may be words.
fn is_reason(found: &Captures<'_>, rest: &str) -> bool {
    let name = part(found, 1).to_ascii_lowercase();
    let value = part(found, 3);
    let may_be_words = name.contains("pass") || name.contains("pwd");
    let names_another = value.strip_suffix(':').is_some_and(speaks_of_a_secret);
    let is_prose = begins_prose(value)
        || names_another
        || !may_be_words && is_ordinary(value) && is_sentence(rest);
    part(found, 2).ends_with(": ") && is_prose
}

/// A header, with its value hidden; `authorization: no basic auth credentials` is not one.
fn header(found: &Captures<'_>) -> String {
    let before = [part(found, 1), part(found, 3)].concat();
    let value = [part(found, 2), part(found, 4)].concat();
    if !before.ends_with('=') && begins_prose(&value) {
        part(found, 0).to_owned()
    } else {
        format!("{before}{MASK}")
    }
}

/// The match, with the value hidden where its name promises a secret.
fn named(found: &Captures<'_>, name: &str, before: [usize; 2], value: &str) -> String {
    if hides(name, value) {
        masked(before.map(|number| part(found, number)), value)
    } else {
        part(found, 0).to_owned()
    }
}

fn hides(name: &str, value: &str) -> bool {
    speaks_of_a_secret(name) && !matches!(value, "null" | "true" | "false")
}

/// Quotes stay, so that JSON stays JSON.
fn masked(before: [&str; 2], value: &str) -> String {
    let quotes = value.find(|c| !matches!(c, '\\' | '"' | '\'')).unwrap_or(value.len());
    format!("{}{}{}{MASK}", before[0], before[1], &value[..quotes])
}

fn part<'a>(found: &Captures<'a>, number: usize) -> &'a str {
    found.get(number).map_or("", |part| part.as_str())
}
