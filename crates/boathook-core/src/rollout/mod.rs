//! A rollout as data: its plan and the steps in it, what they observe, and what operators ask of it.

mod note;
mod observation;
mod plan;
mod probing;
mod service_manifest;
mod steering;
mod step;
mod step_data;
mod steps;
mod timeouts;

pub use note::{Note, Topic};
pub use observation::{Observation, Observations};
pub use plan::{Plan, Stable};
pub use probing::{ClusterLocal, Probing, is_cluster_local};
pub use service_manifest::ServiceManifest;
pub use steering::{Action, Steering};
pub use step::{Step, for_each_step};
pub use steps::{
    AdoptRevision, ApplyManifests, AwaitReady, ChangeVisibility, CheckProven, ConfirmStable,
    FindRevision, Hold, ImagePlace, PatchService, PinTraffic, ProbeCandidate, PullImage,
    PullStable, ReadoptStable, RemoveCandidate, ShiftTraffic, TagCandidate, Verify,
};
pub use timeouts::Timeouts;
