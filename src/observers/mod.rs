//! Readers of the journal. Nothing here can fail or delay a deployment.

pub mod audit;
pub mod cursor;
mod deployment_tracker;
pub mod github;
pub mod metrics;
pub mod notify;
pub mod promotion;
