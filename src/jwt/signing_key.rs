//! An RSA key that signs tokens.

use std::fmt;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rustls::pki_types::{
    PrivateKeyDer,
    pem::{self, PemObject},
};
use serde::Serialize;

use crate::jwt::provider;

/// An RSA key that signs tokens. It never shows itself.
#[derive(Clone)]
pub struct SigningKey(EncodingKey);

/// Why a file is not such a key.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    #[error("it does not contain a private key in PEM")]
    NotPem(#[source] pem::Error),
    #[error("its private key is not an RSA key")]
    NotRsa,
    #[error("its RSA key cannot be used ({0}); it must have at least 2048 bits")]
    Unusable(ring::error::KeyRejected),
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("a token could not be signed")]
pub struct SignError(#[from] jsonwebtoken::errors::Error);

impl SigningKey {
    /// Reads a key in PEM, PKCS#1 (`BEGIN RSA PRIVATE KEY`) or PKCS#8 (`BEGIN PRIVATE KEY`).
    pub fn from_pem(pem: &[u8]) -> Result<Self, SigningKeyError> {
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(SigningKeyError::NotPem)?;
        let der = match &key {
            PrivateKeyDer::Pkcs1(_) | PrivateKeyDer::Pkcs8(_) => key.secret_der(),
            _ => return Err(SigningKeyError::NotRsa),
        };
        provider::key_pair(der).map_err(SigningKeyError::Unusable)?;
        Ok(Self(EncodingKey::from_rsa_der(der)))
    }

    /// A token with these claims, signed with RS256.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SignError> {
        provider::install();
        Ok(encode(&Header::new(Algorithm::RS256), claims, &self.0)?)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}
