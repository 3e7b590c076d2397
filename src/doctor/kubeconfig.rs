//! The file that leads kubectl to the cluster: there, readable here, and closed to others.

use std::{io, os::unix::fs::PermissionsExt as _, path::Path};

use crate::{config::Config, doctor::Finding};

const CHECK: &str = "kubeconfig";
const OPEN_TO_ALL: u32 = 0o007;

pub(super) fn look(config: &Config) -> Vec<Finding> {
    let Some(path) = &config.tools.kubeconfig else {
        return vec![Finding::ok(CHECK, "kubectl finds the cluster by itself (tools.kubeconfig names no file)")];
    };
    let shown = path.display();
    let why = "kubectl cannot reach the cluster, and no deployment can do anything";
    vec![match std::fs::File::open(path).and_then(|file| file.metadata()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Finding::error(CHECK, format!("{shown} is missing"), why, "scripts/setup.sh makes it; tools.kubeconfig names another one")
        }
        Err(error) => {
            Finding::error(CHECK, format!("{shown} cannot be read: {error}"), why, format!("chgrp boathook {shown}; chmod 640 {shown}"))
        }
        Ok(found) => judge(path, found.permissions().mode()),
    }]
}

fn judge(path: &Path, mode: u32) -> Finding {
    let shown = path.display();
    if mode & OPEN_TO_ALL == 0 {
        return Finding::ok(CHECK, format!("{shown} can be read, and not by everyone"));
    }
    Finding::warning(
        CHECK,
        format!("{shown} is open to everyone (mode {:03o})", mode & 0o777),
        "where it holds a key or token, every user of this machine may use it",
        format!("chmod o= {shown}"),
    )
}
