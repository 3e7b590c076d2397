//! Whose approvals a deployment needs, and how many.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// Whose approvals a deployment needs, and how many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approvers {
    /// How many users have to approve it.
    pub count: u32,
    /// The users whose approvals count.
    pub users: Vec<String>,
    /// The groups whose members' approvals count. Without users and groups, those of everyone count
    /// who may open the operator's socket.
    pub groups: Vec<String>,
    /// Whether the approval of whoever asked for the deployment does not count.
    pub not_requester: bool,
}

impl Default for Approvers {
    /// One approval, by any operator.
    fn default() -> Self {
        Self { count: 1, users: Vec::new(), groups: Vec::new(), not_requester: false }
    }
}

impl Approvers {
    /// What cannot be used.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let Self { count, users, groups, not_requester: _ } = self;
        let named = users.iter().collect::<HashSet<_>>().len();
        let is_possible = users.is_empty() || !groups.is_empty() || *count as usize <= named;
        let is_name = |name: &String| !name.trim().is_empty();
        let impossible = format!(
            "is {count}, but approvers.users names {named}, and a user's approval counts once"
        );
        Fault::of([
            (
                *count > 0,
                "count",
                "must be 1 or more; what needs no approval is what `required` says",
            ),
            (users.iter().all(is_name), "users", "must name users of this machine"),
            (groups.iter().all(is_name), "groups", "must name groups of this machine"),
            (is_possible, "count", &impossible),
        ])
    }

    /// Whether it is one approval by any operator.
    #[must_use]
    pub fn is_anyone(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the approval of a user in these groups counts, as far as names decide it.
    #[must_use]
    pub fn include(&self, user: &str, groups: &[String]) -> bool {
        let Self { count: _, users, groups: named, not_requester: _ } = self;
        let is_open = users.is_empty() && named.is_empty();
        is_open
            || users.iter().any(|name| name == user)
            || named.iter().any(|group| groups.contains(group))
    }

    /// Who may approve; nothing if any operator may.
    #[must_use]
    pub fn who(&self) -> Option<String> {
        let Self { count: _, users, groups, not_requester } = self;
        let members = groups.iter().map(|group| format!("a member of {group}"));
        let named = users.iter().cloned().chain(members).collect::<Vec<_>>();
        let who = match named.split_last() {
            None if *not_requester => "any operator".to_owned(),
            None => return None,
            Some((only, [])) => only.clone(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
        };
        let except = if *not_requester { ", but not who asked for it" } else { "" };
        Some(format!("{who}{except}"))
    }
}
