//! Which digests a tag may resolve to, in an environment that accepts only proven images.

use std::sync::Arc;

use boathook_core::{
    deployment::DeployRequest,
    proof::{Places, Withdrawal},
    record::{Acceptance, Origin},
    rollout::steps::{CheckProven, EarlyDigest, WithdrawnDigest},
};

use crate::{
    bundles::AcceptedManifests,
    engine::Engine,
    journal::{ProvenDigests, StoreError},
    plan::Settings,
};

/// Withdrawn digests that a plan holds at most, the last ones first.
const WITHDRAWN_MAX: u32 = 500;

impl Engine {
    /// The check that the plan needs. An operator's order deploys a proven image, and so does a
    /// promotion, unless the image was withdrawn; a request by digest was checked on admission.
    pub(super) async fn check(
        &self,
        acceptance: &Acceptance,
        settings: &Settings,
    ) -> Result<Option<CheckProven>, StoreError> {
        let ordered =
            matches!(acceptance.origin, Origin::Rollback { .. } | Origin::Redeploy { .. });
        if ordered {
            Ok(None)
        } else if acceptance.is_promotion() {
            self.check_promotion(&acceptance.request).await
        } else {
            self.check_request(&acceptance.request, settings).await
        }
    }

    /// The check of a promotion by tag, as those from another boathook may be.
    async fn check_promotion(
        &self,
        request: &DeployRequest,
    ) -> Result<Option<CheckProven>, StoreError> {
        if request.image.digest().is_some() {
            return Ok(None);
        }
        let withdrawn = self.journal.withdrawals(WITHDRAWN_MAX).await?;
        Ok((!withdrawn.is_empty()).then(|| CheckProven {
            places: Places::Environment(request.environment),
            digests: Vec::new(),
            promoted: true,
            not_yet: Vec::new(),
            withdrawn: withdrawn.into_iter().map(WithdrawnDigest::Withdrawal).collect(),
            bundle: None,
        }))
    }

    /// The withdrawal of the digest that a request names, where that keeps it out: it was withdrawn
    /// after the request was accepted.
    pub(super) async fn withdrawn(
        &self,
        acceptance: &Acceptance,
        settings: &Settings,
    ) -> Result<Option<Arc<Withdrawal>>, StoreError> {
        let must_count = match acceptance.origin {
            Origin::Requested | Origin::Retry { .. } => {
                acceptance.is_promotion() || settings.proven.is_some()
            }
            Origin::Redeploy { .. } => true,
            Origin::Rollback { .. } => false,
        };
        match acceptance.request.image.digest().filter(|_| must_count) {
            Some(digest) => self.journal.withdrawal(digest).await,
            None => Ok(None),
        }
    }

    /// The check for a request that is not known to be a promotion.
    pub(super) async fn check_request(
        &self,
        request: &DeployRequest,
        settings: &Settings,
    ) -> Result<Option<CheckProven>, StoreError> {
        let (Some(requirement), None) = (&settings.proven, request.image.digest()) else {
            return Ok(None);
        };
        let takes_bundles = settings.bundles.manifests != AcceptedManifests::Node;
        let bundle = self.journal.bundle_for(request, takes_bundles).await?;
        let ProvenDigests { digests, not_yet, withdrawn } =
            self.journal.proven(requirement, bundle.as_ref()).await?;
        let not_yet = not_yet.into_iter().map(|(digest, why)| EarlyDigest { digest, why });
        Ok(Some(CheckProven {
            places: requirement.places.clone(),
            digests,
            promoted: false,
            not_yet: not_yet.collect(),
            withdrawn: withdrawn.into_iter().map(WithdrawnDigest::Withdrawal).collect(),
            bundle,
        }))
    }
}
