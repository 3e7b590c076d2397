//! `boathook send`: builds a request, signs it, sends it, and follows the deployment to its end; by
//! boathook's address, or by GitHub or a relay where nobody reaches that.

mod arguments;
mod github;
mod github_arguments;
mod github_follow;
mod identity;
mod manifest_arguments;
mod on_github;
mod post;
mod run;
mod run_via;
mod target;
mod via;
mod via_github;

pub use arguments::SendArguments;
pub use github::annotation_of;

use github_arguments::GitHubArguments;
use github_follow::{GITHUB_BACKOFF, GitHubFollow, refused_by_github};
use identity::{IdentityArguments, NoToken, TokenSource};
use manifest_arguments::{ManifestArguments, SentBundle};
use on_github::{GitHubStatus, Listed, MadeDeployment, OnGitHub};
use post::{Receiver, Sender, Taken, foreign};
use target::Target;
use via::Via;
use via_github::Creator;
