//! What a dry run found.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::deployment::{ImageRef, ObjectChange, RevisionName};

/// What a deployment would do, and the problems that would stop it, found without changing
/// anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRunReport {
    /// The steps, in order, as text.
    pub steps: Vec<String>,
    /// The steps of the rollback, in order, as text.
    pub rollback: Vec<String>,
    /// The revision that serves now; none if nothing does.
    pub stable: Option<RevisionName>,
    /// The image, where the request names it by digest and the node has it. What a tag stands for,
    /// only its pull tells.
    pub image: Option<ImageRef>,
    /// Where the manifests come from, as text; none if there is no plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifests: Option<String>,
    /// What changes, object by object, the service first; an older boathook does not say.
    #[serde(default)]
    pub changes: Vec<ObjectChange>,
    /// What the sender should know, and what could not be checked.
    pub notes: Vec<String>,
    /// Why the deployment would fail, and what the API server warns of; none if nothing was found.
    pub problems: Vec<String>,
}

impl DryRunReport {
    /// The deadline of a dry run; the sender waits longer.
    pub const LIMIT: Duration = Duration::from_secs(25);
}
