//! `boathook send`: builds a request, signs it, sends it, and follows the deployment to its end.

mod arguments;
mod github;
mod identity;
mod post;
mod run;
mod target;

pub use arguments::SendArguments;
pub use github::annotation_of;

use identity::{IdentityArguments, NoToken, TokenSource};
use post::{Sender, Taken, foreign};
use target::Target;
