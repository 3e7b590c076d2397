//! What is known of a rollout under way: what its steps observe, and what operators ask of it.

mod observation;
mod steering;

pub use observation::{Observation, Observations};
pub use steering::{Action, Steering};
