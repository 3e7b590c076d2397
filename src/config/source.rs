//! Reads a secret from where the configuration says that it is.

use std::{ffi::OsString, io, os::unix::ffi::OsStringExt, path::PathBuf};

use boathook_core::source::Source;

use crate::config::private_file;

/// The place of a secret in words, and its content; `None` unless exactly one place is named.
pub(super) fn read(
    source: &Source,
    variable: &impl Fn(&str) -> Option<OsString>,
) -> Option<(String, io::Result<Vec<u8>>)> {
    let Source { env, file, credential } = source;
    let bytes = match (env, file, credential) {
        (Some(name), None, None) => from_variable(name, variable),
        (None, Some(path), None) => private_file::read(path),
        (None, None, Some(name)) => from_credential(name, variable),
        _ => return None,
    };
    Some((source.place(), bytes.map(without_line_break)))
}

fn from_variable(name: &str, variable: &impl Fn(&str) -> Option<OsString>) -> io::Result<Vec<u8>> {
    variable(name)
        .map(OsString::into_vec)
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it is not set"))
}

fn from_credential(
    name: &str,
    variable: &impl Fn(&str) -> Option<OsString>,
) -> io::Result<Vec<u8>> {
    let directory = variable("CREDENTIALS_DIRECTORY").ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "systemd gave no credentials: add LoadCredential= to the unit",
        )
    })?;
    private_file::read(&PathBuf::from(directory).join(name))
}

/// Editors and `echo` end a file with a line break, which is not part of the secret.
fn without_line_break(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    bytes
}
