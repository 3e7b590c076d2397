//! An identity that a token proved, and the rules that it meets.

use boathook_core::{
    deployment::Environment,
    record::{Acceptance, VerifiedIdentity},
};
use jiff::Timestamp;

use crate::{
    config::IdentityRule,
    identity::{ClaimFault, IdentityFault, TokenClaims},
};

/// What a token proved, for one request's body. Only [`Issuers::verify`](crate::identity::Issuers)
/// makes one.
#[derive(Debug)]
pub struct ProvenIdentity {
    /// What is recorded of it.
    pub identity: VerifiedIdentity,
    /// Whether the token says which body it is for.
    pub(super) binds_body: bool,
    pub(super) claims: TokenClaims,
    /// When it was verified.
    pub(super) seen_at: Timestamp,
    /// The first and the last moment in which the token can be used, with leeway.
    pub(super) usable: (Timestamp, Timestamp),
}

impl ProvenIdentity {
    /// Whether the token can be used with this body alone.
    #[must_use]
    pub const fn binds_body(&self) -> bool {
        self.binds_body
    }

    /// Whether a request was accepted with this token.
    #[must_use]
    pub fn is_in(&self, acceptance: &Acceptance) -> bool {
        let id = |identity: &VerifiedIdentity| (identity.issuer.clone(), identity.token_id.clone());
        acceptance.identity.as_ref().map(id) == Some(id(&self.identity))
    }

    /// The first moment in which the token could be used.
    #[must_use]
    pub const fn usable_from(&self) -> Timestamp {
        self.usable.0
    }

    /// The last moment in which it can be.
    pub(super) const fn usable_until(&self) -> Timestamp {
        self.usable.1
    }

    /// The rule of an environment that it meets: one that asks for no signature besides, if there
    /// is one.
    pub fn met<'a>(
        &self,
        environment: Environment,
        rules: &'a [IdentityRule],
    ) -> Result<&'a IdentityRule, IdentityFault> {
        let own = rules.iter().filter(|rule| rule.issuer == self.identity.issuer);
        let mut faults = Vec::new();
        let mut met = None;
        for rule in own {
            match self.fault(rule) {
                None if rule.instead_of_hmac && self.binds_body => return Ok(rule),
                None => met = met.or(Some(rule)),
                Some(fault) => faults.push(fault),
            }
        }
        met.ok_or(IdentityFault::NotAccepted { environment, faults })
    }

    /// The first claim that does not say what a rule requires.
    fn fault(&self, rule: &IdentityRule) -> Option<ClaimFault> {
        rule.require.iter().find_map(|(claim, required)| {
            let found = self.claims.text(claim);
            let fits = found.as_deref().is_some_and(|found| required.matches(found));
            (!fits).then(|| ClaimFault {
                claim: claim.clone(),
                found,
                required: required.to_string(),
            })
        })
    }
}
