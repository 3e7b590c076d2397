//! How many files this process may have open. Systems begin with 1024, of which more may be had for the asking.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

/// Sees to it that so many files may be open, or says that they may not.
pub(super) fn allow(needed: u64) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // No limit is written as none.
    if current.is_none_or(|current| current >= needed) {
        return;
    }
    let possible = maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(possible), maximum });
    if raised.is_err() || possible < needed {
        warn!("This process may not open {needed} files, so fewer connections are taken at once; raise LimitNOFILE");
    }
}
