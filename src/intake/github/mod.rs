//! What GitHub reports, however boathook learns of it: what a deployment there or a published package
//! asks for, and which environment takes it.

mod deployment;
mod learned_by;
mod made_request;
mod package_event;
mod receive_deployment;
mod receive_package;
mod received;
mod unsigned;

pub(crate) use deployment::{Asks, Deployment};
pub(crate) use learned_by::LearnedBy;
pub(crate) use package_event::{Named, PackageEvent};
pub(crate) use received::Received;
