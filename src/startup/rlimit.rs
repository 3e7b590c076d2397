//! The limit of open files. The usual soft limit is 1024; a process may raise it.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

/// Raises the limit to this many open files, or warns that it could not.
pub(super) fn allow(needed: u64) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // An unlimited value is `None`.
    if current.is_none_or(|current| current >= needed) {
        return;
    }
    let possible = maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(possible), maximum });
    if raised.is_err() || possible < needed {
        warn!(
            "This process may not open {needed} files, so it accepts fewer connections at once; raise LimitNOFILE"
        );
    }
}
