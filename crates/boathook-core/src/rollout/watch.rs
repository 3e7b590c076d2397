//! The watch of a success: what the new revision is probed for after the deployment has ended.

use std::{fmt, time::Duration};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{duration_text, rollout::Probing};

/// How long a success is watched, and what a bad verdict means: the section `watch` of the
/// configuration. A plain duration rolls back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchRule {
    /// `for`, which is a keyword here.
    pub duration: Duration,
    pub on_bad: OnBad,
}

/// What a bad verdict means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnBad {
    /// boathook returns to the revision before.
    #[default]
    Rollback,
    /// It only notifies.
    Notify,
}

/// The watch of a success, as its plan has it: with the rules of the moment when it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    #[serde(rename = "lasts")]
    pub duration: Duration,
    pub on_bad: OnBad,
    /// How the service's own URL is probed, and what counts as healthy.
    pub probing: Probing,
    /// How much longer to probe if there are too few samples for a verdict.
    #[serde(rename = "patience")]
    pub verdict_timeout: Duration,
}

impl WatchRule {
    /// The watch with what else a plan has of it.
    #[must_use]
    pub const fn with(self, probing: Probing, verdict_timeout: Duration) -> Watch {
        let Self { duration, on_bad } = self;
        Watch { duration, on_bad, probing, verdict_timeout }
    }
}

impl<'de> Deserialize<'de> for WatchRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DurationOrSection)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    #[serde(rename = "for", deserialize_with = "duration_text::positive")]
    duration: Duration,
    #[serde(default)]
    on_bad: OnBad,
}

struct DurationOrSection;

impl<'de> Visitor<'de> for DurationOrSection {
    type Value = WatchRule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as 1h, or {for: 1h, on_bad: notify}")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<WatchRule, E> {
        let duration = duration_text::parse_positive(text).map_err(E::custom)?;
        Ok(WatchRule { duration, on_bad: OnBad::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, section: A) -> Result<WatchRule, A::Error> {
        let Section { duration, on_bad } =
            Section::deserialize(MapAccessDeserializer::new(section))?;
        Ok(WatchRule { duration, on_bad })
    }
}
