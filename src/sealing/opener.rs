//! Opens sealed bodies with the keys of this boathook.

use crate::sealing::{
    KeyId, PrivateKey,
    envelope::{Contents, Envelope, is_sealed},
};

/// The private keys of this boathook: several while senders change from one to the next.
#[derive(Clone, Debug, Default)]
pub struct Opener(Vec<(KeyId, PrivateKey)>);

/// Why a sealed body cannot be opened, for operators.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    #[error(
        "the body is sealed, and this boathook opens none: send it unsealed, or name a key in `sources.sealing.keys`"
    )]
    NoKeys,
    #[error(
        "the body is sealed for the key {}, which this boathook does not have: seal it for the key that `boathook sealing-key public FILE` prints on the node",
        .0
    )]
    OtherKey(KeyId),
    #[error("the sealed body was changed on its way; send it again, or by another way")]
    Changed,
    #[error("the body is not sealed as `boathook send --seal` does it")]
    Malformed,
}

impl Opener {
    #[must_use]
    pub fn new(keys: &[PrivateKey]) -> Self {
        Self(keys.iter().map(|key| (key.public().id(), key.clone())).collect())
    }

    /// What a body was before it was sealed; nothing if it is not sealed.
    pub fn open(&self, body: &[u8]) -> Result<Option<Vec<u8>>, Unopened> {
        if !is_sealed(body) {
            return Ok(None);
        }
        if self.0.is_empty() {
            return Err(Unopened::NoKeys);
        }
        let contents: Contents = Envelope::read(body).ok_or(Unopened::Malformed)?;
        let mut keys = self.0.iter();
        let (_, key) = keys
            .find(|(id, _)| *id == contents.key)
            .ok_or_else(|| Unopened::OtherKey(contents.key.clone()))?;
        key.open(&contents).map(Some).ok_or(Unopened::Changed)
    }
}
