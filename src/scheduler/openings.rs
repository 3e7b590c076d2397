//! When each environment's windows open, computed once: many deployments may wait for one opening.

use std::collections::BTreeMap;

use boathook_core::{deploy_windows::DeployWindows, deployment::Environment};
use jiff::Timestamp;

/// What was found, for as long as it is true.
#[derive(Default)]
pub(super) struct Openings(BTreeMap<Environment, Known>);

struct Known {
    windows: DeployWindows,
    asked: Timestamp,
    opens_at: Option<Timestamp>,
}

impl Openings {
    /// When these windows open, if they are closed at `now`.
    pub(super) fn closed_until(
        &mut self,
        environment: Environment,
        windows: &DeployWindows,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let known = self.0.get(&environment).filter(|known| known.holds(windows, now));
        if let Some(known) = known {
            return known.opens_at;
        }
        let opens_at = windows.closed_until(now);
        let known = Known { windows: windows.clone(), asked: now, opens_at };
        self.0.insert(environment, known);
        opens_at
    }
}

impl Known {
    /// That they are open is known for the one moment.
    fn holds(&self, windows: &DeployWindows, now: Timestamp) -> bool {
        let still_closed = self.opens_at.is_some_and(|at| (self.asked..at).contains(&now));
        (still_closed || now == self.asked) && self.windows == *windows
    }
}
