//! What boathook's own rollback after a bad watch needs besides what an operator's needs: what turned
//! bad must still be what serves.

use boathook_core::{
    deployment::{DeploymentId, RevisionName},
    rollout::Plan,
};

use crate::journal::Success;

/// Why it does not begin: while it waited, another deployment succeeded.
pub(super) fn no_longer_serves(of: &DeploymentId, serves: Option<&Success>) -> Option<String> {
    let Success { deployment, image, revision: _ } = serves.filter(|it| it.deployment != *of)?;
    Some(format!(
        "while the rollback waited, {deployment} brought {image}, which serves now in place of what {of} left serving"
    ))
}

/// The plan, unless someone else brought another revision into service.
pub(super) fn as_own_rollback(plan: Plan, serves: Option<&RevisionName>) -> Result<Plan, String> {
    match (plan.stable_revision(), serves) {
        (Some(found), Some(known)) if found != known => Err(format!(
            "{found} serves, which boathook did not deploy; {known}, which turned bad, has no traffic any more"
        )),
        _ => Ok(plan),
    }
}
