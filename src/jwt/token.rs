//! A token as it came: what it says of itself, and what a key makes of it.

use jsonwebtoken::{
    Validation, dangerous, decode, decode_header,
    errors::{self, ErrorKind},
};
use serde_json::{Map, Value};

use crate::jwt::{PublicKey, provider};

/// Bytes that a token may have. Those of GitHub and GitLab have about two thousand.
const BYTES_MAX: usize = 16 * 1024;

/// What a token says.
pub type Claims = Map<String, Value>;

/// A token that nobody has verified. What it says of itself only leads to the key.
#[derive(Clone, Debug)]
pub struct Token<'a> {
    text: &'a str,
    /// The name of the key that signed it.
    pub key_id: String,
    /// Who issued it.
    pub issuer: String,
}

/// What is wrong with a token. No message repeats a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("it is not a token: three parts of base64url, with JSON in the first two")]
    Malformed,
    #[error("it has more than {BYTES_MAX} bytes")]
    TooLarge,
    #[error("its header names no key (`kid`)")]
    NoKeyId,
    #[error("it names no issuer (`iss`)")]
    NoIssuer,
    #[error("its `alg` is not the algorithm of the key that it names")]
    Algorithm,
    #[error("its signature does not fit")]
    Signature,
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    pub fn parse(text: &'a str) -> Result<Self, TokenError> {
        if text.len() > BYTES_MAX {
            return Err(TokenError::TooLarge);
        }
        let header = decode_header(text).map_err(|_| TokenError::Malformed)?;
        let key_id = header.kid.ok_or(TokenError::NoKeyId)?;
        let claims: Claims =
            dangerous::insecure_decode_claims(text).map_err(|_| TokenError::Malformed)?;
        let issuer = claims.get("iss").and_then(Value::as_str).ok_or(TokenError::NoIssuer)?;
        Ok(Self { text, key_id, issuer: issuer.to_owned() })
    }

    /// What it says, if this key signed it. Whether it is meant for boathook, and now, is for the
    /// caller to judge.
    pub fn verify(&self, key: &PublicKey) -> Result<Claims, TokenError> {
        provider::install();
        let mut only_the_signature = Validation::new(key.algorithm);
        only_the_signature.required_spec_claims.clear();
        only_the_signature.validate_exp = false;
        only_the_signature.validate_aud = false;
        let decoded = decode::<Claims>(self.text, &key.key, &only_the_signature);
        decoded.map(|token| token.claims).map_err(|error| reason(&error))
    }
}

fn reason(error: &errors::Error) -> TokenError {
    match error.kind() {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => TokenError::Algorithm,
        _ => TokenError::Malformed,
    }
}
