//! Which identities an environment accepts.

use std::collections::BTreeMap;

use boathook_core::fault::Fault;
use serde::Deserialize;

use crate::config::Pattern;

/// The claims that say which repository it is, by number: they survive a new name, and nobody else
/// can take them.
const IDS: [&str; 2] = ["repository_id", "project_id"];
/// The same by name.
const NAMES: [&str; 2] = ["repository", "project_path"];

/// One kind of sender that an environment accepts, known by its token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityRule {
    /// The name of the issuer in `identity` of `default.yaml`.
    pub issuer: String,
    /// The claims that its tokens must have, and what they must say.
    pub require: BTreeMap<String, Pattern>,
    /// Whether the token suffices; otherwise a secret must sign too.
    #[serde(default)]
    pub instead_of_hmac: bool,
}

/// What cannot be used of an environment's rules.
pub(super) fn faults(rules: &[IdentityRule]) -> Vec<Fault> {
    let nameless = rules.iter().enumerate().filter(|(_, rule)| !rule.names_repository());
    let fault = |(index, _)| {
        Fault::new(
            format!("identity[{index}].require"),
            "must say whose tokens are meant: a `repository_id` or `project_id`, or a `repository` or `project_path` such as acme/game or \
             acme/*; everyone can get tokens of a public issuer",
        )
    };
    nameless.map(fault).collect()
}

impl IdentityRule {
    /// Whether a claim says which repository it is, or at least whose.
    fn names_repository(&self) -> bool {
        let pattern = |names: [&str; 2]| {
            names.into_iter().find_map(|name| self.require.get(name)).map(ToString::to_string)
        };
        let is_literal = |id: String| !id.contains('*');
        let has_owner =
            |path: String| path.split_once('/').is_some_and(|(owner, _)| !owner.contains('*'));
        pattern(IDS).is_some_and(is_literal) || pattern(NAMES).is_some_and(has_owner)
    }
}
