//! Can requests be verified: every secret is there, good, closed to others, and does not end soon.

use std::{collections::BTreeSet, error::Error, ffi::OsString, io, path::Path, time::Duration};

use jiff::Timestamp;

use crate::{
    config::{Config, LoadedSecret, SecretError, TooOpen, examine_secrets},
    deployment::in_full,
    doctor::{Finding, Patient},
};

const CHECK: &str = "secrets";
/// Long enough to make a new one and give it to the senders.
const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// Where systemd keeps the credentials of the unit, for boathook's user too.
const OF_THE_UNIT: &str = "/run/credentials/boathook.service";
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let (loaded, errors) = examine_secrets(&patient.config, |name| variable(patient.variable, name));
    let now = patient.clock.now();
    let wrong = errors.iter().map(|error| wrong(error, variable(patient.variable, CREDENTIALS).is_some()));
    wrong.chain(loaded.iter().map(|secret| judge(secret, now))).chain(all_ended(&patient.config, &loaded, now)).collect()
}

/// The unit's own credentials, where none were handed to us.
fn variable(of_process: fn(&str) -> Option<OsString>, name: &str) -> Option<OsString> {
    of_process(name).or_else(|| (name == CREDENTIALS && Path::new(OF_THE_UNIT).is_dir()).then(|| OF_THE_UNIT.into()))
}

fn judge(secret: &LoadedSecret, now: Timestamp) -> Finding {
    let LoadedSecret { environment, id, not_after, .. } = secret;
    let replace = format!(
        "put a new one beside it: openssl rand -hex 32 > FILE; chmod 640 FILE; name it under `secrets` in {environment}.yaml; boathook reload; then give it to the senders"
    );
    match not_after {
        Some(end) if *end < now => Finding::warning(
            CHECK,
            format!("{environment}: `{id}` has ended ({end})"),
            "what is signed with it is refused with 401",
            format!("take it out of {environment}.yaml where no sender uses it any more (boathook secrets); else {replace}"),
        ),
        Some(end) if end.duration_since(now).unsigned_abs() < SOON => Finding::warning(
            CHECK,
            format!("{environment}: `{id}` ends soon ({end})"),
            "after that, what is signed with it is refused with 401",
            replace,
        ),
        Some(_) | None => Finding::ok(CHECK, format!("{environment}: `{id}` is good")),
    }
}

/// An environment whose secrets have all ended takes nothing.
fn all_ended(config: &Config, loaded: &[LoadedSecret], now: Timestamp) -> Vec<Finding> {
    let counts = |secret: &&LoadedSecret| secret.not_after.is_none_or(|end| end >= now);
    let having: BTreeSet<_> = loaded.iter().map(|secret| secret.environment).collect();
    let good: BTreeSet<_> = loaded.iter().filter(counts).map(|secret| secret.environment).collect();
    let closed = config.environments.keys().filter(|environment| having.contains(environment) && !good.contains(environment));
    let closed = closed.map(|environment| {
        Finding::error(
            CHECK,
            format!("{environment}: no secret counts any more"),
            "every request for it is refused with 401",
            format!("openssl rand -hex 32 > FILE; chmod 640 FILE; name it under `secrets` in {environment}.yaml; boathook reload"),
        )
    });
    closed.collect()
}

fn wrong(error: &SecretError, has_credentials: bool) -> Finding {
    if let SecretError::Unreadable { environment, id, place, .. } = error
        && place.starts_with("the credential")
        && !has_credentials
    {
        return Finding::warning(
            CHECK,
            format!("{environment}: `{id}` could not be looked at: systemd hands {place} to boathook's unit alone"),
            "boathook does not start without it",
            format!(
                "systemctl show -p LoadCredential boathook; where it names no `{}`, add it (systemctl edit boathook)",
                place.trim_start_matches("the credential ")
            ),
        );
    }
    Finding::error(CHECK, in_full(error), "boathook does not start without it, because requests could not be verified", mend(error))
}

fn mend(error: &SecretError) -> String {
    match error {
        SecretError::None(environment) => {
            format!("openssl rand -hex 32 > FILE; chmod 640 FILE; name it in {environment}.yaml: secrets: [{{id: ci, file: FILE}}]")
        }
        SecretError::Source { environment, .. } => format!("correct the entry in {environment}.yaml"),
        SecretError::Unreadable { place, source, .. } => unreadable(place, source),
        SecretError::Weak { .. } => "openssl rand -hex 32 > FILE; chmod 640 FILE; and give it to the senders".to_owned(),
        SecretError::Twice { environment, .. } => format!("take one of the two out of {environment}.yaml"),
        SecretError::Shared { .. } => "give each environment its own: openssl rand -hex 32 > FILE; chmod 640 FILE".to_owned(),
    }
}

fn unreadable(place: &str, source: &io::Error) -> String {
    let too_open = source.get_ref().and_then(|inner| (inner as &(dyn Error + 'static)).downcast_ref::<TooOpen>());
    match (too_open, source.kind()) {
        (Some(too_open), _) => too_open.mend(),
        (None, io::ErrorKind::NotFound) if place.starts_with('/') => {
            format!("openssl rand -hex 32 > {place}; chmod 640 {place}; chgrp boathook {place}")
        }
        (None, io::ErrorKind::PermissionDenied) => {
            format!("chgrp boathook {place}; chmod 640 {place}; and boathook's user needs x on every folder above it")
        }
        (None, _) => format!("make {place} readable for boathook"),
    }
}
