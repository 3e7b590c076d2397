//! What a request that is no repeat must pass: the environment's policy, and what the record knows of
//! its image and its service.

use boathook_core::{deployment::DeployRequest, proof::NotProven};

use crate::intake::{Admission, Policy, Refusal, claim::Claim};

/// Whether the record has to prove an image.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Required,
    /// Another boathook or an operator vouches for it.
    Given,
}

impl Admission {
    /// Whether policy admits a request that is not a repeat.
    pub(super) async fn check(&self, claim: &Claim<'_>, proof: Proof) -> Result<(), Refusal> {
        let Claim { request, policy, promotion, .. } = claim;
        policy.check_allowed(request)?;
        self.check_manifests(policy, request).await?;
        // A promotion that is not due yet may be so after the freeze.
        if !*promotion {
            policy.check_not_frozen()?;
        }
        policy.check_window(request, *promotion, self.clock.now())?;
        if *promotion || policy.config.require.proven.is_some() {
            self.check_not_withdrawn(request).await?;
        }
        if proof == Proof::Required {
            self.check_proven(policy, request).await?;
        }
        policy.check_not_frozen()
    }

    /// Whether there are manifests for a request that brings none.
    async fn check_manifests(
        &self,
        policy: &Policy,
        request: &DeployRequest,
    ) -> Result<(), Refusal> {
        if !policy.needs_earlier_manifests(request) {
            return Ok(());
        }
        let environment = policy.environment;
        let serves = self.journal.manifests_that_serve(environment, &request.service()).await;
        match serves.map_err(Refusal::Unwritable)?.filter(|source| source.bundle().is_some()) {
            Some(_) => Ok(()),
            None => Err(Refusal::NotAllowed {
                environment,
                what: "it takes manifests from requests alone (`allow.manifests: request`), and no earlier one of this service brought some; send `manifests`".to_owned(),
            }),
        }
    }

    /// Whether an image by digest was withdrawn, whoever vouches for it.
    async fn check_not_withdrawn(&self, request: &DeployRequest) -> Result<(), Refusal> {
        let Some(digest) = request.image.digest() else { return Ok(()) };
        match self.journal.withdrawal(digest).await.map_err(Refusal::Unwritable)? {
            None => Ok(()),
            Some(withdrawal) => {
                Err(Refusal::Withdrawn { environment: request.environment, withdrawal })
            }
        }
    }

    /// Whether an image by digest is proven, with the bundle that it would
    /// be deployed with. The digest of a tag is known only after the pull.
    async fn check_proven(&self, policy: &Policy, request: &DeployRequest) -> Result<(), Refusal> {
        let (Some(requirement), Some(digest)) =
            (&policy.config.require.proven, request.image.digest())
        else {
            return Ok(());
        };
        let places = requirement.places.environments();
        let bundle = self.journal.bundle_for(request, policy.takes_bundles()).await;
        let bundle = bundle.map_err(Refusal::Unwritable)?;
        let record = self.journal.digest_record(digest, bundle.as_ref(), places).await;
        let now = self.clock.now();
        let judged = requirement.judge(&record.map_err(Refusal::Unwritable)?, now);
        let environment = policy.environment;
        let image = match &bundle {
            Some(bundle) => format!("{} with bundle {bundle}", request.image),
            None => request.image.to_string(),
        };
        judged.map_err(|why| match why {
            NotProven::NotYet(not_yet) => {
                let wait = not_yet.left(now);
                Refusal::NotYetProven { environment, image, not_yet: Box::new(not_yet), wait }
            }
            NotProven::Withdrawn { withdrawal } => Refusal::Withdrawn { environment, withdrawal },
            why => Refusal::NotProven { environment, image, why: Box::new(why) },
        })
    }

    /// The journal repeats this check when it accepts.
    pub(super) fn check_unlocked(&self, request: &DeployRequest) -> Result<(), Refusal> {
        self.journal
            .lock_on(request.environment, &request.service())
            .map_or(Ok(()), |lock| Err(Refusal::Locked(lock)))
    }

    /// So is this one.
    pub(super) fn check_not_held(&self, request: &DeployRequest) -> Result<(), Refusal> {
        let service = request.service();
        let held = self
            .journal
            .holds()
            .into_iter()
            .find(|hold| hold.is_of(request.environment, &service) && hold.refuses(request));
        held.map_or(Ok(()), |hold| Err(Refusal::Held(hold)))
    }
}
