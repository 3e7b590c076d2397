//! A value with a verified sender.

use boathook_core::{
    deployment::{Environment, Key, KeyUse, Repository},
    record::VerifiedIdentity,
};

use crate::{
    identity::{IdentityFault, ProvenIdentity},
    intake::signature::{BadSignature, SignatureFault},
};

/// The signer's id in the record of a request that boathook itself made.
const OWN: &str = "boathook";

/// The signer's id in the record of a request whose token sufficed, before the issuer's name.
const BY_TOKEN: &str = "oidc:";

/// A value with a verified sender. [`Keyring::verify`](super::Keyring::verify) makes one; admission makes one of a request
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

impl<B> Verified<B> {
    /// A body that these secrets signed.
    pub(super) const fn signed(body: B, matched: Vec<Key>) -> Self {
        Self { body, matched, voucher: Voucher::Secret, identity: Err(IdentityFault::Missing) }
    }

    /// A request of boathook itself to one of its environments.
    pub(in crate::intake) fn own(body: B, environment: Environment) -> Self {
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
    pub(in crate::intake) fn by_github(
        body: B,
        environment: Environment,
        repository: &Repository,
    ) -> Self {
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
    pub(in crate::intake) fn by_token(
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
    pub(in crate::intake) fn with_identity(
        self,
        identity: Result<ProvenIdentity, IdentityFault>,
    ) -> Self {
        Self { identity, ..self }
    }

    /// Whom its token proved to have sent it, whether that suffices or not.
    #[must_use]
    pub fn verified_identity(&self) -> Option<&VerifiedIdentity> {
        self.identity.as_ref().ok().map(|proven| &proven.identity)
    }

    /// What its token proved.
    pub(in crate::intake) fn identity(&self) -> Result<&ProvenIdentity, IdentityFault> {
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
