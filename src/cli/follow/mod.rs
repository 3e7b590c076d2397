//! Following a deployment to its end, however the network lets it: for `boathook send`, `show
//! --follow` and `watch`.

mod event_reader;
#[expect(clippy::module_inception, reason = "a file is named after the one thing in it")]
mod follow;
mod outcome;
mod pace;
mod progress_log;
mod public_event;
mod reporter;

pub use event_reader::EventReader;
pub use follow::{Follow, Until};
pub use outcome::{exit_of, print_outcome};
pub use pace::Pace;
pub use progress_log::ProgressLog;
pub use public_event::{PublicEvent, ReadEvent, Titled};
pub use reporter::Reporter;
