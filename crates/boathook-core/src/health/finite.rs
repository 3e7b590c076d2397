//! A number that can always be compared: neither NaN nor infinite.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Visitor},
};

/// Numbers are shown with six significant digits; from here on none is behind the point.
const LEAST_WITH_ALL_DIGITS: f64 = 1e5;
/// Smaller numbers are shown with an exponent.
const SMALL: f64 = 1e-6;
/// So are these and larger ones.
const LARGE: f64 = 1e15;

/// A number that is neither NaN nor infinite.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Finite(f64);

/// Without NaN every number equals itself.
impl Eq for Finite {}

impl Finite {
    /// The number, if it is one.
    #[must_use]
    pub fn new(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self(number))
    }

    /// As the processor knows it.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Finite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number) = *self;
        if number == 0.0 {
            return f.write_str("0");
        }
        if number.abs() < SMALL || number.abs() >= LARGE {
            return write!(f, "{number:e}");
        }
        let mut decimals = 0;
        let mut scaled = number.abs();
        while scaled < LEAST_WITH_ALL_DIGITS {
            scaled *= 10.0;
            decimals += 1;
        }
        let text = format!("{number:.decimals$}");
        let short = match text.split_once('.') {
            Some(_) => text.trim_end_matches('0').trim_end_matches('.'),
            None => &text,
        };
        f.write_str(short)
    }
}

impl<'de> Deserialize<'de> for Finite {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_f64(Number)
    }
}

struct Number;

impl Visitor<'_> for Number {
    type Value = Finite;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number such as 0.01")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Finite, E> {
        Finite::new(number).ok_or_else(|| E::custom("must be a finite number"))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Finite, E> {
        #[expect(clippy::cast_precision_loss, reason = "limits are far smaller than 2^53")]
        self.visit_f64(number as f64)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Finite, E> {
        #[expect(clippy::cast_precision_loss, reason = "limits are far smaller than 2^53")]
        self.visit_f64(number as f64)
    }
}
