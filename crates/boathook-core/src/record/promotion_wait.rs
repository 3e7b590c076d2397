//! What a promotion waits for before it is sent.

use std::fmt::{self, Display, Formatter};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    duration_text,
    proof::{NotProven, NotYet, Places},
    record::Reason,
};

/// What a promotion waits for, and who requires that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionWait {
    pub required_by: RequiredBy,
    #[serde(flatten)]
    pub lacks: Lacks,
}

/// Where a requirement is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredBy {
    /// The promotion's own `soak`.
    Promotion,
    /// `require.proven` of the environment that it goes to.
    Target,
    /// The waves before it.
    Waves,
}

/// What the digest lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "lacks", rename_all = "snake_case")]
pub enum Lacks {
    /// It has not served long enough.
    Time(NotYet),
    /// It has not succeeded there, or something took its place too early.
    Success { places: Places },
}

impl PromotionWait {
    /// The wait for a digest to be proven; an error says why it never will be.
    pub fn of(required_by: RequiredBy, why: NotProven) -> Result<Self, Box<Reason>> {
        let lacks = match why {
            NotProven::NotYet(not_yet) => Lacks::Time(not_yet),
            NotProven::NoSuccess { places } => Lacks::Success { places },
            NotProven::Replaced { environment, .. } => {
                Lacks::Success { places: Places::Environment(environment) }
            }
            NotProven::Withdrawn { withdrawal } => {
                return Err(Reason::Withdrawn { withdrawal }.into());
            }
        };
        Ok(Self { required_by, lacks })
    }

    /// When it ends by itself; none if that is not known.
    #[must_use]
    pub const fn due(&self) -> Option<Timestamp> {
        match &self.lacks {
            Lacks::Time(not_yet) => Some(not_yet.due),
            Lacks::Success { .. } => None,
        }
    }
}

impl PromotionWait {
    /// Whether nothing that is under way ends it.
    #[must_use]
    pub fn may_last_for_ever(&self) -> bool {
        self.due().is_none() && self.required_by != RequiredBy::Waves
    }

    /// How far along it is.
    #[must_use]
    pub fn words(&self, now: Timestamp) -> String {
        match &self.lacks {
            Lacks::Time(not_yet) => {
                let [served, soak] = [not_yet.served(now), not_yet.soak].map(duration_text::show);
                format!("served {served} of {soak} in {}", not_yet.environment)
            }
            Lacks::Success { places } => format!("has to succeed in {places} first"),
        }
    }
}

impl Display for PromotionWait {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { required_by, lacks } = self;
        match lacks {
            Lacks::Time(not_yet) => write!(f, "its digest {not_yet}")?,
            Lacks::Success { places } => write!(f, "its digest has to succeed in {places} first")?,
        }
        match required_by {
            RequiredBy::Promotion => f.write_str(" (`soak` of the promotion)"),
            RequiredBy::Target => f.write_str(" (`require.proven` there)"),
            RequiredBy::Waves => f.write_str(" (`waves`)"),
        }
    }
}
