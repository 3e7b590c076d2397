//! A deployment's records, arranged for readers.

mod deployment_detail;
mod deployment_view;
mod timeline;

pub use deployment_detail::{DeploymentDetail, Probed, Program, StepActivity};
pub use deployment_view::{DeploymentView, Share};
pub use timeline::{Direction, StepStatus, StepView};
