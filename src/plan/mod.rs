//! What will be done, decided before the first change: two lists of the same steps, one forward and one back.
//!
//! Building a plan is a pure function: the same request, settings, manifests and cluster give the same plan.

mod types;

pub use crate::steps::{Finding, Findings, Step};
pub use types::{Plan, Stable};
