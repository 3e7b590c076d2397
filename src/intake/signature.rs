//! Who sent these bytes? HMAC-SHA256 over the raw body, compared in constant time against every configured secret.
//!
//! Only this file can make a [`Verified`], so whatever takes one cannot be reached by an unsigned request. Every bad
//! signature walks the same path to the same answer, whatever is bad about it.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{
    config::LoadedSecret,
    deployment::{Environment, keyed},
};

/// GitHub's own signature header, in lower case.
pub const HUB_SIGNATURE_HEADER: &str = "x-hub-signature-256";

const PREFIX: &[u8] = b"sha256=";

type MacBytes = [u8; 32];

/// A value whose sender is known. There is no other way to make one than [`Keyring::verify`].
#[derive(Debug)]
pub struct Verified<B> {
    body: B,
    matched: Vec<KeyName>,
}

/// The name of a secret, and the environment that it may sign for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName {
    /// The environment that lists the secret.
    pub environment: Environment,
    /// The secret's id in the config; never the secret.
    pub id: String,
}

/// One secret of one environment, ready for use. The bytes of the secret are not kept.
#[derive(Clone)]
pub struct SigningKey {
    name: KeyName,
    keyed: Hmac<Sha256>,
}

/// Every secret of every environment.
#[derive(Clone, Debug, Default)]
pub struct Keyring(Vec<SigningKey>);

/// The signature headers of one request, as they came.
#[derive(Clone, Debug, Default)]
pub struct Offered<'a> {
    /// Every value of [`SIGNATURE_HEADER`](crate::deployment::SIGNATURE_HEADER).
    pub documented: Vec<&'a [u8]>,
    /// Every value of [`HUB_SIGNATURE_HEADER`].
    pub hub: Vec<&'a [u8]>,
}

/// The signature is missing, malformed, given twice, or wrong. Which of these is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("invalid signature")]
pub struct BadSignature;

impl<B> Verified<B> {
    /// What was signed.
    #[must_use]
    pub const fn body(&self) -> &B {
        &self.body
    }

    /// The id of the secret that signed, where it may sign for this environment.
    pub fn signer_for(&self, environment: Environment) -> Result<&str, BadSignature> {
        self.matched.iter().find(|name| name.environment == environment).map(|name| name.id.as_str()).ok_or(BadSignature)
    }
}

impl SigningKey {
    /// Takes one secret of one environment.
    #[must_use]
    pub fn new(environment: Environment, id: &str, secret: &[u8]) -> Self {
        Self { name: KeyName { environment, id: id.to_owned() }, keyed: keyed(secret) }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.name)
    }
}

impl Keyring {
    /// The secrets that the config names.
    #[must_use]
    pub fn of(secrets: &[LoadedSecret]) -> Self {
        Self(secrets.iter().map(|loaded| SigningKey::new(loaded.environment, &loaded.id, loaded.secret.reveal())).collect())
    }

    /// All the secrets that count.
    #[must_use]
    pub const fn new(keys: Vec<SigningKey>) -> Self {
        Self(keys)
    }

    /// Asks every secret whether it made every signature offered. No secret and no shape of signature takes a shorter way.
    pub fn verify<B: AsRef<[u8]>>(&self, offered: &Offered<'_>, body: B) -> Result<Verified<B>, BadSignature> {
        let signatures = offered.parse();
        let compared = signatures.as_deref().unwrap_or(&[[0; 32]]);
        let matched = self.0.iter().filter(|key| key.made(compared, body.as_ref())).map(|key| key.name.clone()).collect::<Vec<_>>();
        if signatures.is_some() && !matched.is_empty() { Ok(Verified { body, matched }) } else { Err(BadSignature) }
    }
}

impl SigningKey {
    fn made(&self, signatures: &[MacBytes], body: &[u8]) -> bool {
        let mac = self.keyed.clone().chain_update(body);
        signatures.iter().fold(true, |good, signature| good & mac.clone().verify_slice(signature).is_ok())
    }
}

impl Offered<'_> {
    /// One MAC for each header present; none where a header is missing everywhere, given twice or malformed.
    fn parse(&self) -> Option<Vec<MacBytes>> {
        let Offered { documented, hub } = self;
        let macs = match (documented.as_slice(), hub.as_slice()) {
            ([one], []) => vec![hex_or_base64(one)?],
            ([], [one]) => vec![hex_mac(one)?],
            ([one], [other]) => vec![hex_or_base64(one)?, hex_mac(other)?],
            _ => return None,
        };
        Some(macs)
    }
}

fn hex_mac(header: &[u8]) -> Option<MacBytes> {
    let mut mac = MacBytes::default();
    hex::decode_to_slice(header.strip_prefix(PREFIX)?, &mut mac).ok()?;
    Some(mac)
}

fn hex_or_base64(header: &[u8]) -> Option<MacBytes> {
    let base64 = || STANDARD.decode(header.strip_prefix(PREFIX)?).ok()?.try_into().ok();
    hex_mac(header).or_else(base64)
}
