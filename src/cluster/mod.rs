//! kubectl and crictl as typed functions, the API server as typed reads, and the part of its JSON
//! that boathook reads.
//!
//! Each function runs one program or asks one question. Nothing here waits or retries.

mod accepted;
mod access_reviews;
mod api_resource;
mod api_resources;
mod asking;
mod condition;
mod crictl;
mod delete_object;
mod discovery;
mod entries;
mod error;
mod event;
mod failed_call;
mod job;
mod job_verbs;
mod kubeconfig;
mod kubectl;
mod metadata;
mod paths;
mod pod;
mod read_answer;
mod read_verbs;
mod reads;
mod revision;
mod sent;
mod served_kinds;
mod service;
mod service_patch;
mod tool_settings;
mod tools;
mod versions;

pub use accepted::Accepted;
pub use access_reviews::AccessQuestion;
pub use api_resource::ApiResource;
pub use api_resources::ApiResources;
pub use condition::Condition;
pub use crictl::TagDigest;
pub use entries::Entries;
pub use error::ClusterError;
pub use event::Event;
pub use failed_call::{CallEnd, FailedCall};
pub use job::{JOB_LABEL, Job, JobEnd, SERVICE_LABEL};
pub use metadata::metadata_operations;
pub(crate) use metadata::metadata_operations_unseen;
pub use pod::{Container, Pod, Terminated, Waiting};
pub(crate) use read_answer::refusal;
pub use read_verbs::DEPLOYMENT_LABEL;
pub use reads::Reads;
pub use revision::Revision;
pub use sent::missing_of_apply;
pub use service::Service;
pub use service_patch::ServicePatch;
pub use tool_settings::{ToolEnvironment, ToolSettings};
pub use tools::{Cluster, Tools};
