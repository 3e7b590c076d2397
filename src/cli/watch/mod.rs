//! `boathook watch`: what is being deployed, as it changes.

mod live;
mod overview;
mod plain;
mod screen;
mod watch;

pub use watch::WatchArguments;

use live::Live;
use screen::Screen;
