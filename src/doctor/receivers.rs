//! Can those who are to be told be reached: each has a URL and, where it signs, a secret. Nothing is sent.

use crate::{
    config::{Receiver, ReceiverError, examine_receivers},
    deployment::in_full,
    doctor::{Finding, Patient, sources},
};

const CHECK: &str = "notifications";
const WHY: &str = "boathook does not start with it, and a running one refuses to reload";

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let examined = examine_receivers(&patient.config, |name| sources::variable(patient, name));
    examined.iter().map(|receiver| receiver.as_ref().map_or_else(|error| wrong(patient, error), good)).collect()
}

fn good(receiver: &Receiver) -> Finding {
    Finding::ok(CHECK, format!("`{}` has all that is needed to reach it", receiver.config.name))
}

fn wrong(patient: &Patient, error: &ReceiverError) -> Finding {
    match error {
        ReceiverError::Unreadable { name, what, place, source } => {
            sources::of_the_unit_alone(patient, CHECK, &format!("the {what} of `{name}`"), place)
                .unwrap_or_else(|| Finding::error(CHECK, in_full(error), WHY, sources::make_readable(place, source, fill(what))))
        }
        ReceiverError::Source { name, .. } | ReceiverError::Unfit { name, .. } => {
            Finding::error(CHECK, in_full(error), WHY, format!("correct `{name}` under `notify` in default.yaml, or what it names"))
        }
    }
}

/// What is written where nothing is.
fn fill(what: &str) -> &'static str {
    if what == "secret" { "echo whsec_$(openssl rand -base64 32)" } else { "echo URL" }
}
