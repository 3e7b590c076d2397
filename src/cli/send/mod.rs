//! `boathook send`: builds a request, signs it, sends it, and follows the deployment to its end.

mod arguments;
mod events;
mod follow;
mod github;
mod post;
mod progress_log;
mod reporter;
mod run;
mod target;

pub use arguments::SendArguments;
pub use events::{EventReader, PublicEvent};

use follow::Follow;
use post::{Sender, Taken, foreign};
use reporter::Reporter;
use target::Target;
