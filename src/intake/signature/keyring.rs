//! The secrets that sign requests, ready for use.

use std::fmt;

use boathook_core::deployment::{Key, keyed};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::{
    config::LoadedSecret,
    intake::signature::{BadSignature, Offered, SignatureFault, Verified, offered::MacBytes},
};

/// One secret of one environment, ready for use. The bytes of the secret are not kept.
#[derive(Clone)]
pub struct SigningKey {
    key: Key,
    keyed: Hmac<Sha256>,
}

/// Every secret of every environment.
#[derive(Clone, Debug, Default)]
pub struct Keyring(Vec<SigningKey>);

impl SigningKey {
    /// Takes one secret of one environment.
    #[must_use]
    pub fn new(key: Key, secret: &[u8]) -> Self {
        Self { key, keyed: keyed(secret) }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.key)
    }
}

impl Keyring {
    /// The secrets that the config names.
    #[must_use]
    pub fn of(secrets: &[LoadedSecret]) -> Self {
        let signing =
            |loaded: &LoadedSecret| SigningKey::new(loaded.key.clone(), loaded.secret.reveal());
        Self(secrets.iter().map(signing).collect())
    }

    /// Every secret's id, environment, use and expiry.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.0.iter().map(|signing| &signing.key)
    }

    /// The secrets that expired between `since` and `now`; without `since`, all that have expired.
    pub fn ended(&self, since: Option<Timestamp>, now: Timestamp) -> impl Iterator<Item = &Key> {
        let reported = move |key: &Key| since.is_some_and(|since| key.has_ended(since));
        self.keys().filter(move |key| key.has_ended(now) && !reported(key))
    }

    /// A keyring of these secrets.
    #[must_use]
    pub const fn new(keys: Vec<SigningKey>) -> Self {
        Self(keys)
    }

    /// Compares every offered signature with every secret, the expired ones too, over the body as it
    /// came, and if none fits, with another line break at its end: for the operator who reads why. No
    /// secret and no bad signature takes less time than another.
    pub fn verify<B: AsRef<[u8]>>(
        &self,
        offered: &Offered<'_>,
        body: B,
        now: Timestamp,
    ) -> Result<Verified<B>, BadSignature> {
        let signatures = offered.parse();
        let compared = signatures.as_deref().unwrap_or(&[[0; 32]]);
        let (content, end) = without_end(body.as_ref());
        let macs: Vec<Content> = self.0.iter().map(|signing| signing.over(content)).collect();
        let mut exact = Vec::new();
        for mac in &macs {
            exact.extend(mac.made(compared, end).then_some(mac.key));
        }
        let (expired, matched): (Vec<&Key>, Vec<&Key>) =
            exact.into_iter().partition(|key| key.has_ended(now));
        if signatures.is_ok() && !matched.is_empty() {
            return Ok(Verified::signed(body, matched.into_iter().cloned().collect()));
        }
        let mut other_end = Vec::new();
        for other in ENDS.into_iter().filter(|other| *other != end) {
            for mac in &macs {
                other_end.extend(mac.made(compared, other).then_some(mac.key));
            }
        }
        signatures?;
        let expired = expired.first().map(|key| SignatureFault::Expired((*key).clone()));
        let other_end = other_end.first().map(|key| SignatureFault::LineBreak((*key).clone()));
        Err(expired.or(other_end).unwrap_or(SignatureFault::NoSecretFits).into())
    }
}

/// A body up to its end, as one secret signs it.
struct Content<'a> {
    key: &'a Key,
    mac: Hmac<Sha256>,
}

impl SigningKey {
    fn over(&self, content: &[u8]) -> Content<'_> {
        Content { key: &self.key, mac: self.keyed.clone().chain_update(content) }
    }
}

impl Content<'_> {
    /// Whether the secret made all of a request's signatures over a body with that end.
    fn made(&self, signatures: &[MacBytes], end: &[u8]) -> bool {
        let mac = self.mac.clone().chain_update(end);
        signatures
            .iter()
            .fold(true, |good, signature| good & mac.clone().verify_slice(signature).is_ok())
    }
}

/// The ends of a body that tools add and take away.
const ENDS: [&[u8]; 3] = [b"", b"\n", b"\r\n"];

fn without_end(body: &[u8]) -> (&[u8], &'static [u8]) {
    let end = ENDS.into_iter().rev().find(|end| body.ends_with(end)).unwrap_or_default();
    (&body[..body.len() - end.len()], end)
}
