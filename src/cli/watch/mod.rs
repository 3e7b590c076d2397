//! `boathook watch`: what is being deployed, as it changes.

mod live;
mod overview;
mod plain;
mod screen;
#[expect(clippy::module_inception, reason = "a file is named after the one thing in it")]
mod watch;

pub use watch::WatchArguments;

use live::Live;
use screen::Screen;
