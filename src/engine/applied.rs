//! Reads from the record what an earlier deployment applied beside its service.

use boathook_core::{
    deployment::{DeploymentId, ImageRef},
    objects::Document,
    record::{Event, Origin, Record},
    rollout::{Observation, Step, steps::ApplyManifests},
};

use crate::journal::{Journal, StoreError};

/// The objects, with their image; of Secrets only the names. A rollback names
/// the deployment whose objects it brought back.
pub(super) async fn applied(
    journal: &Journal,
    id: &DeploymentId,
) -> Result<Vec<Document>, StoreError> {
    let mut id = id.clone();
    loop {
        let records = journal.records(&id, 0).await?;
        let acceptance = records.first().and_then(|record| record.event.acceptance());
        if let Some(Origin::Rollback { to, .. }) = acceptance.map(|acceptance| &acceptance.origin) {
            id = to.clone();
            continue;
        }
        let step = records.iter().find_map(step);
        return Ok(step.map(|step| documents(step, &records)).unwrap_or_default());
    }
}

fn step(record: &Record) -> Option<&ApplyManifests> {
    record.event.plan()?.steps.iter().find_map(|step| match step {
        Step::ApplyManifests(apply) => Some(apply),
        _ => None,
    })
}

fn documents(step: &ApplyManifests, records: &[Record]) -> Vec<Document> {
    let documents = step.documents.clone();
    let requested = || records.first()?.event.acceptance().map(|one| one.request.image.clone());
    let mut documents = match records.iter().rev().find_map(image).or_else(requested) {
        Some(image) => step.with_image(documents, &image),
        None => documents,
    };
    documents.retain(|document| !document.is_namespace() && !document.is_knative_service());
    documents
}

/// The image by digest, as the deployment learned it.
fn image(record: &Record) -> Option<ImageRef> {
    let Event::Step(event) = &record.event else { return None };
    event.findings()?.iter().find_map(|finding| match finding {
        Observation::Image(image) => Some(image.clone()),
        _ => None,
    })
}
