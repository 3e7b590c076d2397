//! boathook: a signed webhook becomes a Knative deployment, in stages, watched, recorded, and undone when it is not good.

pub mod cli;
pub mod clock;
pub mod deployment;
pub mod health;
pub mod process;
pub mod sandbox;
