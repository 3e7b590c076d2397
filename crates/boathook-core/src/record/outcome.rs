//! How a deployment ends.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// How a deployment ended. There is exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Outcome {
    /// The candidate serves 100 %.
    Succeeded,
    /// The candidate was bad, and stable serves 100 % again.
    RolledBack,
    /// It failed before anything changed, or there was nothing to roll back to.
    Failed,
    /// A newer request took its place before it began.
    Superseded,
    /// Someone stopped it, or changed the service meanwhile.
    Aborted,
    /// Policy or an operator refused it.
    Rejected,
    /// The rollback failed too, and an operator or a newer request took over responsibility for
    /// what serves.
    Abandoned,
}

impl Outcome {
    /// Its name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}
