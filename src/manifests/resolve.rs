//! Resolves scalars by go-yaml 2's rules for YAML 1.1, tag by tag.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::civil::{Date, Time};
use regex::Regex;

use crate::manifests::{Fault, numbers, resolved::Resolved, tree::Scalar};

const PREFIX: &str = "tag:yaml.org,2002:";

/// What the scalar means.
pub(super) fn resolve(scalar: &Scalar) -> Result<Resolved, Fault> {
    let Scalar { text, tag, plain } = scalar;
    let Some(tag) = tag else {
        return Ok(if *plain { of_text(text) } else { Resolved::Text(text.clone()) });
    };
    let Some(tag) = tag.strip_prefix(PREFIX) else { return Ok(Resolved::Text(text.clone())) };
    let resolved = of_text(text);
    let agrees = match (tag, &resolved) {
        ("binary", _) => return of_base64(text),
        ("float", Resolved::Integer(number)) => {
            #[expect(clippy::cast_precision_loss, reason = "go-yaml loses it too")]
            return Ok(Resolved::Float(*number as f64));
        }
        ("timestamp", _) => {
            return if is_timestamp(text) {
                Ok(Resolved::Text(text.clone()))
            } else {
                Err(not_a(tag, text))
            };
        }
        ("null", Resolved::Null)
        | ("bool", Resolved::Bool(_))
        | ("int", Resolved::Integer(_) | Resolved::Unsigned(_))
        | ("float", Resolved::Float(_)) => true,
        ("null" | "bool" | "int" | "float", _) => false,
        _ => return Ok(Resolved::Text(text.clone())),
    };
    if agrees { Ok(resolved) } else { Err(not_a(tag, text)) }
}

fn not_a(tag: &str, text: &str) -> Fault {
    // The text is not shown: it may be part of a Secret.
    Fault::of(format!("a text of {} letters is no !!{tag}", text.chars().count()))
}

/// What a plain text means.
fn of_text(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        text => numbers::number(text).unwrap_or_else(|| Resolved::Text(text.to_owned())),
    }
}

/// What is not UTF-8 becomes U+FFFD, byte for byte, when kubectl writes it as JSON.
fn of_base64(text: &str) -> Result<Resolved, Fault> {
    let digits: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let bytes = STANDARD.decode(digits).map_err(|_| Fault::of("!!binary is no base64"))?;
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Ok(Resolved::Text(text))
}

static TIMESTAMP: LazyLock<Regex> = LazyLock::new(|| {
    let time = r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?";
    let zone = r"(?:Z|[+-](?:[01][0-9]|2[0-4]):[0-5][0-9])";
    Regex::new(&format!(
        r"^([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}})(?:[Tt]{time}{zone}| {time})?$"
    ))
    .expect("the pattern is fixed")
});

/// Whether go-yaml treats a text as a date, with a time or without.
fn is_timestamp(text: &str) -> bool {
    let Some(found) = TIMESTAMP.captures(text) else { return false };
    let numbers: Vec<i16> =
        found.iter().skip(1).flatten().filter_map(|part| part.as_str().parse().ok()).collect();
    let small = |number: i16| i8::try_from(number).unwrap_or(i8::MAX);
    let [year, month, day, time @ ..] = numbers.as_slice() else { return false };
    let date = Date::new(*year, small(*month), small(*day)).is_ok();
    match time {
        [hour, minute, second] => {
            date && Time::new(small(*hour), small(*minute), small(*second), 0).is_ok()
        }
        _ => date,
    }
}
