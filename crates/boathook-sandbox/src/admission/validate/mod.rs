//! Knative's own validation of a service, topic by topic. Each function says what is wrong with its
//! part, seen from that part.

mod annotations;
mod autoscaling;
mod container;
mod durations;
mod env;
mod insecure;
mod metadata;
mod pod_spec;
mod ports;
mod probe;
mod security;
mod service;
mod set_fields;
mod template;
mod traffic;
mod volume_mounts;
mod volumes;

pub(super) use service::service;
