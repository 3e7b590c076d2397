//! Why a digest is not proven, on admission and after the pull alike.

use std::{fmt::Display, sync::Arc, time::Duration};

use crate::{
    deployment::Environment,
    duration_text,
    proof::{NotYet, Places, Withdrawal},
};

/// Why a digest is not proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotProven {
    /// It serves, and not long enough: this ends by itself.
    NotYet(NotYet),
    /// It did not succeed where it must have, or too long ago.
    NoSuccess {
        /// Where it lacks that.
        places: Places,
    },
    /// Something took its place before it had served long enough.
    Replaced {
        environment: Environment,
        /// How long it had served at most, in whole seconds.
        served: Duration,
        /// How long it must have.
        soak: Duration,
    },
    /// Its success does not count any more.
    Withdrawn { withdrawal: Arc<Withdrawal> },
}

impl NotProven {
    /// Why a deployment of the image, or of the image with its bundle, is refused, and what to do;
    /// in words for everyone.
    #[must_use]
    pub fn refusal(&self, image: &dyn Display) -> String {
        match self {
            Self::NotYet(not_yet) => format!("{image} {not_yet}"),
            Self::NoSuccess { places } => {
                let place = match places {
                    Places::Any(list) if list.len() > 1 => format!("any of {places}"),
                    Places::Environment(_) | Places::All(_) | Places::Any(_) => places.to_string(),
                };
                format!(
                    "{image} did not succeed in {place} within the time that `require.proven` allows; deploy it there first, or \
                     have it promoted from there"
                )
            }
            Self::Replaced { environment, served, soak } => format!(
                "{image} served {} in {environment} before something else took its place, and `require.proven` asks for {}; deploy \
                 it there again",
                duration_text::show(*served),
                duration_text::show(*soak)
            ),
            Self::Withdrawn { withdrawal } => withdrawal.without_user().refusal(),
        }
    }
}
