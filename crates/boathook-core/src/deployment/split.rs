//! Who gets which share of the requests.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::deployment::RevisionName;

/// A whole percentage, 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percent(u8);

/// A number that is no percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a percentage from 0 to 100")]
pub struct PercentOutOfRange(pub u64);

impl Percent {
    /// Nobody.
    pub const ZERO: Self = Self(0);
    /// Everybody.
    pub const FULL: Self = Self(100);

    /// Takes a whole number from 0 to 100.
    pub fn new(value: u64) -> Result<Self, PercentOutOfRange> {
        match u8::try_from(value) {
            Ok(percent) if percent <= 100 => Ok(Self(percent)),
            _ => Err(PercentOutOfRange(value)),
        }
    }

    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The rest to 100 %.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self(100 - self.0)
    }
}

impl TryFrom<u8> for Percent {
    type Error = PercentOutOfRange;

    fn try_from(value: u8) -> Result<Self, Self::Error> {
        Self::new(u64::from(value))
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// The traffic of a service while boathook steers it: two revisions by name, never "the latest".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The revision that served before.
    pub stable: RevisionName,
    pub candidate: RevisionName,
    /// The candidate's share; stable has the rest.
    pub percent: Percent,
}
