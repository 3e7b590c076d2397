//! Verifies a request's signature: HMAC-SHA256 over the raw body, compared in constant time with
//! every configured secret.
//!
//! Only this file can make a [`Verified`], so an unsigned request cannot reach code that takes one;
//! `intake::sender` has it made for a token that an environment accepts in place of a signature.
//! Every bad signature takes the same path to the same answer, so neither reveals what is wrong
//! with it. What is wrong is for operators: boathook's log and its audit log say it.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use boathook_core::{
    deployment::{Environment, Key, KeyUse, Repository, keyed},
    record::VerifiedIdentity,
};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::{
    config::LoadedSecret,
    identity::{IdentityFault, ProvenIdentity},
};

/// GitHub's own signature header, in lower case.
pub const HUB_SIGNATURE_HEADER: &str = "x-hub-signature-256";

/// The signature headers of Forgejo, Gitea and Gogs, in lower case. Forgejo sends all three, and
/// GitHub's.
pub const FORGE_SIGNATURE_HEADERS: [&str; 3] =
    ["x-forgejo-signature", "x-gitea-signature", "x-gogs-signature"];

/// The signer's id in the record of a request that boathook itself made.
const OWN: &str = "boathook";

/// The signer's id in the record of a request whose token sufficed, before the issuer's name.
const BY_TOKEN: &str = "oidc:";

const PREFIX: &[u8] = b"sha256=";

type MacBytes = [u8; 32];

/// A value with a verified sender. [`Keyring::verify`] makes one; admission makes one of a request
/// that never left this process, or whose token suffices.
#[derive(Debug)]
pub struct Verified<B> {
    body: B,
    matched: Vec<Key>,
    voucher: Voucher,
    identity: Result<ProvenIdentity, IdentityFault>,
}

/// Who vouches for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Voucher {
    /// Whoever has the secret that signed it.
    Secret,
    /// An issuer of identity tokens says who made it, and the configuration says that this is enough.
    Issuer,
    /// boathook made it.
    Boathook,
    /// GitHub says who made it, and the configuration says that this is enough.
    GitHub,
}

/// One secret of one environment, ready for use. The bytes of the secret are not kept.
#[derive(Clone)]
pub struct SigningKey {
    key: Key,
    keyed: Hmac<Sha256>,
}

/// Every secret of every environment.
#[derive(Clone, Debug, Default)]
pub struct Keyring(Vec<SigningKey>);

/// The signature headers of one request, as they came.
#[derive(Clone, Debug, Default)]
pub struct Offered<'a> {
    /// Every value of [`SIGNATURE_HEADER`](boathook_core::deployment::SIGNATURE_HEADER).
    pub documented: Vec<&'a [u8]>,
    /// Every value of [`HUB_SIGNATURE_HEADER`].
    pub hub: Vec<&'a [u8]>,
    /// Every value of each of [`FORGE_SIGNATURE_HEADERS`].
    pub forges: [Vec<&'a [u8]>; 3],
    /// Every value of `Authorization`.
    pub authorization: Vec<&'a [u8]>,
}

/// The signature is missing, malformed, given twice, or wrong. The message, which senders read, does
/// not reveal which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid signature")]
pub struct BadSignature {
    /// What is wrong with it; for operators only.
    pub(crate) fault: SignatureFault,
}

/// What is wrong with a signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    #[error("it came without a signature header")]
    Missing,
    #[error("a signature header came more than once")]
    Repeated,
    #[error(
        "a signature header is not `sha256=` and 64 hexadecimal digits or their base64, or, from a forge, the digits alone"
    )]
    Malformed,
    #[error("no secret fits the signature and the body")]
    NoSecretFits,
    #[error(transparent)]
    Identity(#[from] IdentityFault),
    #[error("secret `{}` of {} signed it, and has expired", .0.id, .0.environment)]
    Expired(Key),
    #[error("secret `{}` of {} signed it, which is not the environment that it is for", .0.id, .0.environment)]
    OtherEnvironment(Key),
    #[error(
        "secret `{}` of {} signed the body with another line break at its end; sign exactly the bytes that are sent",
        .0.id, .0.environment
    )]
    LineBreak(Key),
}

impl From<SignatureFault> for BadSignature {
    fn from(fault: SignatureFault) -> Self {
        Self { fault }
    }
}

impl<B> Verified<B> {
    /// A request of boathook itself to one of its environments.
    pub(super) fn own(body: B, environment: Environment) -> Self {
        let key =
            Key { environment, id: OWN.to_owned(), key_use: KeyUse::Promotion, not_after: None };
        Self {
            body,
            matched: vec![key],
            voucher: Voucher::Boathook,
            identity: Err(IdentityFault::Missing),
        }
    }

    /// A deployment of a repository on GitHub that carries no signature, to an environment that
    /// believes GitHub.
    pub(super) fn by_github(body: B, environment: Environment, repository: &Repository) -> Self {
        let id = format!("github:{repository}");
        let key = Key { environment, id, key_use: KeyUse::Deploy, not_after: None };
        Self {
            body,
            matched: vec![key],
            voucher: Voucher::GitHub,
            identity: Err(IdentityFault::Missing),
        }
    }

    /// A request whose token suffices in these environments.
    pub(super) fn by_token(
        body: B,
        environments: impl Iterator<Item = Environment>,
        proven: ProvenIdentity,
    ) -> Self {
        let id = format!("{BY_TOKEN}{}", proven.identity.issuer);
        let key = |environment| Key {
            environment,
            id: id.clone(),
            key_use: KeyUse::Deploy,
            not_after: None,
        };
        let matched = environments.map(key).collect();
        Self { body, matched, voucher: Voucher::Issuer, identity: Ok(proven) }
    }

    /// The same with what the token beside its signature proved, or what is wrong with it.
    pub(super) fn with_identity(self, identity: Result<ProvenIdentity, IdentityFault>) -> Self {
        Self { identity, ..self }
    }

    /// Whom its token proved to have sent it, whether that suffices or not.
    #[must_use]
    pub fn verified_identity(&self) -> Option<&VerifiedIdentity> {
        self.identity.as_ref().ok().map(|proven| &proven.identity)
    }

    /// What its token proved.
    pub(super) fn identity(&self) -> Result<&ProvenIdentity, IdentityFault> {
        self.identity.as_ref().map_err(Clone::clone)
    }

    /// Another body, made of this one, for which the same secrets vouch. A token proved only this one.
    pub(crate) fn vouching_for<C>(&self, body: C) -> Verified<C> {
        let identity = Err(IdentityFault::Missing);
        Verified { body, matched: self.matched.clone(), voucher: self.voucher, identity }
    }

    /// Whether boathook itself sent it.
    #[must_use]
    pub(crate) const fn is_own(&self) -> bool {
        matches!(self.voucher, Voucher::Boathook)
    }

    /// Whether GitHub alone vouches for it. Its time is GitHub's, so it needs not be recent.
    #[must_use]
    pub(crate) const fn is_by_github(&self) -> bool {
        matches!(self.voucher, Voucher::GitHub)
    }

    #[must_use]
    pub const fn body(&self) -> &B {
        &self.body
    }

    /// All the secrets that signed: one, or the same one under several environments.
    #[must_use]
    pub fn signers(&self) -> &[Key] {
        &self.matched
    }

    /// The secret of this environment that signed.
    pub fn signer_for(&self, environment: Environment) -> Result<&Key, BadSignature> {
        let mut signers = self.matched.iter();
        signers.find(|key| key.environment == environment).ok_or_else(|| {
            let other = self.matched.first().cloned();
            other.map_or(SignatureFault::NoSecretFits, SignatureFault::OtherEnvironment).into()
        })
    }
}

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
    /// came and with another line break at its end. No secret and no form of signature takes less
    /// time than another.
    pub fn verify<B: AsRef<[u8]>>(
        &self,
        offered: &Offered<'_>,
        body: B,
        now: Timestamp,
    ) -> Result<Verified<B>, BadSignature> {
        let signatures = offered.parse();
        let compared = signatures.as_deref().unwrap_or(&[[0; 32]]);
        let mut exact = Vec::new();
        let mut other_break = Vec::new();
        for signing in &self.0 {
            let fit = signing.made(compared, body.as_ref());
            exact.extend(fit.exact.then_some(&signing.key));
            other_break.extend(fit.other_break.then_some(&signing.key));
        }
        signatures?;
        let (expired, matched): (Vec<&Key>, Vec<&Key>) =
            exact.into_iter().partition(|key| key.has_ended(now));
        if !matched.is_empty() {
            return Ok(Verified {
                body,
                matched: matched.into_iter().cloned().collect(),
                voucher: Voucher::Secret,
                identity: Err(IdentityFault::Missing),
            });
        }
        let expired = expired.first().map(|key| SignatureFault::Expired((*key).clone()));
        let other_break = other_break.first().map(|key| SignatureFault::LineBreak((*key).clone()));
        Err(expired.or(other_break).unwrap_or(SignatureFault::NoSecretFits).into())
    }
}

/// Whether a secret made all of a request's signatures.
struct Fit {
    /// Over the body as it came.
    exact: bool,
    /// Over the body with one of the other two ends.
    other_break: bool,
}

impl SigningKey {
    fn made(&self, signatures: &[MacBytes], body: &[u8]) -> Fit {
        let end = end_of(body);
        let before = self.keyed.clone().chain_update(&body[..body.len() - end.len()]);
        let mut fit = Fit { exact: false, other_break: false };
        for other in ENDS {
            let mac = before.clone().chain_update(other);
            let all = signatures
                .iter()
                .fold(true, |good, signature| good & mac.clone().verify_slice(signature).is_ok());
            fit.exact |= all & (other == end);
            fit.other_break |= all & (other != end);
        }
        fit
    }
}

/// The ends of a body that tools add and take away.
const ENDS: [&[u8]; 3] = [b"", b"\n", b"\r\n"];

fn end_of(body: &[u8]) -> &'static [u8] {
    ENDS.into_iter().rev().find(|end| body.ends_with(end)).unwrap_or_default()
}

impl Offered<'_> {
    /// Whether there is no signature, good or bad.
    pub(super) fn is_unsigned(&self) -> bool {
        let Offered { documented, hub, forges, authorization: _ } = self;
        documented.is_empty() && hub.is_empty() && forges.iter().all(Vec::is_empty)
    }

    /// One MAC for each header present.
    fn parse(&self) -> Result<Vec<MacBytes>, SignatureFault> {
        let Offered { documented, hub, forges, authorization: _ } = self;
        let forges = forges.iter().map(|values| (values, bare_hex_mac as ReadMac));
        let headers = [(documented, hex_or_base64 as ReadMac), (hub, hex_mac)];
        let mut macs = Vec::new();
        for (values, read) in headers.into_iter().chain(forges) {
            match values.as_slice() {
                [] => {}
                [one] => macs.push(read(one)),
                [_, _, ..] => return Err(SignatureFault::Repeated),
            }
        }
        if macs.is_empty() {
            return Err(SignatureFault::Missing);
        }
        macs.into_iter().collect::<Option<_>>().ok_or(SignatureFault::Malformed)
    }
}

type ReadMac = fn(&[u8]) -> Option<MacBytes>;

fn hex_mac(header: &[u8]) -> Option<MacBytes> {
    bare_hex_mac(header.strip_prefix(PREFIX)?)
}

fn bare_hex_mac(header: &[u8]) -> Option<MacBytes> {
    let mut mac = MacBytes::default();
    hex::decode_to_slice(header, &mut mac).ok()?;
    Some(mac)
}

fn hex_or_base64(header: &[u8]) -> Option<MacBytes> {
    let base64 = || STANDARD.decode(header.strip_prefix(PREFIX)?).ok()?.try_into().ok();
    hex_mac(header).or_else(base64)
}
