//! What happens to the watch of a success. It comes after the outcome.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::{IntoStaticStr, VariantNames};

use crate::{deployment::DeploymentId, health::Figures, record::Rewrite};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum WatchEvent {
    /// boathook goes on probing what the deployment left serving.
    Watched { until: Timestamp },
    /// The watch is over, for good.
    WatchEnded {
        #[serde(flatten)]
        end: WatchEnd,
        /// What was probed since the start of boathook.
        #[serde(flatten)]
        figures: Figures,
    },
}

/// How a watch ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "end", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum WatchEnd {
    /// The service was healthy to the end.
    Clean,
    /// It turned bad.
    Bad {
        /// The rule that was broken, or the crash.
        reason: String,
        #[serde(flatten)]
        then: AfterBad,
    },
    /// A newer deployment began to change the service.
    Replaced { by: DeploymentId },
    /// Someone else changed the service.
    Changed { found: String },
}

/// What followed on a bad verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "then", rename_all = "snake_case")]
pub enum AfterBad {
    /// This deployment rolls back.
    RollsBack { rollback: DeploymentId },
    /// The revision goes on serving.
    Stays {
        /// Why boathook did not roll back.
        why: String,
    },
}

impl WatchEvent {
    /// The end of a watch that boathook has no figures of.
    #[must_use]
    pub fn ended(end: WatchEnd) -> Self {
        Self::WatchEnded { end, figures: Figures::default() }
    }

    pub(super) fn rewritten(self, rewrite: &dyn Rewrite) -> Self {
        match self {
            Self::Watched { until } => Self::Watched { until },
            Self::WatchEnded { end, figures } => {
                Self::WatchEnded { end: end.rewritten(rewrite), figures }
            }
        }
    }

    /// For senders and operators.
    pub(super) fn shown(&self) -> Value {
        match self {
            Self::Watched { until } => json!({"until": until}),
            Self::WatchEnded { end, figures: Figures { samples, failures, times: _ } } => {
                let mut shown = json!(end);
                shown["samples"] = json!(samples);
                shown["failures"] = json!(failures);
                shown
            }
        }
    }
}

impl WatchEnd {
    /// Its name in the record.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.into()
    }

    fn rewritten(self, rewrite: &dyn Rewrite) -> Self {
        match self {
            Self::Bad { reason, then } => {
                let then = match then {
                    AfterBad::Stays { why } => AfterBad::Stays { why: rewrite.text(why) },
                    AfterBad::RollsBack { rollback } => AfterBad::RollsBack { rollback },
                };
                Self::Bad { reason: rewrite.text(reason), then }
            }
            Self::Changed { found } => Self::Changed { found: rewrite.text(found) },
            Self::Clean | Self::Replaced { .. } => self,
        }
    }
}

impl fmt::Display for WatchEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean => f.write_str("clean"),
            Self::Bad { reason, then: AfterBad::RollsBack { rollback } } => {
                write!(f, "bad, and {rollback} was ordered to roll back: {reason}")
            }
            Self::Bad { reason, then: AfterBad::Stays { why } } => {
                write!(f, "bad, and not rolled back ({why}): {reason}")
            }
            Self::Replaced { by } => write!(f, "ended by a newer deployment, {by}"),
            Self::Changed { found } => write!(f, "ended: {found}"),
        }
    }
}
