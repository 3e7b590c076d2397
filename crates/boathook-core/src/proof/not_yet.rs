//! A digest that serves, and has not served long enough.

use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{clock::date_and_time, deployment::Environment, duration_text};

/// Where a digest serves, and when it will have served long enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotYet {
    /// Where it serves.
    pub environment: Environment,
    /// How long it must have served.
    #[serde(deserialize_with = "duration_text::any")]
    pub soak: Duration,
    /// When it will have, if nothing happens to it.
    pub due: Timestamp,
}

impl NotYet {
    /// How long is left; 0 if it is due.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> Duration {
        self.due.duration_since(now).try_into().unwrap_or_default()
    }

    /// How long it has served, in whole seconds.
    #[must_use]
    pub fn served(&self, now: Timestamp) -> Duration {
        Duration::from_secs(self.soak.saturating_sub(self.left(now)).as_secs())
    }
}

impl Display for NotYet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { environment, soak, due } = self;
        let soak = duration_text::show(*soak);
        write!(f, "has to serve {soak} in {environment}, until {}", date_and_time(*due))
    }
}
