//! Numbers as go-yaml 2 reads them: of base 2, 8, 10 and 16, with `_` between digits, and floats.

use std::sync::LazyLock;

use regex::Regex;

use crate::manifests::resolved::Resolved;

static FLOAT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
        .expect("the pattern is fixed")
});
/// Where a point comes first, `_` stands between digits only.
static POINT_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?$").expect("the pattern is fixed")
});

/// The number that a text is, if it is one.
pub(super) fn number(text: &str) -> Option<Resolved> {
    match text.as_bytes().first()? {
        b'.' => POINT_FIRST.is_match(text).then(|| finite(&text.replace('_', "")))?,
        b'0'..=b'9' | b'+' | b'-' => signed(&text.replace('_', "")),
        _ => None,
    }
}

fn signed(text: &str) -> Option<Resolved> {
    whole(text).or_else(|| float(text)).or_else(|| binary(text))
}

fn float(text: &str) -> Option<Resolved> {
    FLOAT.is_match(text).then(|| finite(text))?
}

fn finite(text: &str) -> Option<Resolved> {
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(Resolved::Float(number))
}

/// A whole number, with its base as prefix: `0x1f`, `0o17`, `0b11`, `017`.
fn whole(text: &str) -> Option<Resolved> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (Some(false), &text[1..]),
        b'-' => (Some(true), &text[1..]),
        _ => (None, text),
    };
    let (base, digits) = base(digits)?;
    let size = if digits.is_empty() { 0 } else { unsigned(digits, base)? };
    of_size(sign, size)
}

fn base(digits: &str) -> Option<(u32, &str)> {
    let Some(rest) = digits.strip_prefix('0') else {
        return (!digits.is_empty()).then_some((10, digits));
    };
    Some(match rest.as_bytes() {
        [b'b' | b'B', _, ..] => (2, &rest[1..]),
        [b'o' | b'O', _, ..] => (8, &rest[1..]),
        [b'x' | b'X', _, ..] => (16, &rest[1..]),
        _ => (8, rest),
    })
}

/// Digits only, without a sign.
fn unsigned(digits: &str, base: u32) -> Option<u64> {
    digits
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric())
        .then(|| u64::from_str_radix(digits, base).ok())?
}

fn of_size(sign: Option<bool>, size: u64) -> Option<Resolved> {
    match (sign, i64::try_from(size)) {
        (Some(true), _) => 0_i64.checked_sub_unsigned(size).map(Resolved::Integer),
        (_, Ok(number)) => Some(Resolved::Integer(number)),
        (None, Err(_)) => Some(Resolved::Unsigned(size)),
        (Some(false), Err(_)) => None,
    }
}

/// A sign after `0b`, which only go-yaml accepts.
fn binary(text: &str) -> Option<Resolved> {
    let digits = text.strip_prefix("0b")?;
    i64::from_str_radix(digits, 2).ok().map(Resolved::Integer)
}
