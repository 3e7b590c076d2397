//! How a plan is built, before the first change: a list of steps forward, and one for the rollback.
//! The plan itself is [`boathook_core::rollout::Plan`].
//!
//! Building is a pure function: the same request, settings, manifests and cluster give the same
//! plan.

mod bring_back;
mod build;
mod error;
mod images;
mod live_service;
mod metadata;
mod readiness;
mod render;
mod settings;
mod stable;

pub use bring_back::{BringBack, Proven};
pub use build::build;
pub use error::PlanError;
pub use live_service::{LiveService, LostTag, PriorHealth, Serves, Serving, Unusable};
pub use readiness::check_reach;
pub use render::{LiveState, Rendered, Source, render};
pub use settings::{Next, PullMode, Require, Settings, Stage, Waits};
pub use stable::stable;
