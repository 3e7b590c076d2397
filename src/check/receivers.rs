//! Checks each receiver's URL and, if its notifications are signed, its secret. Sends nothing.

use boathook_core::deployment::error_chain;

use crate::{
    check::{CheckContext, CheckResult, sources},
    config::{Receiver, ReceiverError, examine_receivers},
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

fn wrong(context: &CheckContext, error: &ReceiverError) -> CheckResult {
    match error {
        ReceiverError::Unreadable { name, what, place, source } => {
            sources::of_the_unit_alone(context, CHECK, &format!("the {what} of `{name}`"), place)
                .unwrap_or_else(|| {
                    CheckResult::error(
                        CHECK,
                        error_chain(error),
                        WHY,
                        sources::make_readable(place, source, fill(what)),
                    )
                })
        }
        ReceiverError::Source { name, .. } | ReceiverError::Unfit { name, .. } => {
            CheckResult::error(
                CHECK,
                error_chain(error),
                WHY,
                format!("correct `{name}` under `notify` in default.yaml, or what it names"),
            )
        }
    }
}

/// What is written where nothing is.
fn fill(what: &str) -> &'static str {
    if what == "secret" { "echo whsec_$(openssl rand -base64 32)" } else { "echo URL" }
}
