//! Where a request goes: paths below the API's address, of which one may lead on to another because
//! a repository was renamed.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Repositories that were renamed, while this process runs: without it, each request would be made
/// twice.
#[derive(Debug, Default)]
pub(super) struct Renamed(Mutex<HashMap<String, String>>);

impl Renamed {
    /// The path where GitHub has it now.
    pub(super) fn resolve(&self, path: &str) -> String {
        let known = repository(path).and_then(|old| Some((old, self.all().get(old)?.clone())));
        known.map_or_else(|| path.to_owned(), |(old, new)| new + &path[old.len()..])
    }

    /// Remembers that what was at one path is at another.
    pub(super) fn remember(&self, from: &str, to: &str) {
        let Some(old) = repository(from) else { return };
        if let Some(new) = to.strip_suffix(&from[old.len()..]) {
            self.all().insert(old.to_owned(), new.to_owned());
        }
    }

    /// Forgets where it leads: there is nothing any more.
    pub(super) fn forget(&self, path: &str) {
        if let Some(old) = repository(path) {
            self.all().remove(old);
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The beginning of a path that names a repository: `/repos/owner/name`.
fn repository(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/repos/")?;
    let name = rest.find('/')? + 1;
    let end = rest[name..].find(['/', '?']).map_or(rest.len(), |end| name + end);
    Some(&path[..path.len() - rest.len() + end])
}

/// The path of an address, if it is below the API's.
pub(super) fn below(api: &str, url: &str) -> Option<String> {
    let path = url.strip_prefix(api)?;
    // `/../` would leave it again.
    (path.starts_with('/') && !path.contains("/..")).then(|| path.to_owned())
}

/// The path of the next part, by the header `Link`.
pub(super) fn next(api: &str, link: &str) -> Option<String> {
    let links = link.split(',').filter_map(|one| one.trim().split_once('>'));
    let mut next = links.filter(|(_, parameters)| parameters.contains("rel=\"next\""));
    below(api, next.next()?.0.strip_prefix('<')?)
}
