//! The fields of a Knative service: those in the schema, and those that the webhooks' Go types
//! read.

mod container;
mod pod;
mod probe;
mod reference;
mod service;
mod types;
mod volume;

pub(in crate::admission) use service::SERVICE;
pub(in crate::admission) use types::{Field, Struct, Type, Unset};
