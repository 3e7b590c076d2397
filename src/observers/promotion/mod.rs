//! Promotion: sends an image that is proven in one environment to the next one, until there is an
//! answer.
//!
//! It follows the journal and records its results there. It never delays or fails the deployment
//! that succeeded.

mod answer;
mod post;
mod promoter;
mod promotion_request;
mod proving;
mod terms;

pub use answer::{Deliver, PromotionAnswer};
pub use post::post;
pub use promoter::Promoter;
pub use promotion_request::PromotionRequest;
pub use terms::{Terms, TermsOf};
