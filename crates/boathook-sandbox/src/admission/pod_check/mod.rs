//! Kubernetes' validation of the pod that a revision would have. Only a dry run asks in advance: a
//! service that is really created is accepted, and its revision never gets a deployment.

mod container;
mod env;
mod pod;
mod probe;
mod resources;
mod volume;

pub(super) use pod::refusal;
pub(crate) use pod::{no_account, wrong};
