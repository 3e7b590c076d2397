//! What an operator asks of a deployment.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::deployment::Requester;

/// One thing that an operator can ask of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum Action {
    /// Pause at the current traffic; probing continues.
    Pause,
    /// Resume.
    Resume,
    /// Skip the rest of the current hold, or the next one if there is none.
    Promote,
    /// Skip everything that is left before 100 %.
    #[strum(serialize = "promote --full")]
    PromoteFully,
    /// Abort and roll back.
    Abort,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Pause, Self::Resume, Self::Promote, Self::PromoteFully, Self::Abort];

    /// Its name, as typed on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// The requests so far, which the current step has to follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steering {
    /// Whether it is paused.
    pub paused: bool,
    /// Whether the rest of the hold under way, or the next one, is skipped.
    pub skip_hold: bool,
    /// Whether everything that is left before 100 % is skipped.
    pub straight_to_full: bool,
    /// Who aborted it.
    pub aborted: Option<Requester>,
}

impl Steering {
    /// The steering after one more request.
    #[must_use]
    pub fn after(mut self, action: Action, by: &Requester) -> Self {
        match action {
            Action::Pause => self.paused = true,
            Action::Resume => self.paused = false,
            Action::Promote => (self.skip_hold, self.paused) = (true, false),
            Action::PromoteFully => {
                (self.straight_to_full, self.skip_hold, self.paused) = (true, true, false)
            }
            Action::Abort => self.aborted = Some(by.clone()),
        }
        self
    }

    /// The steering after a hold: requests about one hold are done.
    #[must_use]
    pub fn past_hold(self) -> Self {
        Self { skip_hold: false, ..self }
    }
}
