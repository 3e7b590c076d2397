//! What must be proven of a digest before an environment takes it.

use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

use serde::Deserialize;

use crate::{deployment::Environment, duration_text, fault::Fault, proof::Places};

/// Where a digest must have succeeded, how long ago at most, and how long it must have served there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Requirement {
    pub places: Places,
    /// The maximum age of the success; none for any age.
    pub within: Option<Duration>,
    /// How long the digest must have served there at a stretch; 0 if its success is enough.
    pub soak: Duration,
}

/// As the configuration has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    environment: Option<Environment>,
    all: Option<Vec<Environment>>,
    any: Option<Vec<Environment>>,
    #[serde(deserialize_with = "duration_text::positive")]
    within: Duration,
    #[serde(default, deserialize_with = "duration_text::any")]
    soak: Duration,
}

impl TryFrom<Written> for Requirement {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { environment, all, any, within, soak } = written;
        let places = match (environment, all, any) {
            (Some(one), None, None) => Places::Environment(one),
            (None, Some(all), None) => Places::All(all),
            (None, None, Some(any)) => Places::Any(any),
            _ => {
                return Err("must name one of `environment`, `all` and `any`; null takes one away");
            }
        };
        Ok(Self { places, within: Some(within), soak })
    }
}

impl Requirement {
    /// Why it cannot be used, whatever environments there are.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let named = self.places.environments();
        let is_soon_enough = self.within.is_none_or(|within| self.soak < within);
        Fault::of([
            (!named.is_empty(), self.places.key(), "must name an environment"),
            (
                is_soon_enough,
                "soak",
                "must be shorter than `within`: no success would be young enough once it has served so long",
            ),
        ])
    }
}

impl Display for Requirement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { places, within, soak } = self;
        write!(f, "proven in {places}")?;
        within
            .iter()
            .try_for_each(|within| write!(f, " within {}", duration_text::show(*within)))?;
        if soak.is_zero() { Ok(()) } else { write!(f, ", served {}", duration_text::show(*soak)) }
    }
}
