//! What Kubernetes says of the pod that a revision would have. Only a dry run asks beforehand: a service that is created for good is taken,
//! and its revision never gets a deployment.

mod container;
mod env;
mod pod;
mod probe;
mod resources;
mod volume;

pub(super) use pod::refusal;
pub(crate) use pod::{no_account, wrong};
