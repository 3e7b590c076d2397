//! Checks that the keys can be read that open sealed bodies, and says which they are.

use std::io::ErrorKind;

use boathook_core::deployment::error_chain;

use crate::{
    check::{CheckContext, CheckResult, sources},
    config::{SecretError, examine_sealing_keys},
    sealing::PrivateKey,
};

const CHECK: &str = "sealing keys";
const MAKE: &str = "boathook sealing-key new FILE; chmod 640 FILE; chgrp boathook FILE";
const WHY: &str = "boathook does not start with it, and a running one refuses to reload";

pub(super) fn check(context: &CheckContext) -> Vec<CheckResult> {
    let examined = examine_sealing_keys(&context.config, |name| sources::variable(context, name));
    examined
        .iter()
        .map(|key| key.as_ref().map_or_else(|error| wrong(context, error), good))
        .collect()
}

fn good(key: &PrivateKey) -> CheckResult {
    let public = key.public();
    CheckResult::ok(CHECK, format!("key {} opens what is sealed for {public}", public.id()))
}

fn wrong(context: &CheckContext, error: &SecretError) -> CheckResult {
    let fix = match error {
        SecretError::Unreadable { secret, place, source } => {
            let withheld = sources::of_the_unit_alone(context, CHECK, &secret.to_string(), place);
            if let Some(withheld) = withheld {
                return withheld;
            }
            match source.kind() {
                ErrorKind::NotFound if place.starts_with('/') => format!(
                    "boathook sealing-key new {place}; chmod 640 {place}; chgrp boathook {place}; and give the public key that it prints to the senders"
                ),
                _ => sources::make_readable(place, source, "cat KEY"),
            }
        }
        _ => format!("{MAKE}; and name it below sources.sealing.keys in default.yaml"),
    };
    CheckResult::error(CHECK, error_chain(error), WHY, fix)
}
