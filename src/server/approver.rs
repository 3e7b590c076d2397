//! Whether an operator's approval of a deployment counts: who they are is what the kernel says of the
//! socket's other end.

use actix_web::HttpRequest;
use boathook_core::record::Acceptance;

use crate::{
    accounts::Accounts,
    server::{ApiError, peer},
};

/// Checks that the user's approval counts by the rules of the moment of acceptance. Returns what the
/// user has to know where it is not known who asked for the deployment.
pub(super) fn check(
    request: &HttpRequest,
    user: &str,
    acceptance: &Acceptance,
) -> Result<Option<String>, ApiError> {
    let approvers = &acceptance.approvers;
    if !approvers.include(user, &peer::groups(request)?) {
        let who = approvers.who().unwrap_or_default();
        return Err(ApiError::Impossible(format!(
            "cannot approve: it needs the approval of {who}, and {user} is none of them"
        )));
    }
    if !approvers.not_requester {
        return Ok(None);
    }
    let requesters = acceptance.requesters();
    if requesters.contains(&user) {
        return Err(ApiError::Impossible(format!(
            "cannot approve: {user} asked for this deployment, and `approvers.not_requester` leaves its approval to others"
        )));
    }
    let accounts = Accounts::read();
    let is_known = requesters.iter().any(|name| accounts.has_user(name));
    Ok((!is_known).then(|| {
        format!(
            "boathook cannot tell whether {user} asked for it: no user of this machine has the name of who did ({})",
            requesters.join(", ")
        )
    }))
}
