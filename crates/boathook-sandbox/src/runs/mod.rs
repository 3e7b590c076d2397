//! The controllers' state besides the objects: what they know of what they work on.

mod condition;
mod domain_run;
mod exposure;
mod job_run;
mod pod_run;
mod run;

pub(crate) use condition::{Condition, Finding, Truth};
pub(crate) use domain_run::DomainRun;
pub(crate) use exposure::Exposure;
pub(crate) use job_run::JobRun;
pub(crate) use pod_run::{Ended, PodRun, Step, Waiting};
pub(crate) use run::{RevisionRun, ServiceRun};
