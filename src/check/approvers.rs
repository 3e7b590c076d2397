//! Checks that this machine has the users and groups whose approvals count.

use std::io;

use boathook_core::deployment::Environment;

use crate::{
    accounts::Accounts,
    check::CheckResult,
    config::{Config, EnvironmentConfig},
};

const CHECK: &str = "approvers";

pub(super) fn check(config: &Config) -> Vec<CheckResult> {
    let enabled = config
        .environments
        .iter()
        .filter(|(_, settings)| settings.enabled && !settings.approval.approvers.is_anyone());
    let accounts = match Accounts::read() {
        Ok(accounts) => accounts,
        Err(error) => return enabled.map(|(at, _)| unreadable(*at, &error)).collect(),
    };
    enabled.flat_map(|(environment, settings)| missing(*environment, settings, &accounts)).collect()
}

fn unreadable(environment: Environment, error: &io::Error) -> CheckResult {
    CheckResult::warning(
        CHECK,
        format!("approvers in {environment} cannot be told apart: {error}"),
        "no approval counts there until boathook can read it",
        "let boathook's user read the file".to_owned(),
    )
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
