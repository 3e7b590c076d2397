//! Promotion: sends an image that is proven in one environment to the next one, until there is an
//! answer.
//!
//! It follows the journal and records its results there. It never delays or fails the deployment
//! that succeeded.

mod answer;
mod current_route;
mod post;
mod promoter;
mod promotion_request;
mod proving;

pub use answer::{Deliver, PromotionAnswer};
pub use current_route::{CurrentRoute, CurrentRoutes, Terms};
pub use post::post;
pub use promoter::Promoter;
pub use promotion_request::PromotionRequest;
