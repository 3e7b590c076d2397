//! boathook: a signed webhook becomes a Knative deployment, in stages, watched, recorded, and undone when it is not good.

pub mod check;
pub mod cli;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod deployment;
pub mod diagnosis;
pub mod durations;
pub mod engine;
pub mod failure;
pub mod health;
pub mod intake;
pub mod journal;
pub mod manifests;
pub mod observers;
pub mod permissions;
pub mod plan;
pub mod process;
pub mod redact;
pub mod sandbox;
pub mod scheduler;
pub mod server;
pub mod startup;
pub mod steps;
pub mod telemetry;
