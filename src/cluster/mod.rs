//! kubectl and crictl as typed verbs, and the part of their JSON that boathook reads.
//!
//! One verb is one program run. Waiting and trying again are not done here.

mod document;
mod traffic;

pub use document::{Document, Template};
pub use traffic::{KeptTargets, Target, Traffic};
