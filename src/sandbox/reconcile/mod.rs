//! What follows by itself from what the objects say: Knative's controllers, in one place and on one timeline.

mod condition;
mod configuration;
mod container_status;
mod happen;
mod labeler;
mod parts;
mod pod;
mod pod_object;
mod removal;
mod revision;
mod route;
mod run;
mod scale;
mod service;

pub(super) use pod::{PodRun, Step};
pub(super) use run::{RevisionRun, ServiceRun};
