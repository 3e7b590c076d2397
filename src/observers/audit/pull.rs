//! The audit line of a pull for a deployment that another boathook carries out: what ran on this node is
//! in no record of a program.

use boathook_core::{
    deployment::{DeploymentId, ImageRef},
    rollout::PullResult,
};
use jiff::Timestamp;
use serde_json::json;

use crate::observers::audit::{
    entry::{Entry, boathook},
    text::capped,
};

impl Entry {
    pub(super) fn of_pull(
        at: Timestamp,
        deployment: &DeploymentId,
        image: &ImageRef,
        result: &PullResult,
    ) -> Self {
        let PullResult { succeeded, words, took } = result;
        let reason = (!words.is_empty()).then(|| capped(words));
        let duration = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let details = json!({
            "image": image, "succeeded": succeeded, "duration_ms": duration, "reason": reason,
        });
        let mut entry = Self::of("pulled_for_another", at, boathook(), details);
        entry.deployment = Some(deployment.clone());
        entry
    }
}
