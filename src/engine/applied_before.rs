//! What a plan needs to know of what earlier deployments applied beside the service.

use boathook_core::{
    deployment::{DeployRequest, DeploymentId},
    objects::Document,
    record::{Acceptance, Origin},
    rollout::{ChangedObjects, RestoreRule, steps::Leftover},
};

use crate::{
    engine::{Engine, applied::applied, leftovers::leftovers},
    journal::{Filter, StoreError, Success},
    plan::Beside,
};

/// The most deployments since the one to go back to whose objects count as boathook's own.
const LOOKED_AT: u32 = 20;

impl Engine {
    /// What earlier deployments applied, as far as the plan for this one needs it: what an ordered
    /// rollback brings back and over what, and what failures left.
    pub(super) async fn applied_before(
        &self,
        acceptance: &Acceptance,
        rule: RestoreRule,
        last_success: Option<&Success>,
    ) -> Result<(Beside, Vec<Leftover>), StoreError> {
        if rule.objects == ChangedObjects::Keep {
            return Ok((Beside::default(), Vec::new()));
        }
        let request = &acceptance.request;
        let leftovers = leftovers(&self.journal, request, last_success).await?;
        let Origin::Rollback { to, .. } = &acceptance.origin else {
            return Ok((Beside::default(), leftovers));
        };
        let proven = applied(&self.journal, to).await?;
        let mut over = self.applied_since(request, to).await?;
        over.extend(leftovers.iter().map(|leftover| leftover.failed.clone()));
        Ok((Beside { proven, over }, leftovers))
    }

    /// What deployments of the service since that one applied, each state of an object once.
    async fn applied_since(
        &self,
        request: &DeployRequest,
        to: &DeploymentId,
    ) -> Result<Vec<Document>, StoreError> {
        let filter = Filter {
            environments: vec![request.environment],
            namespace: Some(request.namespace.clone()),
            service: Some(request.service_name.clone()),
            limit: LOOKED_AT,
            ..Filter::default()
        };
        let mut over: Vec<Document> = Vec::new();
        let newest = self.journal.list(&filter).await?;
        for summary in newest.iter().take_while(|summary| summary.id != *to) {
            for object in applied(&self.journal, &summary.id).await? {
                if !over.contains(&object) {
                    over.push(object);
                }
            }
        }
        Ok(over)
    }
}
