//! Who sent a request: by its signature, by an identity token, or by both, as the environment
//! requires.
//!
//! A token stands in for a signature only where an environment says so and the token was made for
//! exactly this body; otherwise it counts only beside a signature. A secret whose environment
//! requires a token signs nothing without one, not even a ping. Every refusal here is the answer to a
//! bad signature.

use boathook_core::{
    deployment::{DeployRequest, Identity, Key, KeyUse},
    record::VerifiedIdentity,
};
use sha2::{Digest as _, Sha256};

use crate::{
    identity::{IdentityFault, ProvenIdentity},
    intake::{
        Admission, BadSignature, Offered, Policy, Refusal, Verified, signature::SignatureFault,
    },
    journal::Filter,
};

impl Admission {
    /// Verifies the signature and the token beside it, if its secret is worth nothing without, or the
    /// token that suffices alone, and returns the signer.
    pub async fn verify<B: AsRef<[u8]>>(
        &self,
        offered: &Offered<'_>,
        body: B,
    ) -> Result<Verified<B>, BadSignature> {
        let now = self.clock.now();
        let suffices = self.policies.iter().any(Policy::takes_tokens_alone);
        if suffices && offered.is_unsigned() && !offered.authorization.is_empty() {
            let digest = hex::encode(Sha256::digest(&body));
            let proven = self.issuers.verify(&offered.authorization, &digest, now).await;
            return self.by_token(body, proven.map_err(SignatureFault::from)?);
        }
        let signed = self.keyring.verify(offered, body, now)?;
        if !signed.signers().iter().any(|key| self.rules_for(key).is_some()) {
            return Ok(signed);
        }
        let digest = hex::encode(Sha256::digest(signed.body()));
        let proven = self.issuers.verify(&offered.authorization, &digest, now).await;
        let signed = signed.with_identity(proven);
        let mut fault = None;
        for signer in signed.signers() {
            // Whether it signs a promotion, its body says.
            match self.proven_for(&signed, signer, signer.key_use == KeyUse::Promotion) {
                Ok(_) => return Ok(signed),
                Err(bad) => fault = Some(bad),
            }
        }
        Err(fault.unwrap_or_else(|| SignatureFault::NoSecretFits.into()))
    }

    /// A body whose token suffices in some environment.
    fn by_token<B>(&self, body: B, proven: ProvenIdentity) -> Result<Verified<B>, BadSignature> {
        let mut fault = SignatureFault::Missing;
        let mut environments = Vec::new();
        for policy in self.policies.iter().filter(|policy| policy.takes_tokens_alone()) {
            match proven.met(policy.environment, &policy.config.identity) {
                Ok(rule) if rule.instead_of_hmac && proven.binds_body() => {
                    environments.push(policy.environment);
                }
                Ok(_) => {}
                Err(other) => fault = other.into(),
            }
        }
        if environments.is_empty() {
            return Err(fault.into());
        }
        Ok(Verified::by_token(body, environments.into_iter(), proven))
    }

    /// What a token proved of the sender of a request that this key signed; none if that needs no
    /// token: its environment asks for none, or it is a promotion of this boathook or another.
    pub(super) fn proven_for<'a, B>(
        &self,
        body: &'a Verified<B>,
        signer: &Key,
        is_promotion: bool,
    ) -> Result<Option<&'a ProvenIdentity>, BadSignature> {
        let Some(policy) = self.rules_for(signer) else { return Ok(None) };
        if is_promotion || body.is_own() {
            return Ok(None);
        }
        let proven = body.identity().map_err(refused)?;
        proven.met(policy.environment, &policy.config.identity).map_err(refused)?;
        Ok(Some(proven))
    }

    /// Uses a token for a request, and returns whose it is. One that does not say for which body it
    /// was made is for one deployment.
    pub(super) async fn identity_for(
        &self,
        proven: Option<&ProvenIdentity>,
        request: &DeployRequest,
    ) -> Result<Option<VerifiedIdentity>, Refusal> {
        let Some(proven) = proven else { return Ok(None) };
        if !proven.binds_body() {
            if !self.issuers.know_use_of(proven)
                && let Some(recorded) = self.recorded_use(proven).await?
            {
                self.issuers.claim(proven, &recorded).map_err(refused)?;
            }
            self.issuers.claim(proven, &request.identity()).map_err(refused)?;
        }
        Ok(Some(proven.identity.clone()))
    }

    /// The deployment for which a token was used by the record: memory knows only what came since
    /// boathook started.
    async fn recorded_use(&self, proven: &ProvenIdentity) -> Result<Option<Identity>, Refusal> {
        let mut page = Filter::default();
        loop {
            let listed = self.journal.list(&page).await.map_err(Refusal::Unwritable)?;
            for summary in &listed {
                if summary.accepted_at < proven.usable_from() {
                    return Ok(None);
                }
                let known = self.journal.deployment(&summary.id).await;
                let known = known.map_err(Refusal::Unwritable)?;
                let used = known.filter(|known| proven.is_in(&known.acceptance));
                if let Some(used) = used {
                    return Ok(Some(used.acceptance.request.identity()));
                }
            }
            let Some(last) = listed.last() else { return Ok(None) };
            page.before = Some(last.id.clone());
        }
    }

    /// The environment of a signer, if it asks for a token.
    fn rules_for(&self, signer: &Key) -> Option<&Policy> {
        let of = self.policies.iter().find(|policy| policy.environment == signer.environment);
        of.filter(|policy| !policy.config.identity.is_empty())
    }
}

fn refused(fault: IdentityFault) -> BadSignature {
    SignatureFault::from(fault).into()
}
