//! Whether an operator's approval of a deployment counts: who they are is what the kernel says of the
//! socket's other end.

use boathook_core::record::{Acceptance, Origin};
use rustix::process::geteuid;

use crate::{
    accounts::Accounts,
    journal::{Journal, StoreError},
    server::{ApiError, peer::LocalUser},
};

/// Checks that the user's approval counts by the rules of the moment of acceptance. Returns what the
/// user has to know where it is not known who asked for the deployment.
pub async fn check_approver(
    user: &LocalUser,
    acceptance: &Acceptance,
    journal: &Journal,
) -> Result<Option<String>, ApiError> {
    let approvers = &acceptance.approvers;
    if approvers.is_anyone() {
        return Ok(None);
    }
    let accounts = known(user)?;
    let LocalUser { uid, gid, accounts: _ } = user;
    let user = accounts.name(*uid);
    if !approvers.include(&user, &accounts.groups_of(*uid, *gid)) {
        let who = approvers.who().unwrap_or_default();
        return Err(refused(format!("it needs the approval of {who}, and {user} is none of them")));
    }
    let requesters = match approvers.not_requester {
        true => requesters(acceptance, journal).await?,
        false => Vec::new(),
    };
    if requesters.iter().any(|name| *name == user || accounts.uid(name) == Some(*uid)) {
        return Err(refused(format!(
            "{user} asked for this deployment, and `approvers.not_requester` leaves its approval to others"
        )));
    }
    let is_shared = *uid == 0 || *uid == geteuid().as_raw();
    let tells_apart = approvers.count > 1 || approvers.not_requester;
    if is_shared && tells_apart && !approvers.users.contains(&user) {
        return Err(refused(format!(
            "whoever may use sudo can be {user}, and a person's approval counts once: approve it as yourself, without sudo, or name {user} in `approvers.users`"
        )));
    }
    Ok(unknown(&user, &requesters, accounts))
}

/// This machine's accounts; without them users cannot be told apart.
fn known(user: &LocalUser) -> Result<&Accounts, ApiError> {
    let unknown = |error| refused(format!("{error}, so that nobody's approval counts"));
    user.accounts.as_ref().map_err(unknown)
}

fn refused(why: String) -> ApiError {
    ApiError::Impossible(format!("cannot approve: {why}"))
}

/// Says which of those who asked for it no user of this machine has the name of.
fn unknown(user: &str, requesters: &[String], accounts: &Accounts) -> Option<String> {
    let unknown = requesters.iter().filter(|name| !accounts.has_user(name));
    let unknown = unknown.map(String::as_str).collect::<Vec<_>>();
    (!unknown.is_empty()).then(|| {
        format!(
            "boathook cannot tell whether {user} asked for it: no user of this machine has these names of who did: {}",
            unknown.join(", ")
        )
    })
}

/// The names of whoever asked for it or for an earlier attempt at it, each once.
async fn requesters(acceptance: &Acceptance, journal: &Journal) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    let mut note = |acceptance: &Acceptance| {
        for name in acceptance.requesters() {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        match &acceptance.origin {
            Origin::Retry { of, by: _ } => Some(of.clone()),
            Origin::Requested | Origin::Rollback { .. } | Origin::Redeploy { .. } => None,
        }
    };
    let mut before = note(acceptance);
    while let Some(of) = before.take() {
        before = journal.deployment(&of).await?.and_then(|earlier| note(&earlier.acceptance));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::io;

    use crate::server::{approver::known, peer::LocalUser};

    #[test]
    fn where_the_accounts_cannot_be_read_nobodys_approval_counts() {
        let accounts = Err(io::Error::other("cannot read /etc/group: Permission denied"));
        let caller = LocalUser { uid: 1000, gid: 1000, accounts };
        let refused = known(&caller).err().unwrap().to_string();
        let says = "cannot approve: cannot read /etc/group: Permission denied, so that nobody's approval counts";
        assert_eq!(refused, says);
        assert_eq!(caller.name(), "uid 1000");
    }
}
