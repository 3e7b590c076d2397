//! Checks that requests can be verified: every secret exists, is strong, not open to others, and
//! does not expire soon.

use std::{collections::BTreeSet, time::Duration};

use boathook_core::deployment::{Key, error_chain};
use jiff::Timestamp;

use crate::{
    check::{CheckContext, CheckResult, sources},
    config::{
        Config, LoadedSecret, SecretError, SecretUse, examine_header_secrets, examine_secrets,
    },
};

const CHECK: &str = "secrets";
/// Long enough to create a new one and distribute it to the senders.
const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

pub(super) fn check(context: &CheckContext) -> Vec<CheckResult> {
    let (loaded, errors) =
        examine_secrets(&context.config, |name| sources::variable(context, name));
    let now = context.clock.now();
    let (_, in_headers) =
        examine_header_secrets(&context.config, |name| sources::variable(context, name));
    let wrong = errors.iter().chain(&in_headers).map(|error| wrong(context, error));
    wrong
        .chain(loaded.iter().map(|secret| judge(secret, now)))
        .chain(all_ended(&context.config, &loaded, now))
        .collect()
}

fn judge(secret: &LoadedSecret, now: Timestamp) -> CheckResult {
    let Key { environment, id, not_after, .. } = &secret.key;
    let replace = format!(
        "put a new one beside it: openssl rand -hex 32 > FILE; chmod 640 FILE; name it under `secrets` in {environment}.yaml; boathook reload; then give it to the senders"
    );
    match not_after {
        Some(end) if *end < now => CheckResult::warning(
            CHECK,
            format!("{environment}: `{id}` has ended ({end})"),
            "what is signed with it is refused with 401",
            format!(
                "take it out of {environment}.yaml where no sender uses it any more (boathook secrets); else {replace}"
            ),
        ),
        Some(end) if end.duration_since(now).unsigned_abs() < SOON => CheckResult::warning(
            CHECK,
            format!("{environment}: `{id}` ends soon ({end})"),
            "after that, what is signed with it is refused with 401",
            replace,
        ),
        Some(_) | None => CheckResult::ok(CHECK, format!("{environment}: `{id}` is good")),
    }
}

/// An environment whose secrets have all ended takes nothing.
fn all_ended(config: &Config, loaded: &[LoadedSecret], now: Timestamp) -> Vec<CheckResult> {
    let counts = |secret: &&LoadedSecret| secret.key.not_after.is_none_or(|end| end >= now);
    let having: BTreeSet<_> = loaded.iter().map(|secret| secret.key.environment).collect();
    let good: BTreeSet<_> =
        loaded.iter().filter(counts).map(|secret| secret.key.environment).collect();
    let closed = config
        .environments
        .keys()
        .filter(|environment| having.contains(environment) && !good.contains(environment));
    let closed = closed.map(|environment| {
        CheckResult::error(
            CHECK,
            format!("{environment}: no secret counts any more"),
            "every request for it is refused with 401",
            format!("openssl rand -hex 32 > FILE; chmod 640 FILE; name it under `secrets` in {environment}.yaml; boathook reload"),
        )
    });
    closed.collect()
}

fn wrong(context: &CheckContext, error: &SecretError) -> CheckResult {
    if let SecretError::Unreadable { secret, place, .. } = error
        && let Some(withheld) =
            sources::of_the_unit_alone(context, CHECK, &secret.to_string(), place)
    {
        return withheld;
    }
    CheckResult::error(CHECK, error_chain(error), why(error), fix(error))
}

fn why(error: &SecretError) -> &'static str {
    match error {
        SecretError::Unreadable { secret: SecretUse::Header { .. }, .. }
        | SecretError::Unfit { secret: SecretUse::Header { .. }, .. } => {
            "boathook does not start without it, because probes could not be sent as configured"
        }
        _ => "boathook does not start without it, because requests could not be verified",
    }
}

fn fix(error: &SecretError) -> String {
    const MAKE: &str = "openssl rand -hex 32";
    match error {
        SecretError::None(environment) => {
            format!(
                "{MAKE} > FILE; chmod 640 FILE; name it in {environment}.yaml: secrets: [{{id: ci, file: FILE}}]"
            )
        }
        SecretError::Source(secret) => format!("correct the entry of {secret}"),
        SecretError::Unreadable { secret: SecretUse::Header { .. }, place, source } => {
            sources::make_readable(place, source, "printf %s VALUE")
        }
        SecretError::Unfit { secret: SecretUse::Header { .. }, place, .. } => {
            format!("write the value of the header there, in one line: {place}")
        }
        SecretError::Unreadable { place, source, .. } => {
            sources::make_readable(place, source, MAKE)
        }
        SecretError::Unfit { .. } => {
            format!("{MAKE} > FILE; chmod 640 FILE; and give it to the senders")
        }
        SecretError::Twice { environment, .. } => {
            format!("take one of the two out of {environment}.yaml")
        }
        SecretError::Shared { .. } => {
            format!("give each environment its own: {MAKE} > FILE; chmod 640 FILE")
        }
    }
}
