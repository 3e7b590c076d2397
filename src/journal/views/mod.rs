//! A deployment's records, arranged for readers.

mod coming;
mod deployment_detail;
mod deployment_view;
mod facts;
mod finding_words;
mod node_list;
mod pipeline;
mod service_view;
mod timeline;
mod words;

pub use coming::Coming;
pub use deployment_detail::{DeploymentDetail, Probed, Program, StepActivity};
pub use deployment_view::{Asked, DeploymentView, Share};
pub use facts::{Fact, FactValue};
pub use finding_words::finding_words;
pub use node_list::{LeadingNode, NodeList, NodeView};
pub use pipeline::{Pipeline, Stop, StopPlace, Way, WayKind};
pub use service_view::{NewestDeployment, ServiceView, ServingRevision};
pub use timeline::{Direction, StepStatus, StepView};
pub use words::{seconds, status_words};
