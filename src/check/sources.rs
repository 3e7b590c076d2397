//! The places of secrets: as boathook's unit sees them, and how to fix one that cannot be read.

use std::{error::Error, ffi::OsString, io, path::Path};

use crate::{
    check::{CheckContext, CheckResult},
    config::TooOpen,
};

/// Where systemd keeps the credentials of the unit, for boathook's user too.
const OF_THE_UNIT: &str = "/run/credentials/boathook.service";
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
/// How the place of a credential begins in an error.
const CREDENTIAL: &str = "the credential ";

/// A variable of this process; the unit's own credentials, where none were handed to us.
pub(super) fn variable(context: &CheckContext, name: &str) -> Option<OsString> {
    (context.variable)(name).or_else(|| {
        (name == CREDENTIALS && Path::new(OF_THE_UNIT).is_dir()).then(|| OF_THE_UNIT.into())
    })
}

/// The result for a `what` that cannot be read here, because it is a credential that systemd passes
/// only to boathook's unit.
pub(super) fn of_the_unit_alone(
    context: &CheckContext,
    check: &'static str,
    what: &str,
    place: &str,
) -> Option<CheckResult> {
    let credential =
        place.strip_prefix(CREDENTIAL).filter(|_| variable(context, CREDENTIALS).is_none())?;
    Some(CheckResult::warning(
        check,
        format!("{what} could not be looked at: systemd hands {place} to boathook's unit alone"),
        "boathook does not start without it",
        format!(
            "systemctl show -p LoadCredential boathook; where it names no `{credential}`, add it (systemctl edit boathook)"
        ),
    ))
}

/// What makes a place readable; `fill` is what is written into a file that is missing.
pub(super) fn make_readable(place: &str, source: &io::Error, fill: &str) -> String {
    let too_open = source
        .get_ref()
        .and_then(|inner| (inner as &(dyn Error + 'static)).downcast_ref::<TooOpen>());
    match (too_open, source.kind()) {
        (Some(too_open), _) => too_open.fix(),
        (None, io::ErrorKind::NotFound) if place.starts_with('/') => {
            format!("{fill} > {place}; chmod 640 {place}; chgrp boathook {place}")
        }
        (None, io::ErrorKind::PermissionDenied) => format!(
            "chgrp boathook {place}; chmod 640 {place}; and boathook's user needs x on every folder above it. Where that is root's alone, as \
             /etc/boathook/secrets is: LoadCredential=NAME:{place} (systemctl edit boathook), `credential: NAME` in place of the file, and a restart"
        ),
        (None, _) => format!("make {place} readable for boathook"),
    }
}
