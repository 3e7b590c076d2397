//! Checks each receiver's URL and, if its notifications are signed, its secret. Sends nothing.

use boathook_core::deployment::error_chain;

use crate::{
    check::{CheckContext, CheckResult, sources},
    config::{Receiver, SecretError, SecretUse, examine_receivers},
};

const CHECK: &str = "notifications";
const WHY: &str = "boathook does not start with it, and a running one refuses to reload";

pub(super) fn check(context: &CheckContext) -> Vec<CheckResult> {
    let examined = examine_receivers(&context.config, |name| sources::variable(context, name));
    examined
        .iter()
        .map(|receiver| receiver.as_ref().map_or_else(|error| wrong(context, error), good))
        .collect()
}

fn good(receiver: &Receiver) -> CheckResult {
    CheckResult::ok(CHECK, format!("`{}` has all that is needed to reach it", receiver.config.name))
}

fn wrong(context: &CheckContext, error: &SecretError) -> CheckResult {
    let fix = match error {
        SecretError::Unreadable { secret, place, source } => {
            if let Some(withheld) =
                sources::of_the_unit_alone(context, CHECK, &secret.to_string(), place)
            {
                return withheld;
            }
            sources::make_readable(place, source, fill(secret))
        }
        _ => "correct it under `notify` in default.yaml, or what is named there".to_owned(),
    };
    CheckResult::error(CHECK, error_chain(error), WHY, fix)
}

/// What is written where nothing is.
fn fill(secret: &SecretUse) -> &'static str {
    match secret {
        SecretUse::Receiver { part: "secret", .. } => "echo whsec_$(openssl rand -base64 32)",
        _ => "echo URL",
    }
}
