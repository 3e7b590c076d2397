//! Deployment windows: when an environment lets deployments begin, by the calendar of a time zone.
//!
//! What is said here depends on the settings and the given time alone: the same question, the same
//! answer.

mod cron;
mod cron_field;
mod environment_outlook;
mod environment_state;
mod outlook;
mod spans;
mod window;
mod windows;

pub use environment_outlook::EnvironmentOutlook;
pub use environment_state::{EnvironmentState, Obstacles};
pub use outlook::{Opening, Outlook};
pub use windows::{AppliesTo, DeployWindows, Outside};
