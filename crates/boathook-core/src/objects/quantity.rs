//! Quantities as Kubernetes writes them, such as `500m`, `2Gi` or `1e3`, compared exactly.
//!
//! Our own: the crate for it (`kube_quantity`) brings all types of `k8s-openapi`.

/// The suffixes and their factors in billionths (`k8s.io/apimachinery/pkg/api/resource`).
const SUFFIXES: [(&str, i128); 16] = [
    ("", BILLION),
    ("n", 1),
    ("u", 1_000),
    ("m", 1_000_000),
    ("k", 1_000 * BILLION),
    ("M", 1_000_000 * BILLION),
    ("G", BILLION * BILLION),
    ("T", 1_000 * BILLION * BILLION),
    ("P", 1_000_000 * BILLION * BILLION),
    ("E", BILLION * BILLION * BILLION),
    ("Ki", BILLION << 10),
    ("Mi", BILLION << 20),
    ("Gi", BILLION << 30),
    ("Ti", BILLION << 40),
    ("Pi", BILLION << 50),
    ("Ei", BILLION << 60),
];
const BILLION: i128 = 1_000_000_000;
/// Digits before an exponent cannot be longer without being out of range.
const DIGITS_MAX: usize = 30;

/// The billionths that a quantity stands for; none if it is no quantity, is out of range, or is
/// finer than a billionth.
#[must_use]
pub fn billionths(quantity: &str) -> Option<i128> {
    let end = quantity
        .find(|letter: char| !(letter.is_ascii_digit() || matches!(letter, '.' | '+' | '-')))
        .unwrap_or(quantity.len());
    let (number, suffix) = quantity.split_at(end);
    let factor = match SUFFIXES.iter().find(|(known, _)| *known == suffix) {
        Some((_, factor)) => *factor,
        None => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            10_i128.checked_pow(u32::try_from(exponent.checked_add(9)?).ok()?)?
        }
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() > DIGITS_MAX || fraction.contains(['+', '-']) {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let product = digits.checked_mul(factor)?;
    (product % scale == 0).then_some(product / scale)
}
