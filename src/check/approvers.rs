//! Checks that this machine has the users and groups whose approvals count.

use boathook_core::deployment::Environment;

use crate::{
    accounts::Accounts,
    check::CheckResult,
    config::{Config, EnvironmentConfig},
};

const CHECK: &str = "approvers";

pub(super) fn check(config: &Config) -> Vec<CheckResult> {
    let accounts = Accounts::read();
    let enabled = config.environments.iter().filter(|(_, settings)| settings.enabled);
    enabled.flat_map(|(environment, settings)| missing(*environment, settings, &accounts)).collect()
}

/// A warning for each name that no user or group has.
fn missing(
    environment: Environment,
    settings: &EnvironmentConfig,
    accounts: &Accounts,
) -> Vec<CheckResult> {
    let approvers = &settings.approval.approvers;
    let users =
        approvers.users.iter().filter(|name| !accounts.has_user(name)).map(|name| ("user", name));
    let groups = approvers
        .groups
        .iter()
        .filter(|name| !accounts.has_group(name))
        .map(|name| ("group", name));
    let warning = |(kind, name): (&str, &String)| {
        CheckResult::warning(
            CHECK,
            format!(
                "approvers in {environment} names the {kind} {name}, which is not in this machine's files"
            ),
            "nobody is known to boathook by that name, so that approval never comes",
            format!(
                "correct approval.approvers in {environment}.yaml, or create the {kind}; then boathook reload"
            ),
        )
    };
    users.chain(groups).map(warning).collect()
}
