//! A rollout as data: its plan and the steps in it, what they observe, and what operators ask of it.

pub mod steps;

mod job_name;
mod job_run;
mod manifest_source;
mod node_pull;
mod note;
mod object_before;
mod observation;
mod plan;
mod probing;
mod restore_rule;
mod restored;
mod service_manifest;
mod steering;
mod step;
mod step_data;
mod timeouts;
mod url_settings;
mod watch;

pub use job_name::JobName;
pub use job_run::{JobRun, JobState};
pub use manifest_source::ManifestSource;
pub use node_pull::{NodePull, PullResult};
pub use note::{Note, Topic};
pub use object_before::{BackTo, ObjectBefore};
pub use observation::{Observation, Observations};
pub use plan::{Plan, Stable};
pub use probing::{Probing, is_cluster_local};
pub use restore_rule::{ChangedObjects, CreatedObjects, RestoreRule};
pub use restored::{LeftObject, Restored};
pub use service_manifest::ServiceManifest;
pub use steering::{Action, Steering};
pub use step::{Step, for_each_step};
pub use timeouts::Timeouts;
pub use url_settings::{ClusterLocal, Scheme, UrlSettings};
pub use watch::{OnBad, Watch, WatchRule};
