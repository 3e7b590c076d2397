//! Keys of mappings, which become strings in JSON.

use crate::manifests::{Fault, resolved::Resolved};

/// A key as a string.
pub(super) fn text(key: Resolved) -> Result<String, Fault> {
    match key {
        Resolved::Text(text) => Ok(text),
        Resolved::Bool(yes) => Ok(yes.to_string()),
        Resolved::Integer(number) => Ok(number.to_string()),
        Resolved::Float(number) => Ok(float(number)),
        Resolved::Null => Err(Fault::of(
            "a key is null; put it in quotes, or write the text that stands before the `:`",
        )),
        Resolved::Unsigned(number) => {
            Err(Fault::of(format!("kubectl takes no key as large as {number}; put it in quotes")))
        }
    }
}

/// As kubectl writes it: the shortest text that is the same 32-bit float, with an exponent from a
/// million on, or below 0.0001.
#[expect(
    clippy::cast_possible_truncation,
    reason = "kubectl writes keys with the precision of 32 bits"
)]
fn float(number: f64) -> String {
    let number = number as f32;
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    // `1.5e-7`: the digits, and the power of ten of the first.
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
