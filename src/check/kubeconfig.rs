//! Checks the kubeconfig: it exists, is readable here, and is not open to others.

use std::{io, os::unix::fs::PermissionsExt as _, path::Path};

use crate::{check::CheckResult, config::Config};

const CHECK: &str = "kubeconfig";
const OPEN_TO_ALL: u32 = 0o007;

pub(super) fn check(config: &Config) -> Vec<CheckResult> {
    let Some(path) = &config.tools.kubeconfig else {
        return vec![CheckResult::ok(
            CHECK,
            "kubectl finds the cluster by itself (tools.kubeconfig names no file)",
        )];
    };
    let shown = path.display();
    let why = "kubectl cannot reach the cluster, and no deployment can do anything";
    vec![match std::fs::File::open(path).and_then(|file| file.metadata()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => CheckResult::error(
            CHECK,
            format!("{shown} is missing"),
            why,
            "scripts/setup.sh makes it; tools.kubeconfig names another one",
        ),
        Err(error) => CheckResult::error(
            CHECK,
            format!("{shown} cannot be read: {error}"),
            why,
            format!("chgrp boathook {shown}; chmod 640 {shown}"),
        ),
        Ok(found) => judge(path, found.permissions().mode()),
    }]
}

fn judge(path: &Path, mode: u32) -> CheckResult {
    let shown = path.display();
    if mode & OPEN_TO_ALL == 0 {
        return CheckResult::ok(CHECK, format!("{shown} can be read, and not by everyone"));
    }
    CheckResult::warning(
        CHECK,
        format!("{shown} is open to everyone (mode {:03o})", mode & 0o777),
        "where it holds a key or token, every user of this machine may use it",
        format!("chmod o= {shown}"),
    )
}
