//! Promotion: what was proven in one environment is sent on to the next one, until it is answered.
//!
//! It follows the journal, and what it does stands there. It never delays or fails the deployment that succeeded.

mod answer;
mod letter;
mod post;
mod promoter;

pub use answer::{Answer, Deliver};
pub use letter::Letter;
pub use post::post;
pub use promoter::Promoter;
