//! The login for a registry.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A user's name and password, as the header `Authorization` carries them. Its text form shows
/// neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Login(String);

impl Login {
    /// That of a user.
    #[must_use]
    pub fn of(username: &str, password: &str) -> Self {
        Self(format!("Basic {}", STANDARD.encode(format!("{username}:{password}"))))
    }

    /// That of `auth`, which holds both in base64 as docker's configuration does; none if it does not.
    #[must_use]
    pub fn of_auth(auth: &str) -> Option<Self> {
        let decoded = STANDARD.decode(auth).ok()?;
        let (username, password) = str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some(Self::of(username, password.trim_end_matches('\0')))
    }

    /// The header's value.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}
