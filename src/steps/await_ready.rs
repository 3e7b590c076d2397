//! Wait until the candidate is Ready, or is known to fail. Knative tells of a crash at start after 600 s; its pods tell at once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::steps::Act;

/// Watches the service, and looks at the candidate's pods, until the candidate is Ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AwaitReady {
    /// How long it may take.
    pub deadline: Duration,
    /// How long a failure that can mend itself (no CPU free, registry away) is borne.
    pub grace: Duration,
    /// From one look at the pods to the next.
    pub look_every: Duration,
}

impl Act for AwaitReady {
    const CHANGES_SERVICE: bool = false;

    fn title(&self) -> String {
        "Wait until the new revision is ready".to_owned()
    }
}
