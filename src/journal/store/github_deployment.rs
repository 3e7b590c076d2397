//! A deployment on GitHub that boathook reports to.

use boathook_core::deployment::Repository;
use serde::{Deserialize, Serialize};

/// One deployment on GitHub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitHubDeployment {
    pub repository: Repository,
    /// GitHub's number of it.
    pub number: u64,
}
