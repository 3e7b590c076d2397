//! The steps of a deployment, one file each. A step looks first, acts, and looks again, so it may run twice with the same end.
//!
//! Steps neither record nor notify: they return what they learned.

mod act;
mod adopt_revision;
mod apply_manifests;
mod await_ready;
mod change;
mod confirm_stable;
mod context;
mod find_revision;
mod finding;
mod hold;
mod patch_service;
mod pin_traffic;
mod pod_watch;
mod probe_candidate;
mod probing;
mod pull_image;
mod pull_stable;
mod readopt_stable;
mod remove_candidate;
mod retry;
mod service_manifest;
mod set_traffic;
mod shift_traffic;
mod steering;
mod step;
mod tag_candidate;
mod trouble;
mod verify;
mod watch;

pub use crate::health::Numbers;
pub use act::StepResult;
pub use adopt_revision::AdoptRevision;
pub use apply_manifests::ApplyManifests;
pub use await_ready::AwaitReady;
pub use confirm_stable::ConfirmStable;
pub use context::{Context, StepError};
pub use find_revision::FindRevision;
pub use finding::{Finding, Findings};
pub use hold::Hold;
pub use patch_service::PatchService;
pub use pin_traffic::PinTraffic;
pub use probe_candidate::ProbeCandidate;
pub use probing::Probing;
pub use pull_image::PullImage;
pub use pull_stable::PullStable;
pub use readopt_stable::ReadoptStable;
pub use remove_candidate::RemoveCandidate;
pub use service_manifest::ServiceManifest;
pub use shift_traffic::ShiftTraffic;
pub use steering::{Action, Signals, Steering};
pub use step::Step;
pub use tag_candidate::TagCandidate;
pub use verify::Verify;
