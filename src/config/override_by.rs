//! Who may let deployments past closed deployment windows.

use boathook_core::fault::Fault;
use serde::Deserialize;

/// Users and groups of this machine; nobody if none are named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideBy {
    pub users: Vec<String>,
    /// Their members may.
    pub groups: Vec<String>,
}

impl OverrideBy {
    /// Whether a user in these groups may.
    #[must_use]
    pub fn include(&self, user: &str, groups: &[String]) -> bool {
        self.users.iter().any(|name| name == user)
            || self.groups.iter().any(|group| groups.contains(group))
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let named = |names: &[String]| names.iter().all(|name| !name.trim().is_empty());
        Fault::of([
            (named(&self.users), "users", "must name users of this machine"),
            (named(&self.groups), "groups", "must name groups of this machine"),
        ])
    }
}
