//! Where a secret is read from: a variable, a file, or a systemd credential. The configuration
//! never holds the secret itself.

use std::{ffi::OsString, io, os::unix::ffi::OsStringExt, path::PathBuf};

use serde::Deserialize;

use crate::config::private_file;

/// The place of a secret: exactly one of the three.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A variable of boathook's that holds it.
    pub env: Option<String>,
    /// A file that holds it and that others may neither read nor change; a line break at its end
    /// does not count.
    pub file: Option<PathBuf>,
    /// A systemd credential that holds it.
    pub credential: Option<String>,
}

impl Source {
    /// Whether exactly one place is named.
    pub(super) fn is_one(&self) -> bool {
        let Self { env, file, credential } = self;
        [env.is_some(), file.is_some(), credential.is_some()]
            .into_iter()
            .filter(|named| *named)
            .count()
            == 1
    }

    /// The place in words, if one is named.
    #[must_use]
    pub fn place(&self) -> String {
        let Self { env, file, credential } = self;
        match (env, file, credential) {
            (Some(name), ..) => format!("the variable {name}"),
            (None, Some(path), _) => path.display().to_string(),
            (None, None, Some(name)) => format!("the credential {name}"),
            (None, None, None) => String::new(),
        }
    }

    /// The place in words, and its content; `None` unless exactly one place is named.
    pub(super) fn read(
        &self,
        variable: &impl Fn(&str) -> Option<OsString>,
    ) -> Option<(String, io::Result<Vec<u8>>)> {
        let Self { env, file, credential } = self;
        let bytes = match (env, file, credential) {
            (Some(name), None, None) => from_variable(name, variable),
            (None, Some(path), None) => private_file::read(path),
            (None, None, Some(name)) => from_credential(name, variable),
            _ => return None,
        };
        Some((self.place(), bytes.map(without_line_break)))
    }
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
