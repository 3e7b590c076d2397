//! Reads a secret from where the configuration says that it is.

use std::{ffi::OsString, io, os::unix::ffi::OsStringExt, path::PathBuf};

use boathook_core::source::Source;

use crate::config::{SecretError, SecretUse, private_file};

/// A secret as it was read, not judged yet.
pub(super) struct Unjudged {
    secret: SecretUse,
    place: String,
    bytes: Vec<u8>,
}

impl Unjudged {
    /// Reads a secret from its place.
    pub(super) fn read(
        secret: SecretUse,
        source: &Source,
        variable: &impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, SecretError> {
        let place = source.place();
        match content(source, variable) {
            None => Err(SecretError::Source(secret)),
            Some(Err(source)) => Err(SecretError::Unreadable { secret, place, source }),
            Some(Ok(bytes)) => Ok(Self { secret, place, bytes }),
        }
    }

    /// What `judge` makes of its bytes, or why they are not fit.
    pub(super) fn judged<T>(
        self,
        judge: impl FnOnce(Vec<u8>) -> Result<T, &'static str>,
    ) -> Result<T, SecretError> {
        let Self { secret, place, bytes } = self;
        judge(bytes).map_err(|why| SecretError::Unfit { secret, place, why })
    }

    /// The same for a secret that is text.
    pub(super) fn judged_text<T>(
        self,
        judge: impl FnOnce(String) -> Result<T, &'static str>,
    ) -> Result<T, SecretError> {
        self.judged(|bytes| judge(String::from_utf8(bytes).map_err(|_| "is not text")?))
    }
}

/// The content of a place; none unless exactly one is named.
fn content(
    source: &Source,
    variable: &impl Fn(&str) -> Option<OsString>,
) -> Option<io::Result<Vec<u8>>> {
    let Source { env, file, credential } = source;
    let bytes = match (env, file, credential) {
        (Some(name), None, None) => from_variable(name, variable),
        (None, Some(path), None) => private_file::read(path),
        (None, None, Some(name)) => from_credential(name, variable),
        _ => return None,
    };
    Some(bytes.map(without_line_break))
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
