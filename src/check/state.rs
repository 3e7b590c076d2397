//! Checks the state directory: it exists, is boathook's, and is writable.

use std::{io, os::unix::fs::PermissionsExt as _, path::Path};

use rustix::fs::{Access, access};

use crate::check::CheckResult;

const CHECK: &str = "state";
/// The journal holds tokens and payloads.
const TOO_OPEN: u32 = 0o007;

pub(super) fn check(directory: &Path) -> Vec<CheckResult> {
    let shown = directory.display();
    let why = "nothing can be accepted: what boathook takes is on disk first";
    match std::fs::metadata(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => vec![missing(directory)],
        Err(error) => vec![CheckResult::error(
            CHECK,
            format!("{shown} cannot be looked at: {error}"),
            why,
            format!("chown boathook: {shown}; chmod 700 {shown}"),
        )],
        Ok(found) if !found.is_dir() => {
            vec![CheckResult::error(
                CHECK,
                format!("{shown} is not a directory"),
                why,
                "name a directory in state.directory",
            )]
        }
        Ok(found) => vec![writable(directory, found.permissions().mode())],
    }
}

/// boathook makes it, if it may.
fn missing(directory: &Path) -> CheckResult {
    let shown = directory.display();
    let above = directory.ancestors().skip(1).find(|path| path.is_dir()).unwrap_or(Path::new("."));
    if access(above, Access::WRITE_OK | Access::EXEC_OK).is_ok() {
        return CheckResult::ok(CHECK, format!("{shown} is made at the first start"));
    }
    CheckResult::error(
        CHECK,
        format!("{shown} is missing, and this user may not make it"),
        "boathook does not start without it",
        format!("install -d -o boathook -g boathook -m 700 {shown}"),
    )
}

fn writable(directory: &Path, mode: u32) -> CheckResult {
    let shown = directory.display();
    if let Err(error) = access(directory, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        return CheckResult::error(
            CHECK,
            format!("{shown} cannot be written: {error}"),
            "boathook does not start, and a running one answers 503",
            format!(
                "chown -R boathook: {shown}; and where the file system is read-only, see `findmnt -T {shown}` and `dmesg`"
            ),
        );
    }
    if mode & TOO_OPEN != 0 {
        return CheckResult::warning(
            CHECK,
            format!("{shown} is open to everyone (mode {:03o})", mode & 0o777),
            "work files and the audit log tell who deployed what from where",
            format!("chmod o= {shown}"),
        );
    }
    CheckResult::ok(CHECK, format!("{shown} can be written"))
}
