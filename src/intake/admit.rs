//! From signed bytes to a deployment on disk.

use boathook_core::{
    deployment::{Bundle, DeployRequest, Environment, Key},
    record::{Acceptance, Origin, RequestSource, VerifiedIdentity},
};

use crate::{
    intake::{
        Admission, Delivery, Refusal, Verified, checks::Proof, claim::Claim, repeating,
        sent_manifests::BroughtBundle,
    },
    journal::{Accepted, Summary, new_token},
};

/// The result of admitting a valid request.
#[derive(Debug)]
pub enum Admitted {
    /// A deployment on disk.
    Deployment {
        accepted: Accepted,
        /// The fields of the request that boathook does not know.
        ignored: Vec<String>,
    },
    /// A dry run.
    DryRun {
        request: Box<DeployRequest>,
        /// The manifests that it brings.
        bundle: Option<Box<Bundle>>,
        /// The deployment that already has its identity.
        deployed: Option<Summary>,
    },
}

impl Admission {
    /// Admits a signed body, or says why not. On return the deployment is on disk.
    ///
    /// A repeat is answered regardless of current policy and its age, so that a sender can always
    /// learn how a deployment went, but only from an allowed source. The journal finds repeats when
    /// it accepts; this function searches only for those that would be refused before. A dry run
    /// passes all checks, even for a repeat, and is not recorded.
    pub async fn admit<B: AsRef<[u8]>>(
        &self,
        body: &Verified<B>,
        delivery: Delivery,
    ) -> Result<Admitted, Refusal> {
        self.admit_with(body, delivery, Proof::Required).await
    }

    /// Admits boathook's own promotion to one of its environments. Every rule applies except those
    /// about the source, and, where an operator overrides that, the one about proof.
    pub async fn admit_own(
        &self,
        body: Vec<u8>,
        environment: Environment,
        overrides: bool,
    ) -> Result<Admitted, Refusal> {
        let delivery = Delivery { environment: Some(environment), ..Delivery::default() };
        let proof = if overrides { Proof::Given } else { Proof::Required };
        self.admit_with(&Verified::own(body, environment), delivery, proof).await
    }

    async fn admit_with<B: AsRef<[u8]>>(
        &self,
        body: &Verified<B>,
        delivery: Delivery,
        proof: Proof,
    ) -> Result<Admitted, Refusal> {
        let mut claim = self.claim(body, &delivery)?;
        let mut manifests = self.received(&mut claim, body.is_own()).await?;
        claim.request.manifests = manifests.named.take();
        let identity = self.identity_for(claim.proven, &claim.request).await?;
        let arrived = self.clock.now();
        let timestamp = claim.request.timestamp;
        let fresh = || match body.is_by_github() {
            true => Ok(()),
            false => delivery.freshness.check(timestamp, arrived, self.window),
        };
        if let Some(artifact) = manifests.artifact.take() {
            manifests = self.fetched(artifact, &claim, fresh()).await?;
            claim.request.manifests = manifests.named.take();
        }
        // Another boathook's promotion proves an image; our own is looked up.
        let proof = if claim.promotion && !body.is_own() { Proof::Given } else { proof };
        let checked = self.check(&claim, proof).await;
        let checked = checked.and_then(|()| claim.policy.check_secrets(manifests.brought.as_ref()));
        match checked.and_then(|()| fresh()) {
            Ok(()) if !claim.dry_run => {
                self.accept(claim, manifests.brought, identity, delivery).await
            }
            checked => self.answer_unrecorded(checked, claim, manifests.brought, delivery).await,
        }
    }

    /// Writes an admitted request down.
    async fn accept(
        &self,
        claim: Claim<'_>,
        brought: Option<BroughtBundle>,
        identity: Option<VerifiedIdentity>,
        delivery: Delivery,
    ) -> Result<Admitted, Refusal> {
        let Claim { request, policy, signer, .. } = claim;
        let Delivery { id, source, client, .. } = delivery;
        let Key { id: signed_by, key_use, .. } = signer;
        let ignored = request.ignored();
        let now = self.clock.now();
        let (approve_until, approvers) = policy.needs_approval(&request, now).unzip();
        let opens_at = policy.config.windows.opens_for(&request, now);
        let acceptance = Acceptance {
            request,
            token: new_token().map_err(Refusal::Unwritable)?,
            signed_by,
            key_use,
            identity,
            delivery: id.map(|id| self.redactor.text(&id).into_owned()),
            source: source.clone(),
            client,
            attempt: 1,
            origin: Origin::Requested,
            approve_until,
            opens_at,
            approvers: approvers.unwrap_or_default(),
        };
        let bundle = self.packed(brought).await?;
        let accepted = self.journal.accept_with(acceptance, bundle, self.queue_limit).await?;
        self.answer(accepted, source, ignored).await
    }

    /// Answers a request of which nothing new is written down: a repeat, a refusal or a dry run.
    async fn answer_unrecorded(
        &self,
        checked: Result<(), Refusal>,
        claim: Claim<'_>,
        brought: Option<BroughtBundle>,
        delivery: Delivery,
    ) -> Result<Admitted, Refusal> {
        let Claim { request, dry_run, .. } = claim;
        let repeated = self.repeat_of(&request, &delivery.source).await?;
        match repeated {
            Some(repeated) if !dry_run => {
                let ignored = request.ignored();
                self.answer(Accepted::Repeat(repeated), delivery.source, ignored).await
            }
            deployed => {
                checked?;
                self.check_unlocked(&request)?;
                self.check_not_held(&request)?;
                let bundle = brought.map(|brought| Box::new(brought.bundle));
                Ok(Admitted::DryRun { request: Box::new(request), bundle, deployed })
            }
        }
    }

    async fn answer(
        &self,
        accepted: Accepted,
        source: RequestSource,
        ignored: Vec<String>,
    ) -> Result<Admitted, Refusal> {
        let remembered = repeating::remember(&self.journal, &accepted, source).await;
        remembered.map_err(Refusal::Unwritable)?;
        Ok(Admitted::Deployment { accepted, ignored })
    }
}
