//! The windows of an environment as operators read them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    deploy_windows::{AppliesTo, DeployWindows, Outlook, Outside},
    deployment::Environment,
};

/// What an operator reads of an environment's windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentOutlook {
    pub environment: Environment,
    pub time_zone: String,
    pub applies_to: AppliesTo,
    pub outside: Outside,
    #[serde(flatten)]
    pub outlook: Outlook,
}

impl EnvironmentOutlook {
    /// The next `count` openings after `now`.
    #[must_use]
    pub fn of(
        environment: Environment,
        windows: &DeployWindows,
        now: Timestamp,
        count: usize,
    ) -> Self {
        Self {
            environment,
            time_zone: windows.zone().to_owned(),
            applies_to: windows.applies_to(),
            outside: windows.outside,
            outlook: windows.outlook(now, count),
        }
    }
}
