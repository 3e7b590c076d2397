//! What boathook's own rollback after a bad watch needs besides what an operator's needs: what turned
//! bad must still be what serves.

use boathook_core::deployment::{DeploymentId, RevisionName};

use crate::{journal::Success, plan::LiveService};

/// Why it does not begin: while it waited, another deployment succeeded.
pub(super) fn no_longer_serves(of: &DeploymentId, serves: Option<&Success>) -> Option<String> {
    let Success { deployment, image, revision: _ } = serves.filter(|it| it.deployment != *of)?;
    Some(format!(
        "while the rollback waited, {deployment} brought {image}, which serves now in place of what {of} left serving"
    ))
}

/// Why it does not begin: what turned bad has the traffic no more.
pub(super) fn has_no_traffic(bad: &RevisionName, live: Option<&LiveService>) -> Option<String> {
    let Some(live) = live else {
        return Some(format!("someone deleted the service, and {bad}, which turned bad, with it"));
    };
    match live.with_traffic() {
        Some(found) if found == bad => None,
        Some(found) => Some(format!(
            "{found} serves, which boathook did not deploy; {bad}, which turned bad, has no traffic any more"
        )),
        None => Some(format!("nothing serves, and {bad}, which turned bad, has no traffic")),
    }
}
