//! What other deployments of an environment applied while one was under way: services may share a
//! folder, and an object that another one was deployed with is not taken back.

use boathook_core::{
    objects::Document,
    record::Outcome,
    rollout::Step,
    state::{Deployment, State},
};

use crate::{
    engine::{Engine, applied::applied},
    journal::{Filter, StoreError},
};

/// The most deployments that are looked at.
const LOOKED_AT: u32 = 50;

impl Engine {
    /// The objects of deployments of other services that are under way, or succeeded since this one
    /// was accepted.
    pub(super) async fn applied_meanwhile(
        &self,
        deployment: &Deployment,
    ) -> Result<Vec<Document>, StoreError> {
        let request = &deployment.acceptance.request;
        let environment = request.environment;
        let service = request.service();
        let mut objects = Vec::new();
        for (_, live) in self.journal.live() {
            let request = &live.acceptance.request;
            if request.environment == environment && request.service() != service {
                objects.extend(under_way(&live));
            }
        }
        let filter =
            Filter { environments: vec![environment], limit: LOOKED_AT, ..Filter::default() };
        for summary in self.journal.list(&filter).await? {
            let since = summary.ended_at.is_some_and(|ended| ended > deployment.accepted_at);
            let is_own =
                (&summary.namespace, &summary.service) == (&service.namespace, &service.service);
            if since && !is_own && summary.status.end() == Some(Outcome::Succeeded) {
                objects.extend(applied(&self.journal, &summary.id).await?);
            }
        }
        Ok(objects)
    }
}

fn under_way(deployment: &Deployment) -> Vec<Document> {
    let State::Deploying(progress) = &deployment.state else { return Vec::new() };
    let of = |step: &Step| match step {
        Step::ApplyManifests(step) => Some(step.documents.clone()),
        Step::BringBackObjects(step) => Some(step.documents.clone()),
        _ => None,
    };
    progress.plan.steps.iter().filter_map(of).flatten().collect()
}
