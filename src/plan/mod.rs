//! How a plan is built, before the first change: a list of steps forward, and one for the rollback.
//! The plan itself is [`boathook_core::rollout::Plan`].
//!
//! Building is a pure function: the same request, settings, manifests and cluster give the same
//! plan.

mod bring_back;
mod build;
mod error;
mod folder_objects;
mod images;
mod job_gates;
mod knative_defaults;
mod live_service;
mod metadata;
mod metric_gates;
mod pull;
mod readiness;
mod render;
mod restore;
mod service_comparison;
mod settings;
mod stable;
mod traffic;
mod unsettled_traffic;
mod waits;

pub use bring_back::{BringBack, Proven};
pub use build::build;
pub use error::PlanError;
pub use folder_objects::FolderObjects;
pub use job_gates::JobGates;
pub use live_service::{LiveService, LostTag, PriorHealth, Serves, Serving, Unusable};
pub use pull::{Pull, PullNodes};
pub use readiness::check_reach;
pub use render::{Rendered, Source, render, without_own_metadata};
pub use restore::Beside;
pub use service_comparison::compare_service;
pub use settings::Settings;
pub use stable::stable;
pub use traffic::{Stage, Traffic};
pub use unsettled_traffic::UnsettledTraffic;
pub use waits::Waits;
