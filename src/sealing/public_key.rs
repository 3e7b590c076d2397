//! The key that senders seal with. It is no secret.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hpke::{Deserializable, Kem, OpModeS, Serializable, single_shot_seal};

use crate::sealing::{
    Cipher, Derivation, Exchange, KeyId, PRIVATE_PREFIX, PURPOSE, envelope::Envelope,
};

/// What its text begins with.
const PREFIX: &str = "boathook-public-";

/// The key that senders seal with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(pub(super) <Exchange as Kem>::PublicKey);

/// A text is no public key. The message holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPublic {
    #[error(
        "that is the private key, which belongs on the node alone; `boathook sealing-key public FILE` prints the public one"
    )]
    Private,
    #[error("that is no public sealing key; `boathook sealing-key public FILE` prints it")]
    Unknown,
}

/// The key is of a kind with which nothing can be kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing can be sealed with this key; make another one")]
pub struct BadKey;

impl PublicKey {
    /// Reads the text of a key.
    pub fn parse(text: &str) -> Result<Self, NotPublic> {
        let text = text.trim();
        if text.starts_with(PRIVATE_PREFIX) {
            return Err(NotPublic::Private);
        }
        let encoded = text.strip_prefix(PREFIX).ok_or(NotPublic::Unknown)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| NotPublic::Unknown)?;
        Deserializable::from_bytes(&bytes).map(Self).map_err(|_| NotPublic::Unknown)
    }

    /// Its name in messages.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.0.to_bytes())
    }

    /// Seals a body: only who has the private key can open it.
    ///
    /// It panics where the system gives no random bytes.
    pub fn seal(&self, body: &[u8]) -> Result<String, BadKey> {
        let sealed = single_shot_seal::<Cipher, Derivation, Exchange>(
            &OpModeS::Base,
            &self.0,
            PURPOSE,
            body,
            b"",
        );
        let (encapsulated, text) = sealed.map_err(|_| BadKey)?;
        Ok(Envelope::new(&self.id(), &encapsulated.to_bytes(), &text).to_json())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0.to_bytes()))
    }
}
