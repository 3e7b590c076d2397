//! The name of a boathook among several on one record.

use std::fmt::{self, Display};

use rustix::system::uname;
use serde::Deserialize;

/// The name of the node that a boathook runs on. Two boathooks never have the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct NodeName(String);

/// Why a text is not the name of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name of a node has ASCII letters, digits, `.`, `_` and `-`, {} at most",
    NodeName::MAX
)]
pub struct NoNodeName;

impl NodeName {
    const MAX: usize = 253;

    /// The name of this machine.
    pub fn of_host() -> Result<Self, NoNodeName> {
        Self::try_from(uname().nodename().to_string_lossy().into_owned())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for NodeName {
    type Error = NoNodeName;

    fn try_from(text: String) -> Result<Self, NoNodeName> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b".-_".contains(&b);
        let fits = !text.is_empty() && text.len() <= Self::MAX && text.bytes().all(allowed);
        if fits { Ok(Self(text)) } else { Err(NoNodeName) }
    }
}

impl Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
