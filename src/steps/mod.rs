//! What the steps of a deployment do, one file each; what a plan stores of them is in
//! [`boathook_core::rollout`]. A step reads, acts, and reads again, so that it may run twice with
//! the same result.
//!
//! Steps neither record nor notify: they return what they learned.

mod adopt_revision;
mod apply_manifests;
mod await_ready;
mod await_traffic;
mod bring_back_objects;
mod causes;
mod change;
mod change_visibility;
mod changed_objects;
mod check_proven;
mod confirm_stable;
mod context;
mod delete_job;
mod dry_run_context;
mod dry_run_finding;
mod existing_job;
mod find_revision;
mod hold;
mod job_sight;
mod job_start;
mod log_notes;
mod manifest_files;
mod metric_gates;
mod needs_apply;
mod objects_before;
mod other_nodes;
mod patch_service;
mod patience;
mod pin_traffic;
mod pod_watch;
mod probe_candidate;
mod probed_url;
mod pull_elsewhere;
mod pull_image;
mod pull_stable;
mod readopt_stable;
mod remove_candidate;
mod restore_objects;
mod restoring;
mod retry;
mod run_job;
mod seeing;
mod shift_traffic;
mod signals;
mod step_behavior;
mod step_error;
mod tag_candidate;
mod traffic_change;
mod verify;
mod view;
mod visibility;
mod wait_reporter;
mod watch;
mod watch_success;

pub use apply_manifests::SECRETS_FILE;
pub use changed_objects::{ChangedObjects, changed_objects};
pub use context::Context;
pub use dry_run_context::DryRunContext;
pub use dry_run_finding::DryRunFinding;
pub use other_nodes::{Alone, OtherNodes};
pub use probed_url::probe;
pub(crate) use retry::{SHORT, trying_again};
pub use signals::Signals;
pub use step_behavior::{StepBehavior, StepResult};
pub use step_error::StepError;
pub use view::View;
pub use wait_reporter::WaitReporter;
pub use watch_success::{WatchVerdict, Watched, watch_success};
