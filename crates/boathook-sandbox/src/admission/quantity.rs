//! Kubernetes quantities: parsing, and the canonical form.

use serde_json::Value;

const FORMAT: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const NUMERIC: &str = "unable to parse numeric part of quantity";
const SUFFIX: &str = "unable to parse quantity's suffix";
/// The precision of a quantity, in parts of a unit.
const NANOS: i128 = 1_000_000_000;
/// Decimal suffixes, from a thousandth of a thousandth of a thousandth on, each a thousand times
/// the one before.
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Decimal,
    Binary,
    Exponent,
}

/// A quantity: its value in billionths, and how it was written.
#[derive(Clone, Copy)]
pub(super) struct Quantity {
    nanos: i128,
    form: Form,
}

/// A quantity as the API server writes it back; a number counts as its text.
pub(super) fn normalised(value: &Value) -> Result<String, &'static str> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Err(FORMAT),
    };
    Quantity::parse(&text).map(Quantity::written)
}

/// The amount in billionths; `None` if it cannot be parsed.
pub(crate) fn nanos(value: &Value) -> Option<i128> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Quantity::parse(&text).ok().map(Quantity::nanos)
}

impl Quantity {
    /// Reads one.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let number_ends = text
            .find(|letter: char| !(letter.is_ascii_digit() || ".+-".contains(letter)))
            .unwrap_or(text.len());
        let (number, suffix) = text.split_at(number_ends);
        let letters = suffix
            .trim_end_matches(|letter: char| letter.is_ascii_digit())
            .trim_end_matches(['+', '-']);
        if number.is_empty() || !letters.chars().all(|letter| "eEinumkKMGTP".contains(letter)) {
            return Err(FORMAT);
        }
        let nanos = nanos_of(number).ok_or(NUMERIC)?;
        let (scaled, form) = scale(nanos, suffix).ok_or(SUFFIX)?;
        Ok(Self { nanos: scaled, form })
    }

    /// The value in billionths.
    pub(super) const fn nanos(self) -> i128 {
        self.nanos
    }

    fn written(self) -> String {
        let Self { nanos, form } = self;
        match form {
            Form::Binary if nanos.abs() >= 1024 * NANOS => {
                let mut whole = ceil(nanos, NANOS);
                let mut step = 0;
                while whole % 1024 == 0 && whole != 0 && step + 1 < BINARY.len() {
                    (whole, step) = (whole / 1024, step + 1);
                }
                format!("{whole}{}", BINARY[step])
            }
            Form::Decimal | Form::Binary => {
                let (whole, step) = thousands(nanos);
                format!("{whole}{}", DECIMAL[step])
            }
            Form::Exponent => {
                let (whole, step) = thousands(nanos);
                let exponent = 3 * i32::try_from(step).unwrap_or_default() - 9;
                if exponent == 0 { whole.to_string() } else { format!("{whole}e{exponent}") }
            }
        }
    }
}

fn nanos_of(number: &str) -> Option<i128> {
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let (kept, rest) = fraction.split_at(fraction.len().min(9));
    let whole = if whole.is_empty() { "0" } else { whole };
    let mut nanos: i128 = format!("{whole}{kept:0<9}").parse().ok()?;
    nanos += i128::from(rest.bytes().any(|digit| digit != b'0'));
    Some(if number.starts_with('-') { -nanos } else { nanos })
}

fn scale(nanos: i128, suffix: &str) -> Option<(i128, Form)> {
    if let Some(step) = BINARY.iter().skip(1).position(|known| *known == suffix) {
        let factor = 1024_i128.checked_pow(u32::try_from(step).ok()? + 1)?;
        return Some((nanos.checked_mul(factor)?, Form::Binary));
    }
    if let Some(step) = DECIMAL.iter().position(|known| *known == suffix) {
        return Some((ten_times(nanos, 3 * i32::try_from(step).ok()? - 9)?, Form::Decimal));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    Some((ten_times(nanos, exponent)?, Form::Exponent))
}

fn ten_times(nanos: i128, exponent: i32) -> Option<i128> {
    let factor = 10_i128.checked_pow(exponent.unsigned_abs())?;
    if exponent < 0 { Some(ceil(nanos, factor)) } else { nanos.checked_mul(factor) }
}

/// A division that goes away from zero.
fn ceil(value: i128, by: i128) -> i128 {
    value / by + (value % by).signum()
}

/// The value with as few digits as thousands allow, and how many thousands above a billionth it
/// counts in.
fn thousands(nanos: i128) -> (i128, usize) {
    if nanos == 0 {
        return (0, 3);
    }
    let mut whole = nanos;
    let mut step = 0;
    while whole % 1000 == 0 && step + 1 < DECIMAL.len() {
        (whole, step) = (whole / 1000, step + 1);
    }
    (whole, step)
}
