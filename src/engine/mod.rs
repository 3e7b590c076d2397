//! Carries out a deployment: reads the cluster, plans, runs the plan's steps, and rolls back on
//! failure.
//!
//! It knows no HTTP server and reads no config file.

mod applied;
mod applied_before;
mod applied_meanwhile;
mod audited;
mod basis;
mod bundle_permissions;
mod changes;
mod check;
mod chosen_manifests;
mod cluster_session;
mod dry_run;
mod dry_run_of_request;
mod executor;
mod go_back;
mod is_deleted;
mod job_permissions;
mod leftovers;
mod logs;
mod not_planned;
mod own_rollback;
mod parts;
mod planning;
mod proven;
mod pull_for_another;
mod recorder;
mod redacted;
mod redeploy;
mod secrets;
mod sessions;
mod survey;
mod survey_error;
mod survey_reads;
mod surveyor;
mod watch;
mod watches;
mod work_folder;

pub use chosen_manifests::ChosenManifests;
pub use dry_run::DryRun;
pub use parts::{Configuration, Engine, SettingsOf};
pub(crate) use redacted::WithoutSecrets;
pub use survey_error::SurveyError;
pub use surveyor::PlanningContext;
pub use work_folder::WorkFolder;
