//! What a plan stores of each step: its data, its title, and whether it changes the service. What it
//! does is in the handler, in a file of the same name.

mod adopt_revision;
mod apply_manifests;
mod await_ready;
mod bring_back_objects;
mod change_visibility;
mod check_proven;
mod confirm_stable;
mod delete_job;
mod find_revision;
mod hold;
mod patch_service;
mod pin_traffic;
mod probe_candidate;
mod pull_image;
mod pull_stable;
mod readopt_stable;
mod remove_candidate;
mod restore_objects;
mod run_job;
mod shift_traffic;
mod tag_candidate;
mod verify;

pub use adopt_revision::AdoptRevision;
pub use apply_manifests::{ApplyManifests, ImagePlace};
pub use await_ready::AwaitReady;
pub use bring_back_objects::BringBackObjects;
pub use change_visibility::ChangeVisibility;
pub use check_proven::{CheckProven, EarlyDigest, WithdrawnDigest};
pub use confirm_stable::ConfirmStable;
pub use delete_job::DeleteJob;
pub use find_revision::FindRevision;
pub use hold::Hold;
pub use patch_service::PatchService;
pub use pin_traffic::PinTraffic;
pub use probe_candidate::ProbeCandidate;
pub use pull_image::PullImage;
pub use pull_stable::PullStable;
pub use readopt_stable::ReadoptStable;
pub use remove_candidate::RemoveCandidate;
pub use restore_objects::{Leftover, RestoreObjects};
pub use run_job::{JobMoment, RunJob};
pub use shift_traffic::ShiftTraffic;
pub use tag_candidate::TagCandidate;
pub use verify::Verify;
