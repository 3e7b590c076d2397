//! Which digests a tag may resolve to, in an environment that accepts only proven images.

use boathook_core::{
    deployment::DeployRequest,
    record::{Acceptance, Origin},
    rollout::steps::CheckProven,
};

use crate::{
    engine::Engine,
    journal::StoreError,
    plan::{ProvenIn, Settings},
};

impl Engine {
    /// The check that the plan needs. A promotion or an ordered rollback deploys a proven image; a
    /// request by digest was checked on admission.
    pub(super) async fn check(
        &self,
        acceptance: &Acceptance,
        settings: &Settings,
    ) -> Result<Option<CheckProven>, StoreError> {
        let proven =
            acceptance.is_promotion() || matches!(acceptance.origin, Origin::Rollback { .. });
        if proven { Ok(None) } else { self.check_request(&acceptance.request, settings).await }
    }

    /// The check for a request that is not known to be a promotion.
    pub(super) async fn check_request(
        &self,
        request: &DeployRequest,
        settings: &Settings,
    ) -> Result<Option<CheckProven>, StoreError> {
        let (Some(ProvenIn { environment, within }), None) =
            (settings.proven, request.image.digest())
        else {
            return Ok(None);
        };
        let since = self.clock.now().saturating_sub(within).unwrap_or(jiff::Timestamp::MIN);
        Ok(Some(CheckProven {
            environment,
            digests: self.journal.proven(environment, since).await?,
        }))
    }
}
