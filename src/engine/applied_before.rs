//! What a plan needs to know of what earlier deployments applied beside the service.

use boathook_core::{
    record::{Acceptance, Origin},
    rollout::steps::Leftover,
};

use crate::{
    engine::{Engine, applied::applied, leftovers::leftovers},
    journal::{StoreError, Success},
    plan::Beside,
};

impl Engine {
    /// What earlier deployments applied, as far as the plan for this one needs it: what an ordered
    /// rollback brings back and over what, and what failures may have left.
    pub(super) async fn applied_before(
        &self,
        acceptance: &Acceptance,
        last_success: Option<&Success>,
    ) -> Result<(Beside, Vec<Leftover>), StoreError> {
        let leftovers = leftovers(&self.journal, &acceptance.request, last_success).await?;
        let (Origin::Rollback { to, .. }, Some(serves)) = (&acceptance.origin, last_success) else {
            return Ok((Beside::default(), leftovers));
        };
        let proven = applied(&self.journal, to).await?;
        let mut over = applied(&self.journal, &serves.deployment).await?;
        over.extend(leftovers.iter().map(|leftover| leftover.failed.clone()));
        Ok((Beside { proven, over }, leftovers))
    }
}
