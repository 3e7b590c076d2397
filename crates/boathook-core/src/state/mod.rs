//! The fold: a deployment's state from its events.

mod deployment;
mod illegal_event;
mod progress;
mod promotion_state;
mod rollback;
#[expect(clippy::module_inception, reason = "a file is named after the one thing in it")]
mod state;
mod transitions;
mod watch_state;

pub use deployment::Deployment;
pub use illegal_event::IllegalEvent;
pub use progress::Progress;
pub use promotion_state::{Hurry, PromotionOutcome, PromotionState};
pub use rollback::{Rollback, RollbackFailure, Undoes};
pub use state::{Conclusion, State};
pub use watch_state::{WatchProgress, WatchState};
