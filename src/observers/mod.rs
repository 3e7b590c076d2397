//! Readers of the journal: what happened is passed on, and nothing here can fail or delay a deployment.

pub mod audit;
pub mod metrics;
pub mod notify;
pub mod promotion;
