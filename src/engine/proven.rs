//! Reads from the record what an earlier deployment left serving.

use boathook_core::{
    deployment::DeploymentId,
    record::{Event, Origin, Record},
    rollout::{Observation, Plan, ServiceManifest, Step},
};

use crate::{
    journal::{Journal, StoreError, Success},
    plan::Proven,
};

/// Why an earlier deployment cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum ProvenError {
    /// The deployment did not succeed.
    #[error("deployment {0} left no revision serving")]
    NothingServed(DeploymentId),
    /// Its record was pruned.
    #[error("the record of deployment {0} no longer contains the manifest of the service")]
    NoManifest(DeploymentId),
    /// The record cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the deployment left serving.
pub(super) async fn proven(journal: &Journal, id: &DeploymentId) -> Result<Proven, ProvenError> {
    let deployment = journal.deployment(id).await?;
    let success = deployment.and_then(|deployment| Success::of(id, &deployment));
    let Success { revision, image, .. } =
        success.ok_or_else(|| ProvenError::NothingServed(id.clone()))?;
    let uid = journal
        .records(id, 0)
        .await?
        .iter()
        .rev()
        .find_map(uid)
        .ok_or_else(|| ProvenError::NothingServed(id.clone()))?;
    Ok(Proven { revision, uid, image, manifest: manifest(journal, id).await? })
}

/// The manifest is in the plan that created the revision; a rollback names the deployment that has
/// it.
pub(super) async fn manifest(
    journal: &Journal,
    id: &DeploymentId,
) -> Result<ServiceManifest, ProvenError> {
    let mut id = id.clone();
    loop {
        let records = journal.records(&id, 0).await?;
        if let Some(manifest) = records.iter().find_map(planned) {
            return Ok(manifest);
        }
        let acceptance = records.first().and_then(|record| record.event.acceptance());
        match acceptance.map(|acceptance| &acceptance.origin) {
            Some(Origin::Rollback { to, .. }) => id = to.clone(),
            _ => return Err(ProvenError::NoManifest(id)),
        }
    }
}

fn uid(record: &Record) -> Option<String> {
    let Event::Step(event) = &record.event else { return None };
    event.findings()?.iter().find_map(|finding| match finding {
        Observation::Candidate { uid, .. } => Some(uid.clone()),
        _ => None,
    })
}

fn planned(record: &Record) -> Option<ServiceManifest> {
    in_plan(record.event.plan()?).cloned()
}

/// The manifest of the service that a plan deploys; none if it adopts a revision.
pub(super) fn in_plan(plan: &Plan) -> Option<&ServiceManifest> {
    plan.steps.iter().find_map(|step| match step {
        Step::PatchService(patch) => Some(&patch.service),
        Step::ApplyManifests(apply) => apply.service.as_ref(),
        _ => None,
    })
}
