//! kubectl and crictl as typed functions, and the part of their JSON that boathook reads.
//!
//! Each function runs one program. Nothing here waits or retries.

mod accepted;
mod api_resources;
mod condition;
mod crictl;
mod entries;
mod error;
mod event;
mod kubeconfig;
mod kubectl;
mod metadata;
mod pod;
mod revision;
mod sent;
mod service;
mod service_patch;
mod tool_settings;
mod tools;
mod versions;
mod watch;

pub use accepted::Accepted;
pub use api_resources::{ApiResource, ApiResources};
pub use condition::Condition;
pub use crictl::TagDigest;
pub use entries::Entries;
pub use error::{ClusterError, FailedRun};
pub use event::Event;
pub use kubectl::DEPLOYMENT_LABEL;
pub use metadata::metadata_operations;
pub(crate) use metadata::metadata_operations_unseen;
pub use pod::{Container, Pod, Terminated, Waiting};
pub use revision::Revision;
pub use sent::missing_of_apply;
pub use service::Service;
pub use service_patch::ServicePatch;
pub use tool_settings::{ToolEnvironment, ToolSettings};
pub use tools::{Cluster, Tools};
pub use watch::{WatchEvents, Watched};
