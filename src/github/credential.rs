//! What boathook signs in to GitHub with.

use std::fmt;

use crate::jwt::{SigningKey, SigningKeyError};

/// What boathook signs in to GitHub with. Its text form hides it.
#[derive(Clone)]
pub enum Credential {
    /// A personal access token, or one of the kind that workflows get.
    Token(String),
    /// An app that is installed where the repositories are.
    App(AppCredential),
}

/// An app's ids and its private key.
#[derive(Clone)]
pub struct AppCredential {
    pub(super) id: u64,
    pub(super) installation: u64,
    pub(super) key: SigningKey,
    /// Where two keys differ.
    pem: String,
}

impl Credential {
    /// An app with a private key in PEM.
    pub fn app(id: u64, installation: u64, pem: String) -> Result<Self, SigningKeyError> {
        let key = SigningKey::from_pem(pem.as_bytes())?;
        Ok(Self::App(AppCredential { id, installation, key, pem }))
    }

    /// The secret in it, for the redactor.
    #[must_use]
    pub fn reveal(&self) -> &str {
        match self {
            Self::Token(token) => token,
            Self::App(app) => &app.pem,
        }
    }
}

impl PartialEq for Credential {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Token(one), Self::Token(other)) => one == other,
            (Self::App(one), Self::App(other)) => {
                one.id == other.id && one.installation == other.installation && one.pem == other.pem
            }
            (Self::Token(_), Self::App(_)) | (Self::App(_), Self::Token(_)) => false,
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token(..)",
            Self::App(_) => "App(..)",
        })
    }
}
