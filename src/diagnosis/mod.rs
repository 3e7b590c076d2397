//! Why a revision does not serve: from the cluster's objects at one time to a cause in the
//! cluster's own words, whether waiting can help, and what to do.
//!
//! Pure: the same objects give the same answer. It reads nothing, waits for nothing and records
//! nothing.

mod cause;
mod condition;
mod container;
mod diagnose;
mod domain;
mod event;
mod facts;
mod kind;
mod probe;
mod registry;

pub use cause::Diagnosis;
pub use diagnose::{diagnose, of_configuration, of_pods, of_revision, of_route, of_service};
pub use domain::of_domains;
pub use facts::Facts;
pub use kind::{Kind, Outlook, Row, TABLE};
pub use probe::unanswered_probe;
