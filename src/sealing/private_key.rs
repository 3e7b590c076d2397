//! The key that opens what was sealed. It is never shown, but by the command that makes it.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hpke::{Deserializable, Kem, OpModeR, Serializable, single_shot_open};

use crate::sealing::{
    Cipher, Derivation, Exchange, KEY_BYTES, PRIVATE_PREFIX, PURPOSE, envelope::Contents,
    public_key::PublicKey,
};

/// The key that opens what was sealed with its public key.
#[derive(Clone)]
pub struct PrivateKey(<Exchange as Kem>::PrivateKey);

/// A text is no private key. The message holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no private sealing key")]
pub struct NotPrivate;

impl PrivateKey {
    /// Makes a new one.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut random = [0; KEY_BYTES];
        getrandom::fill(&mut random)?;
        Ok(Self(Exchange::derive_keypair(&random).0))
    }

    /// Reads the text of a key.
    pub fn parse(text: &str) -> Result<Self, NotPrivate> {
        let encoded = text.trim().strip_prefix(PRIVATE_PREFIX).ok_or(NotPrivate)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| NotPrivate)?;
        Deserializable::from_bytes(&bytes).map(Self).map_err(|_| NotPrivate)
    }

    /// Its text, for the file that keeps it and for the redactor.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PRIVATE_PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0.to_bytes()))
    }

    /// What senders seal with.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(Exchange::sk_to_pk(&self.0))
    }

    /// Opens a body that was sealed with the public key, if nobody changed it since.
    pub(super) fn open(&self, contents: &Contents) -> Option<Vec<u8>> {
        let Contents { encapsulated, text, key: _ } = contents;
        let encapsulated = Deserializable::from_bytes(encapsulated).ok()?;
        single_shot_open::<Cipher, Derivation, Exchange>(
            &OpModeR::Base,
            &self.0,
            &encapsulated,
            PURPOSE,
            text,
            b"",
        )
        .ok()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, ..)", self.public().id())
    }
}
