//! The fields of a Knative service: what the schema knows and what the Go types behind the webhooks read.

mod container;
mod pod;
mod probe;
mod service;
mod types;
mod volume;

pub(in crate::admission) use service::SERVICE;
pub(in crate::admission) use types::{Field, Struct, Type, Unset};
