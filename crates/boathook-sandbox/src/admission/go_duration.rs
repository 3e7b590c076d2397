//! Durations as Go reads them: `30s`, `1h2m`, `1.5s`, never a bare number but 0.

/// Billionths of a second.
pub(super) type Nanos = i64;

/// Nanoseconds in a second.
pub(super) const SECOND: Nanos = 1_000_000_000;

/// Reads one; nothing if Go would not, or if it does not fit into 64 bits.
pub(super) fn parse(text: &str) -> Option<Nanos> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "0" {
        return Some(0);
    }
    let mut rest = unsigned;
    let mut nanos: Nanos = 0;
    while !rest.is_empty() {
        let number_ends = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, behind) = rest.split_at(number_ends);
        let unit_ends = behind
            .find(|letter: char| letter.is_ascii_digit() || letter == '.')
            .unwrap_or(behind.len());
        nanos = nanos.checked_add(part(number, unit(&behind[..unit_ends])?)?)?;
        rest = &behind[unit_ends..];
    }
    let signed = if text.starts_with('-') { -nanos } else { nanos };
    (!unsigned.is_empty()).then_some(signed)
}

fn unit(name: &str) -> Option<Nanos> {
    match name {
        "ns" => Some(1),
        "us" | "µs" | "μs" => Some(1_000),
        "ms" => Some(1_000_000),
        "s" => Some(SECOND),
        "m" => Some(60 * SECOND),
        "h" => Some(3600 * SECOND),
        _ => None,
    }
}

fn part(number: &str, unit: Nanos) -> Option<Nanos> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: Nanos = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let digits = &fraction[..fraction.len().min(9)];
    let scale = 10_i64.checked_pow(u32::try_from(digits.len()).ok()?)?;
    let fraction: Nanos = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let fraction = i128::from(fraction) * i128::from(unit) / i128::from(scale);
    whole.checked_mul(unit)?.checked_add(Nanos::try_from(fraction).ok()?)
}
