//! All steps in one list.

use serde::{Deserialize, Serialize};

use crate::rollout::{step_data::StepData, steps};

/// The list of steps, handed to a macro: here it becomes the enum [`Step`], in the handler the
/// dispatch to what each step does. The word is stored.
#[macro_export]
macro_rules! for_each_step {
    ($then:ident) => {
        $then! {
            /// Let the node pull the image, and read its digest.
            PullImage = "pull_image",
            /// Refuse an image that is not proven.
            CheckProven = "check_proven",
            /// Have the other nodes pull the image too.
            PullElsewhere = "pull_elsewhere",
            /// Get stable's image onto the node before traffic leaves it.
            PullStable = "pull_stable",
            /// Apply the manifests besides the service.
            ApplyManifests = "apply_manifests",
            /// Run a Job of the manifests, and wait for its end.
            RunJob = "run_job",
            /// Set the whole template, with traffic pinned to stable, in one patch.
            PatchService = "patch_service",
            /// Find the revision that our patch created.
            FindRevision = "find_revision",
            /// Wait until the candidate is Ready, or is known to fail.
            AwaitReady = "await_ready",
            /// Name the candidate in traffic at 0 % under boathook's tag.
            TagCandidate = "tag_candidate",
            /// Probe the candidate at its tag's URL before it gets traffic.
            ProbeCandidate = "probe_candidate",
            /// Give the candidate a percentage of traffic.
            ShiftTraffic = "shift_traffic",
            /// Keep a percentage of traffic while probing.
            Hold = "hold",
            /// Make the service public, once the candidate has all traffic.
            ChangeVisibility = "change_visibility",
            /// Check the service's own URL at 100 %.
            Verify = "verify",
            /// Leave only the candidate in traffic, by name, without tag.
            PinTraffic = "pin_traffic",
            /// Bring back the objects that the revision to restore was deployed with.
            BringBackObjects = "bring_back_objects",
            /// Restore a proven revision: template and traffic in one patch.
            AdoptRevision = "adopt_revision",
            /// Delete a Job of the deployment that has not ended.
            DeleteJob = "delete_job",
            /// Bring the objects beside the service back to what they were.
            RestoreObjects = "restore_objects",
            /// Bring the service back to stable: template and traffic in one patch.
            ReadoptStable = "readopt_stable",
            /// Check that the service answers again.
            ConfirmStable = "confirm_stable",
            /// Delete a candidate that never became Ready, and its tag.
            RemoveCandidate = "remove_candidate",
        }
    };
}
pub use for_each_step;

macro_rules! step {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// One step of a plan.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "step")]
        pub enum Step {
            $($(#[$doc])* #[serde(rename = $word)] $name(steps::$name),)*
        }

        impl Step {
            /// Its name in the journal and the logs.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $word,)* }
            }

            /// A short title for people.
            #[must_use]
            pub fn title(&self) -> String {
                match self { $(Self::$name(step) => step.title(),)* }
            }

            /// Whether starting it may change the service's template or traffic.
            #[must_use]
            pub fn changes_service(&self) -> bool {
                match self { $(Self::$name(step) => step.changes_service(),)* }
            }
        }
    };
}

for_each_step!(step);
